"""The tables of `istioctl proxy-config` (istio 1.11.3, istioctl/pkg/writer/envoy)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runner.practice.istio_release.dumps.envoy_dump import Json, place_of

HTTP, TCP = "envoy.filters.network.http_connection_manager", "envoy.filters.network.tcp_proxy"
PROTOCOLS = (
    ("App: HTTP TLS", ("http/1.0", "http/1.1", "h2c", "istio-http/1.0", "istio-http/1.1", "istio-h2")),
    ("App: Istio HTTP Plain", ("istio", "istio-http/1.0", "istio-http/1.1", "istio-h2")),
    ("App: TCP TLS", ("istio-peer-exchange", "istio")),
    ("App: HTTP", ("http/1.0", "http/1.1", "h2c")),
)
LONGEST = 2
"""So many domains of a virtual host are shown."""
ADDRESSES_SINCE, VHOST_SINCE = 18, 17

Rows = list[list[str]]


def subset_key(name: str) -> tuple[str, str, str, str]:
    """(direction, port, subset, host) of outbound|9080|v1|reviews.default.svc.cluster.local; ("", "", "", name) of others."""
    parts = name.split("|")
    return (parts[0], parts[1], parts[2], parts[3]) if len(parts) > 3 else ("", "", "", name)


def cluster_rows(clusters: Sequence[Json]) -> Rows:
    def order(cluster: Json) -> tuple[str, str, int, str]:
        direction, port, subset, host = subset_key(cluster["name"])
        return host, subset, int(port or 0), direction

    rows = [["SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE"]]
    for cluster in sorted(clusters, key=order):
        direction, port, subset, host = subset_key(cluster["name"])
        kind = cluster.get("type") or str((cluster.get("cluster_type") or {}).get("name", "STATIC"))
        rows.append(
            [host, port or "-", subset or "-", direction or "-", _type(kind, direction), managed_by(cluster)]
        )
    return rows


def _type(kind: str, direction: str) -> str:
    """What Istio would have: endpoints of a Service come by EDS."""
    return "EDS" if kind == "STATIC" and direction == "outbound" else kind


def managed_by(resource: Mapping[str, Any]) -> str:
    """The rule that made it, as name.namespace; "" for none."""
    path = str(
        ((((resource.get("metadata") or {}).get("filter_metadata") or {}).get("istio") or {}).get("config"))
        or ""
    )
    parts = path.split("/")
    return f"{parts[7]}.{parts[5]}" if len(parts) == 8 else ""


def listener_rows(listeners: Sequence[Json], minor: int) -> Rows:
    rows = [["ADDRESSES" if minor >= ADDRESSES_SINCE else "ADDRESS", "PORT", "MATCH", "DESTINATION"]]
    for listener in sorted(listeners, key=lambda each: place_of(each["address"])[::-1]):
        address, port = place_of(listener["address"])
        chains = listener.get("filter_chains") or ()
        matches = [
            (match_words(chain.get("filter_chain_match") or {}), destination(chain)) for chain in chains
        ]
        for match, target in sorted(matches, key=lambda each: each[1], reverse=True):
            rows.append([address, str(port), match, target])
    return rows


def match_words(match: Json) -> str:
    """Which connections a filter chain takes."""
    words = []
    if names := match.get("server_names"):
        words.append(f"SNI: {','.join(names)}")
    if transport := match.get("transport_protocol"):
        words.append(f"Trans: {transport}")
    if protocols := match.get("application_protocols"):
        known = next((name for name, each in PROTOCOLS if tuple(protocols) == each), "")
        words.append(known or f"App: {','.join(protocols)}")
    port = f":{match['destination_port']}" if match.get("destination_port") else ""
    if ranges := match.get("prefix_ranges"):
        shown = ",".join(f"{each['address_prefix']}/{each.get('prefix_len', 0)}" for each in ranges)
        words.append(f"Addr: {shown}{port}")
    elif port:
        words.append(f"Addr: *{port}")
    return "; ".join(words) or "ALL"


def destination(chain: Json) -> str:
    """Where a filter chain leads."""
    for each in chain.get("filters") or ():
        config = each.get("typed_config") or {}
        if each.get("name") == HTTP:
            if name := (config.get("rds") or {}).get("route_config_name"):
                return f"Route: {name}"
            return _inline(config["route_config"]) if config.get("route_config") else "HTTP"
        if each.get("name") == TCP:
            weighted = [
                part["name"] for part in (config.get("weighted_clusters") or {}).get("clusters") or ()
            ]
            cluster = str(config.get("cluster") or ", ".join(weighted))
            if cluster == "BlackHoleCluster":
                continue
            return cluster if "Cluster" in cluster else f"Cluster: {cluster}"
    return "Non-HTTP/Non-TCP"


def _inline(config: Json) -> str:
    hosts: list[Json] = config.get("virtual_hosts") or []
    if len(hosts) == 1 and hosts[0].get("domains") == ["*"] and len(hosts[0].get("routes") or ()) == 1:
        (route,) = hosts[0]["routes"]
        cluster = (route.get("route") or {}).get("cluster")
        if (route.get("match") or {}).get("prefix") == "/" and cluster:
            return str(cluster) if "Cluster" in cluster else f"Cluster: {cluster}"
    parts = []
    for host in hosts:
        domains = "" if host.get("domains") == ["*"] else "/".join(host.get("domains") or ())
        words = ", ".join(route_match(route.get("match") or {}) for route in host.get("routes") or ())
        parts.append(f"{domains} {words}".strip())
    return f"Inline Route: {'; '.join(parts)}"


def route_rows(routes: Sequence[Json], minor: int) -> Rows:
    named = minor >= VHOST_SINCE
    rows = [["NAME", *(["VHOST NAME"] if named else []), "DOMAINS", "MATCH", "VIRTUAL SERVICE"]]
    for config in sorted(
        routes, key=lambda each: (not str(each.get("name")).isdigit(), _number(each.get("name")))
    ):
        for host in config.get("virtual_hosts") or ():
            own = [host.get("name", "")] if named else []
            shown = domains(host.get("domains") or ())
            entries = host.get("routes") or ()
            for route in entries:
                if (route.get("route") or {}).get("cluster") == "PassthroughCluster":
                    continue
                match = route_match(route.get("match") or {})
                rows.append([config.get("name", ""), *own, shown, match, managed_by(route)])
            if not entries:
                rows.append([config.get("name", ""), *own, shown, "/*", "404"])
    return rows


def _number(name: Any) -> int:
    return int(name) if str(name).isdigit() else 0


def route_match(match: Json) -> str:
    words = []
    if match.get("prefix"):
        words.append(f"{match['prefix']}*")
    if match.get("path_separated_prefix"):
        words.append(f"PathPrefix:{match['path_separated_prefix']}")
    if match.get("path"):
        words.append(str(match["path"]))
    if match.get("safe_regex"):
        words.append(f"regex {match['safe_regex'].get('regex', '')}")
    return " ".join(words)


def domains(found: Sequence[str]) -> str:
    """The shortest forms of a virtual host's domains."""
    if len(found) < 2:
        return "".join(found)
    bare = [each for each in found if ":" not in each]
    longer = {
        each for each in bare for end in (".svc.cluster.local", ".svc")
        if each.endswith(end) and each.removesuffix(end) in bare
    }  # fmt: skip
    kept = [each for each in bare if each not in longer]
    more = f" + {len(kept) - LONGEST} more..." if len(kept) > LONGEST else ""
    return f"{', '.join(kept[:LONGEST])}{more}"


def endpoint_rows(statuses: Sequence[Json]) -> Rows:
    """Of `clusters?format=json`."""
    rows = []
    for cluster in statuses:
        for host in cluster.get("host_statuses") or ():
            address, port = place_of(host.get("address") or {})
            health = host.get("health_status") or {}
            failed = "FAILED" if health.get("failed_outlier_check") else "OK"
            if not port and not address.startswith("unix:"):
                continue  # wherever the connection was meant to go
            where = f"{address}:{port}" if port else address
            rows.append(
                [where, str(health.get("eds_health_status", "HEALTHY")), failed, str(cluster.get("name", ""))]
            )
    return [
        ["ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER"],
        *sorted(rows, key=lambda row: (row[0], row[3])),
    ]
