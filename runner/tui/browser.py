"""Whether a page can be opened in a browser without disturbing this terminal."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Mapping


def has_browser(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> bool:
    """Whether there is a desktop with a browser. One that runs in the terminal (w3m, lynx) is none: this is our screen."""
    known = os.environ if environment is None else environment
    if known.get("SSH_CONNECTION") and not known.get("DISPLAY"):
        return False
    if platform == "darwin" or known.get("WSL_DISTRO_NAME") or known.get("BROWSER"):
        return _any()
    return bool(known.get("DISPLAY") or known.get("WAYLAND_DISPLAY")) and _any()


def _any() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
