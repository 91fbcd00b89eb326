"""Fault injection: what goes wrong in real clusters, added and cleared on demand."""
