"""Hosts as Istio's objects name them."""

from __future__ import annotations

from collections.abc import Iterable

DOMAIN = "cluster.local"


def full_name(host: str, namespace: str) -> str:
    """A short name is a Service of the object's namespace; a name with a dot, and "*", mean themselves."""
    return host if "." in host or host.startswith("*") else f"{host}.{namespace}.svc.{DOMAIN}"


def covers(pattern: str, host: str) -> bool:
    """Whether `pattern` ("*", "*.example.com", "a.example.com") is met by `host`, which may be a pattern itself."""
    if pattern in ("*", host):
        return True
    if not pattern.startswith("*"):
        return False
    suffix = pattern[1:]
    return host.removeprefix("*").endswith(suffix) and len(host) >= len(suffix)


def intersection(left: Iterable[str], right: Iterable[str]) -> list[str]:
    """The narrower one of each two that meet, in the order of `left`."""
    found: dict[str, None] = {}
    wanted = list(right)
    for one in left:
        for other in wanted:
            if covers(one, other):
                found[other] = None
            elif covers(other, one):
                found[one] = None
    return list(found)


def specificity(pattern: str) -> tuple[int, int]:
    """Sorts the most specific first: exact names, then longer patterns, then "*"."""
    return (1 if pattern.startswith("*") else 0, -len(pattern))


def of_namespace(hosts: Iterable[str], namespace: str, own: str) -> list[str]:
    """The hosts of a Gateway's server ("ns/host", "./host", "*/host", "host") that objects of `namespace` may bind to;
    `own` is the Gateway's namespace."""
    found = []
    for host in hosts:
        wanted, slash, name = host.partition("/")
        if not slash:
            found.append(host)
        elif wanted in ("*", namespace) or (wanted == "." and own == namespace):
            found.append(name)
    return found
