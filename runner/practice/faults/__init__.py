"""Faults on demand: what goes wrong in real clusters, switched on and off."""
