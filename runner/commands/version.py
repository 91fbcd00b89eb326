"""Which Labgate this is."""

from __future__ import annotations


def version() -> str:
    """The installed version, or words for a checkout that was never installed."""
    from importlib import metadata  # 10 ms that most starts do without

    try:
        return metadata.version("labgate")
    except metadata.PackageNotFoundError:
        return "(run from its source, not installed)"
