"""A proxy's config_dump, as that of one that listens at addresses: practice proxies listen at pipes.

`out-10.244.0.7` has all of Istio's outbound listeners in one, a filter chain for each; `in-10.244.0.7-9080` is a part of the
virtual inbound listener, `gw-10.244.0.7-8080` a gateway's port; `in-` and `app-` are the ends of clusters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

PIPE = re.compile(r"/(out|in|app|gw)-(\d+\.\d+\.\d+\.\d+)(?:-(\d+|any))?$")
VIRTUAL_OUTBOUND, VIRTUAL_INBOUND = 15001, 15006


def of_type(dump: Json, name: str) -> Json:
    """One part of a dump: "Clusters", "Listeners", "Routes", "Bootstrap", "Secrets"; {} where it has none."""
    for part in dump.get("configs") or ():
        if str(part.get("@type", "")).endswith(f".{name}ConfigDump"):
            return dict(part)
    return {}


def clusters(dump: Json) -> list[Json]:
    part = of_type(dump, "Clusters")
    found = [*(part.get("dynamic_active_clusters") or ()), *(part.get("static_clusters") or ())]
    return [_with_addresses(each["cluster"]) for each in found if each.get("cluster")]


def routes(dump: Json) -> list[Json]:
    part = of_type(dump, "Routes")
    found = [*(part.get("dynamic_route_configs") or ()), *(part.get("static_route_configs") or ())]
    return [each["route_config"] for each in found if each.get("route_config")]


def listeners(dump: Json) -> list[Json]:
    """One for each address and port, as Istio has them."""
    found: list[Json] = []
    inbound: list[Json] = []
    for each in of_type(dump, "Listeners").get("dynamic_listeners") or ():
        listener = (each.get("active_state") or {}).get("listener")
        if not listener:
            continue
        place = PIPE.search(((listener.get("address") or {}).get("pipe") or {}).get("path", ""))
        if place is None:
            found.append(listener)
        elif place[1] == "out":
            found += _outbound(listener)
        elif place[1] == "in":
            inbound.append(_inbound_part(listener, place[3]))
        else:
            found.append({**listener, "address": socket_address("0.0.0.0", int(place[3] or 0))})  # noqa: S104 (shown)
    if inbound:
        chains = [chain for part in inbound for chain in part["filter_chains"]]
        address = socket_address("0.0.0.0", VIRTUAL_INBOUND)  # noqa: S104 (shown)
        found.append({**inbound[0], "name": "virtualInbound", "address": address, "filter_chains": chains})
    return found


def socket_address(address: str, port: int) -> Json:
    return {"socket_address": {"address": address, "port_value": port}}


def place_of(address: Json) -> tuple[str, int]:
    """(address, port) of an Envoy address, whatever it is; the path of a pipe that is none of ours, and 0."""
    found = address.get("socket_address") or {}
    if found:
        return str(found.get("address", "")), int(found.get("port_value", 0))
    path = str((address.get("pipe") or {}).get("path", ""))
    place = PIPE.search(path)
    if place is None:
        return f"unix://{path}", 0
    return place[2], int(place[3]) if (place[3] or "any") != "any" else 0


def camel(value: Any) -> Any:
    """JSON with names as istioctl writes them: filterChains for filter_chains."""
    if isinstance(value, dict):
        return {_camel(key): camel(each) for key, each in value.items()}
    return [camel(each) for each in value] if isinstance(value, list) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest) if first else name


def _outbound(listener: Json) -> Iterator[Json]:
    """Istio's listeners: one for each address and port, and the virtual one for what none of them takes."""
    by_place: dict[tuple[str, int], list[Json]] = {}
    for chain in listener.get("filter_chains") or ():
        match = chain.get("filter_chain_match") or {}
        ranges: list[Json] = match.get("prefix_ranges") or []
        single = len(ranges) == 1 and ranges[0].get("prefix_len") == 32
        address = ranges[0]["address_prefix"] if single else "0.0.0.0"  # noqa: S104 (shown)
        taken = {"destination_port", *(("prefix_ranges",) if single else ())}
        rest = {key: value for key, value in match.items() if key not in taken}
        by_place.setdefault((address, match.get("destination_port", 0)), []).append(
            {**chain, "filter_chain_match": rest}
        )
    virtual: list[Json] = by_place.pop(("0.0.0.0", 0), [])  # noqa: S104 (shown)
    for (address, port), chains in by_place.items():
        yield {
            **{key: value for key, value in listener.items() if key != "default_filter_chain"},
            "name": f"{address}_{port}",
            "address": socket_address(address, port),
            "filter_chains": chains,
        }
    if last := listener.get("default_filter_chain"):
        virtual.append(last)
    everything = socket_address("0.0.0.0", VIRTUAL_OUTBOUND)  # noqa: S104 (shown)
    kept = {key: value for key, value in listener.items() if key != "default_filter_chain"}
    yield {**kept, "name": "virtualOutbound", "address": everything, "filter_chains": virtual}


def _inbound_part(listener: Json, port: str | None) -> Json:
    """A port's part of the virtual inbound listener: its chains match that port."""
    own: Json = {"destination_port": int(port)} if port and port != "any" else {}
    chains = [
        {**chain, "filter_chain_match": {**own, **(chain.get("filter_chain_match") or {})}}
        for chain in listener.get("filter_chains") or ()
    ]
    return {**listener, "filter_chains": chains}


def _with_addresses(value: Any) -> Any:
    """With addresses in place of pipes."""
    if isinstance(value, dict):
        if set(value) == {"pipe"} and PIPE.search(str(value["pipe"].get("path", ""))):
            return socket_address(*place_of(value))
        return {key: _with_addresses(each) for key, each in value.items()}
    return [_with_addresses(each) for each in value] if isinstance(value, list) else value
