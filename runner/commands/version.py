"""Which Labgate this is."""

from __future__ import annotations

from importlib import metadata


def version() -> str:
    """The installed version, or words for a checkout that was never installed."""
    try:
        return metadata.version("labgate")
    except metadata.PackageNotFoundError:
        return "(run from its source, not installed)"
