"""Which proxy the environment wants between this machine and a server."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_to(server: str) -> str | None:
    """The proxy's URL; None for none. As kubectl (Go) does, none is used for this machine itself."""
    parts = urlsplit(server)
    host = parts.hostname or ""
    if host == "localhost" or host.startswith("127.") or host == "::1" or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme) or None
