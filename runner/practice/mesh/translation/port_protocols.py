"""What a port speaks, by its appProtocol, its name or its number."""

from __future__ import annotations

UNSUPPORTED = "unsupported"
"""Nobody says: found out for each connection."""

_HTTP = frozenset({"http", "http2", "grpc", "grpc-web"})
_HTTP2 = frozenset({"http2", "grpc", "grpc-web"})
_TLS = frozenset({"https", "tls"})
_KNOWN = _HTTP | _TLS | {"tcp", "mongo", "mysql", "redis", "udp"}
_SERVER_FIRST = frozenset({25, 53, 3306, 27017})
"""Ports whose protocol is never looked for: their servers speak first (SMTP, DNS, MySQL, MongoDB)."""

_APP_PROTOCOLS = {"kubernetes.io/h2c": "http2", "kubernetes.io/ws": "http", "kubernetes.io/wss": "https"}


def port_protocol(name: str, number: int, transport: str = "TCP", app_protocol: str = "") -> str:
    """Of a Service's port: http, http2, grpc, grpc-web, https, tls, tcp, mongo, mysql, redis, udp or UNSUPPORTED."""
    if transport.upper() == "UDP":
        return "udp"
    if app_protocol:
        found = _APP_PROTOCOLS.get(app_protocol.lower()) or _named(app_protocol)
        if found:
            return found
    return _named(name) or ("tcp" if number in _SERVER_FIRST else UNSUPPORTED)


def declared_protocol(protocol: str) -> str:
    """Of a ServiceEntry, Gateway or Sidecar, which name it."""
    lower = protocol.lower()
    return lower if lower in _KNOWN else UNSUPPORTED


def _named(name: str) -> str:
    """`name` up to its first "-"."""
    lower = name.lower()
    if lower == "grpc-web" or lower.startswith("grpc-web-"):
        return "grpc-web"
    prefix = lower.partition("-")[0]
    return prefix if prefix in _KNOWN and prefix != "udp" else ""


def is_http(protocol: str) -> bool:
    """Requests are routed."""
    return protocol in _HTTP


def is_http2(protocol: str) -> bool:
    """Upstream connections are HTTP/2."""
    return protocol in _HTTP2


def is_tls(protocol: str) -> bool:
    """The client's own TLS: routed by its SNI."""
    return protocol in _TLS
