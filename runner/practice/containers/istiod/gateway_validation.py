"""Gateways (istio 1.11.3, pkg/config/validation: ValidateGateway)."""

from __future__ import annotations

from runner.practice.containers.istiod import validation_problems as check
from runner.practice.containers.istiod.validation_problems import Json, Problems, items, mapping

PROTOCOLS = frozenset(("HTTP", "HTTP2", "GRPC", "GRPC-WEB", "GRPC_WEB", "HTTPS", "TLS", "TCP", "TCP_TLS", "MONGO", "REDIS",
                       "MYSQL", "UDP", "HTTP_PROXY", "HBONE"))  # fmt: skip
PLAIN_HTTP = frozenset(("HTTP", "HTTP2", "GRPC", "GRPC-WEB"))
WITH_TLS = frozenset(("HTTPS", "TLS"))
WORDS = "supported protocols are HTTP, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP"


def gateway(name: str, spec: Json, problems: Problems) -> None:
    if name and check.fqdn(name):
        problems.add(f'invalid gateway name: "{name}"')
    problems.add(*check.workload_selector(spec, "selector"))
    if not spec.get("servers"):
        problems.add("gateway must have at least one server")
    names: set[str] = set()
    for server in items(spec.get("servers")):
        _server(server, problems)
        port = mapping(server.get("port"))
        if port.get("name") in names:
            problems.add(f"port names in servers must be unique: duplicate name {port['name']}")
        names.add(str(port.get("name") or ""))
        if (
            mapping(server.get("tls")).get("httpsRedirect")
            and str(port.get("protocol")).upper() not in PLAIN_HTTP
        ):
            problems.warn("tls.httpsRedirect should only be used with http servers")


def _server(server: Json, problems: Problems) -> None:
    if not server.get("hosts"):
        problems.add("server config must contain at least one host")
    for host in server.get("hosts") or ():
        _host(str(host), problems)
    port = server.get("port")
    if not isinstance(port, dict):
        problems.add("port is required")
        return
    protocol = str(port.get("protocol") or "")
    if protocol.upper() not in PROTOCOLS:
        problems.add(f'invalid protocol "{protocol}", {WORDS}')
    if port.get("number") or not server.get("bind"):
        problems.add(check.port(port.get("number", 0)))
    if not port.get("name"):
        shown = " ".join(
            f"{key}:{_go(value)}" for key, value in sorted(port.items(), key=lambda item: item[0] != "number")
        )
        problems.add(f"port name must be set: {shown}")
    tls = server.get("tls")
    if protocol.upper() in WITH_TLS and tls is None:
        problems.add("server must have TLS settings for HTTPS/TLS protocols")
    if tls is not None and protocol.upper() not in WITH_TLS:
        if protocol.upper() in PLAIN_HTTP:
            if set(tls) - {"httpsRedirect"}:
                problems.add("server cannot have TLS settings for plain text HTTP ports")
        else:
            problems.add("server cannot have TLS settings for non HTTPS/TLS ports")
    if tls is not None:
        _tls(mapping(tls), problems)


def _host(host: str, problems: Problems) -> None:
    namespace, slash, name = host.partition("/")
    if slash and not (namespace and name):
        problems.add("config namespace and dnsName in host entry cannot be empty")
        return
    if slash and namespace not in ("*", ".") and check.subset_name(namespace):
        problems.add(f'invalid namespace value "{namespace}" in gateway')
    name = name if slash else host
    if name != "*" and check.is_ip(name):
        return
    if name != "*" and "." not in name:
        problems.add("short names (non FQDN) are not allowed")
    problems.add(check.wildcard_domain(name))


def _tls(tls: Json, problems: Problems) -> None:
    mode = tls.get("mode", "PASSTHROUGH")
    if mode == "ISTIO_MUTUAL":
        for field, shown in (
            ("serverCertificate", "server certificate"), ("privateKey", "private key"), ("caCertificates", "CA bundle"),
        ):  # fmt: skip
            if tls.get(field):
                problems.add(f"ISTIO_MUTUAL TLS cannot have associated {shown}")
        return
    if tls.get("credentialName") or tls.get("credentialNames") or tls.get("tlsCertificates"):
        return
    if mode in ("SIMPLE", "MUTUAL") and not tls.get("httpsRedirect"):
        if not tls.get("serverCertificate"):
            problems.add(f"{mode} TLS requires a server certificate")
        if not tls.get("privateKey"):
            problems.add(f"{mode} TLS requires a private key")
        if mode == "MUTUAL" and not tls.get("caCertificates"):
            problems.add("MUTUAL TLS requires a client CA bundle")


def _go(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
