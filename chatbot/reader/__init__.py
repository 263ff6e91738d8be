"""Reads a question with some sentences: which one answers, in which words, and how surely.

`answer_reader.py` reads; `network.py` compiles the network that it runs.
"""
