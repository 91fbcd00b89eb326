"""Pods that no node takes."""

from __future__ import annotations

from tests.faults.case import Case
from tests.faults.manifests import READY, applied, cleared, deployment, kubectl, with_fault

WEB = deployment()
HUGE = deployment(container={"resources": {"requests": {"cpu": "64"}}})
GPU = deployment(pod={"nodeSelector": {"gpu": "yes"}})
WORKER = "practice-worker"

CASES = (
    Case("no-room", "cpu", READY, applied(HUGE), applied(WEB), evidence="Insufficient cpu", facts=("F12",)),
    Case(
        "no-room",
        "memory",
        READY,
        with_fault("unschedulable", WEB, because="memory"),
        cleared,
        evidence="Insufficient memory",
        about="pod/web-",
        facts=("F12",),
    ),
    Case(
        "too-many-pods",
        "",
        READY,
        with_fault("unschedulable", WEB, because="pods"),
        cleared,
        evidence="Too many pods",
        facts=("F13",),
    ),
    Case(
        "port-taken",
        "",
        READY,
        with_fault("unschedulable", WEB, because="ports"),
        cleared,
        evidence="free ports",
    ),
    Case("no-matching-node", "", READY, applied(GPU), applied(WEB), evidence="node affinity/selector"),
    Case(
        "node-taint",
        "",
        READY,
        applied(WEB),
        kubectl("taint", "node", WORKER, "team-"),
        before=kubectl("taint", "node", WORKER, "team=a:NoSchedule"),
        evidence="team",
    ),
    Case(
        "node-cordoned",
        "",
        READY,
        applied(WEB),
        kubectl("uncordon", WORKER),
        before=kubectl("cordon", WORKER),
        evidence="unschedulable",
    ),
    Case(
        "nodes-not-ready",
        "",
        READY,
        applied(WEB),
        cleared,
        before=with_fault("node-not-ready", target=WORKER),
        evidence="node.kubernetes.io/unreachable",
    ),
)
