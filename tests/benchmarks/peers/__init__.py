"""The product beside four frameworks: same weights, same documents, same questions, one run.

`run.py` has the whole; the other modules but `product.py`, `samples.py` and `shell.py` run in the
environment of the frameworks, where nothing of the product is installed.
"""
