"""istio-init: it says which traffic is taken over. The pods' network does that here, no rule is written."""

from __future__ import annotations

from runner.practice.containers.container_program import Invocation

OPTIONS = {
    "-p": "PROXY_PORT",
    "-z": "PROXY_INBOUND_CAPTURE_PORT",
    "-u": "PROXY_UID",
    "-m": "INBOUND_INTERCEPTION_MODE",
    "-b": "INBOUND_PORTS_INCLUDE",
    "-d": "INBOUND_PORTS_EXCLUDE",
    "-i": "OUTBOUND_IP_RANGES_INCLUDE",
    "-x": "OUTBOUND_IP_RANGES_EXCLUDE",
    "-q": "OUTBOUND_PORTS_INCLUDE",
    "-o": "OUTBOUND_PORTS_EXCLUDE",
    "-k": "KUBE_VIRT_INTERFACES",
}
NAMED = (
    "PROXY_PORT", "PROXY_INBOUND_CAPTURE_PORT", "PROXY_TUNNEL_PORT", "PROXY_UID", "PROXY_GID", "INBOUND_INTERCEPTION_MODE",
    "INBOUND_TPROXY_MARK", "INBOUND_TPROXY_ROUTE_TABLE", "INBOUND_PORTS_INCLUDE", "INBOUND_PORTS_EXCLUDE",
    "OUTBOUND_IP_RANGES_INCLUDE", "OUTBOUND_IP_RANGES_EXCLUDE", "OUTBOUND_PORTS_INCLUDE", "OUTBOUND_PORTS_EXCLUDE",
    "KUBE_VIRT_INTERFACES", "ENABLE_INBOUND_IPV6", "DNS_CAPTURE", "DROP_INVALID",
)  # fmt: skip
UNSET = (
    "ENVOY_PORT", "INBOUND_CAPTURE_PORT", "ISTIO_INBOUND_INTERCEPTION_MODE", "ISTIO_INBOUND_TPROXY_ROUTE_TABLE",
    "ISTIO_INBOUND_PORTS", "ISTIO_OUTBOUND_PORTS", "ISTIO_LOCAL_EXCLUDE_PORTS", "ISTIO_EXCLUDE_INTERFACES",
    "ISTIO_SERVICE_CIDR", "ISTIO_SERVICE_EXCLUDE_CIDR", "ISTIO_META_DNS_CAPTURE", "INVALID_DROP",
)  # fmt: skip
DEFAULTS = {
    "PROXY_TUNNEL_PORT": "15008", "PROXY_UID": "1337", "PROXY_GID": "1337", "INBOUND_TPROXY_MARK": "1337",
    "INBOUND_TPROXY_ROUTE_TABLE": "133", "ENABLE_INBOUND_IPV6": "false", "DNS_CAPTURE": "false", "DROP_INVALID": "false",
}  # fmt: skip


async def iptables(call: Invocation) -> int:
    """istio-iptables with its options."""
    words = list(call.argv)
    given = {OPTIONS[word]: words[at + 1] for at, word in enumerate(words[:-1]) if word in OPTIONS} | {
        "PROXY_GID": "1337"
    }
    values = {**DEFAULTS, **given}
    lines = ["Environment:", "------------", *(f"{name}=" for name in UNSET), "", "Variables:", "----------"]
    lines += [f"{name}={values.get(name, '')}" for name in NAMED]
    text = "\n".join(lines)
    await call.out(
        f"{text}\n\n(practice cluster: the pods' network takes the traffic over; no rule is written)\n"
    )
    return 0
