"""Proves a lab: every check fails before the work and passes after it, and some check notices each missing object."""
