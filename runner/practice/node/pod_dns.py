"""A pod's host name, and its /etc/resolv.conf by dnsPolicy and dnsConfig (kubelet, pkg/kubelet/network/dns)."""

from __future__ import annotations

from collections.abc import Sequence

from runner.practice.machinery.store import Key, Object, Store

CLUSTER_DOMAIN = "cluster.local"
MOST_NAMESERVERS, MOST_SEARCHES = 3, 32
DNS_SERVICE = Key("services", "kube-system", "kube-dns")
LONGEST_HOSTNAME = 63


def hostname(pod: Object) -> str:
    """spec.hostname or the pod's name, cut to what a host name may have; the node's name in its network."""
    if pod["spec"].get("hostNetwork"):
        return str(pod["spec"].get("nodeName", ""))
    name = str(pod["spec"].get("hostname") or pod["metadata"]["name"])
    return name[:LONGEST_HOSTNAME].rstrip("-.")


def resolv_conf(store: Store, pod: Object) -> str:
    """The content of the file. `None` has what dnsConfig says alone; the others have that besides their own."""
    spec = pod["spec"]
    policy, config = spec.get("dnsPolicy", "ClusterFirst"), spec.get("dnsConfig") or {}
    if policy == "ClusterFirst" and spec.get("hostNetwork"):
        policy = "Default"
    servers, searches, options = _of_policy(store, pod, policy)
    servers = _unique([*servers, *(config.get("nameservers") or ())])[:MOST_NAMESERVERS]
    searches = _unique([*searches, *(config.get("searches") or ())])[:MOST_SEARCHES]
    for option in config.get("options") or ():
        options[option["name"]] = option.get("value") or ""
    lines = [f"search {' '.join(searches)}"] if searches else []
    lines += [f"nameserver {server}" for server in servers]
    if options:
        words = [f"{name}:{value}" if value else name for name, value in options.items()]
        lines.append(f"options {' '.join(words)}")
    return "\n".join(lines) + "\n"


def _of_policy(store: Store, pod: Object, policy: str) -> tuple[list[str], list[str], dict[str, str]]:
    """(name servers, search list, options)"""
    if policy == "None":
        return [], [], {}
    if policy == "Default":
        return [_of_nodes(store)], [], {"ndots": "0"}
    service = store.get(DNS_SERVICE) or {}
    address = service.get("spec", {}).get("clusterIP") or "10.96.0.10"
    domain = f"svc.{CLUSTER_DOMAIN}"
    return [address], [f"{pod['metadata']['namespace']}.{domain}", domain, CLUSTER_DOMAIN], {"ndots": "5"}


def _of_nodes(store: Store) -> str:
    """The name server of the nodes, as in kind: the first address of their network."""
    for node in store.list("nodes"):
        for entry in node.get("status", {}).get("addresses") or ():
            if entry["type"] == "InternalIP":
                return f"{entry['address'].rpartition('.')[0]}.1"
    return "172.18.0.1"


def _unique(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(words))
