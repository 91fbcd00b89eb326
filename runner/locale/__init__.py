"""Catalogues of the program's own words, a folder a language; `update.py` keeps them."""
