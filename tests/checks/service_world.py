"""Services, and a world of them."""

from __future__ import annotations

from datetime import timedelta

from fake_world import NOW, FakeCluster, FakeWorld, make


def world(*objects, **error_of) -> FakeWorld:
    return FakeWorld(cluster=FakeCluster(objects, **error_of))


def before(seconds):
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def aged(obj, seconds=60):
    obj["metadata"]["creationTimestamp"] = before(seconds)
    return obj


def service(selector=None, ports=(), kind="ClusterIP", name="web", seconds=60, **metadata):
    spec = {"type": kind, "ports": list(ports), **({"selector": selector} if selector is not None else {})}
    made = aged(make("Service", name, spec=spec), seconds)
    made["metadata"] |= metadata
    return made
