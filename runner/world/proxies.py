"""The proxy between this machine and an API server: the kubeconfig's own, or the environment's, as kubectl chooses it."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from runner.words import Phrase, phrase

SCHEMES = ("http", "https", "socks5")
"""What a kubeconfig's proxy-url may begin with (client-go, clientcmd: parseProxyURL)."""
_OF_THE_ENVIRONMENT = (*SCHEMES, "socks5h")
"""What HTTPS_PROXY may (Go, net/http). Names are looked up at the proxy with both kinds of SOCKS5."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy's URL, with the password that may be in it, and where it was set."""

    url: str
    source: str

    @property
    def shown(self) -> str:
        """The URL for display, without the password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    @property
    def is_socks(self) -> bool:
        return urlsplit(self.url).scheme.startswith("socks")


def proxy_of(server: str, cluster: Mapping[str, Any]) -> Proxy | None:
    """The proxy to a cluster's server; None for none."""
    named = cluster.get("proxy-url")
    return Proxy(str(named), "proxy-url") if named else _of_environment(server)


def proxy_to(page: str) -> str | None:
    """The environment's HTTP proxy to a page; None for none."""
    proxy = _of_environment(page)
    return proxy.url if proxy is not None and not proxy.is_socks and wrong(proxy) is None else None


def wrong_with(url: str, schemes: tuple[str, ...] = SCHEMES) -> Phrase | None:
    """Why that is no proxy's address; None if it is one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return phrase("this is not an address. Use this form: {example}", example="http://proxy.example:3128")
    if "://" not in url or not parts.hostname or port == 0 or url != url.strip():
        return phrase("this is not an address. Use this form: {example}", example="http://proxy.example:3128")
    if parts.scheme not in schemes:
        return phrase("it must start with one of: {schemes}", schemes=tuple(f"{each}://" for each in schemes))
    return None


def wrong(proxy: Proxy) -> Phrase | None:
    """The same of a proxy that was chosen."""
    return wrong_with(proxy.url, SCHEMES if proxy.source == "proxy-url" else _OF_THE_ENVIRONMENT)


def _of_environment(server: str) -> Proxy | None:
    """As Go's http.ProxyFromEnvironment: HTTPS_PROXY or HTTP_PROXY by the server's scheme, but for what NO_PROXY names,
    and never for this machine itself."""
    parts = urlsplit(server)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    for name in (f"{parts.scheme}_proxy".upper(), f"{parts.scheme}_proxy"):
        value = os.environ.get(name, "")
        if value:
            break
    else:
        return None
    if _is_local(host) or _excepted(host, port):
        return None
    return Proxy(value if "://" in value else f"http://{value}", name)


def _is_local(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _excepted(host: str, port: int) -> bool:
    """Whether NO_PROXY names it (golang.org/x/net/http/httpproxy): *, IPs, networks, names with or without a port."""
    listed = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    return any(_names(each.strip().lower(), host.lower(), port) for each in listed.split(","))


def _names(pattern: str, host: str, port: int) -> bool:
    if not pattern:
        return False
    if pattern == "*":
        return True
    address = _address(host)
    if "/" in pattern:
        try:
            return address is not None and address in ipaddress.ip_network(pattern, strict=False)
        except ValueError:
            return False
    name, wanted = _host_and_port(pattern)
    if wanted and wanted != str(port):
        return False
    if (excepted := _address(name)) is not None:
        return address == excepted
    name = name.removeprefix("*")
    return (host == name.lstrip(".") and not name.startswith(".")) or host.endswith(f".{name.lstrip('.')}")


def _host_and_port(pattern: str) -> tuple[str, str]:
    """`example.test:443`, `[::1]:443`, `::1` in their two parts."""
    if pattern.startswith("["):
        name, _, rest = pattern[1:].partition("]")
        return name, rest.removeprefix(":")
    name, colon, port = pattern.rpartition(":")
    return (name, port) if colon and ":" not in name and port.isdecimal() else (pattern, "")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
