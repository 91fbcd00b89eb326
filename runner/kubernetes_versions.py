"""The versions of Kubernetes that a practice cluster can be."""

from __future__ import annotations

OLDEST, NEWEST = 19, 34
"""Minors: the kinds of the practice cluster (practice/kinds) say what each of them serves."""
PATTERN = rf"^1\.({'|'.join(str(minor) for minor in range(OLDEST, NEWEST + 1))})$"
