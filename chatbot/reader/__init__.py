"""The answer reader: the sentence that answers a question, the words that do, and how sure that is.

`answer_reader.py` reads; `network.py` compiles the network that it runs.
"""
