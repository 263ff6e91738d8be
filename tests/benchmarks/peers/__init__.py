"""Compares the product with four frameworks: same weights, documents and questions, in one run.

`run.py` runs everything. The other modules, except `product.py`, `samples.py` and `shell.py`, run
in the frameworks' environment, where the product isn't installed.
"""
