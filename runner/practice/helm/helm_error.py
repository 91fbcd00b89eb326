"""Why a command of the stand-in for helm failed."""

from __future__ import annotations


class HelmError(Exception):
    """Its text is what helm prints behind `Error: `."""
