"""Admission: what the API server changes and refuses before it stores an object, one file per plugin."""
