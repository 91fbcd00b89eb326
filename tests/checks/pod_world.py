"""Pods and events as a cluster writes them, and a world of them."""

from __future__ import annotations

from datetime import timedelta

from fake_world import NOW, FakeCluster, FakeWorld, make


def world(*objects, logs=None, **error_of) -> FakeWorld:
    made = FakeWorld(cluster=FakeCluster(objects, **error_of))
    made.cluster.written = dict(logs or {})
    return made


def at(seconds):
    """A time of the API server's, so many seconds ago."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def pod(*statuses, name="web-1", init=(), phase="Running", conditions=(), age=3600, spec=None, **metadata):
    made = make(
        "Pod",
        name,
        spec=spec or {},
        status={
            "phase": phase,
            "containerStatuses": list(statuses),
            "initContainerStatuses": list(init),
            "conditions": list(conditions),
        },
    )
    made["metadata"] |= {"creationTimestamp": at(age), **metadata}
    return made


def waiting(reason, message="", name="app", image="nginx:1", **status):
    return {
        "name": name,
        "image": image,
        "state": {"waiting": {"reason": reason, "message": message}},
        **status,
    }


def event(reason, message, name="web-1", kind="Pod", seconds=10, **more):
    about = {"kind": kind, "name": name, **more.pop("about", {})}
    return make("Event", f"{reason}{message}", type="Warning", reason=reason, message=message, lastTimestamp=at(seconds),
                involvedObject=about, **more)  # fmt: skip


def rule(finding):
    return finding and finding.rule


def ended(code=1, **more):
    return {"lastState": {"terminated": {"exitCode": code, **more}}}
