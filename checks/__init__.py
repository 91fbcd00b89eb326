"""Check types, one file each; registry.py lists them.

Nothing is imported here, so that code that needs only a Phrase (checks.phrase) does not load the rest.
"""
