"""The programs of the built-in images (`images/` says which image has which)."""
