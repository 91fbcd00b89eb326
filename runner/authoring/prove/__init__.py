"""Proving a lab: every check fails before the work and holds after it, and somebody would notice what is missing."""
