"""Retrievers for other frameworks, over a chatbot on this machine or a remote one.

Each module needs the extra with its name.
"""
