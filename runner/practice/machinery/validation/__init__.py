"""Validation of objects: fields and types, names, metadata, and error messages."""
