"""The answer reader: which sentence answers a question, which of its words, and how surely.

`answer_reader.py` reads; `network.py` compiles the network that it runs.
"""
