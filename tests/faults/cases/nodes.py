"""Pods that suffer from their node."""

from __future__ import annotations

from tests.faults.case import Case
from tests.faults.manifests import READY, cleared, deployment, rolled_out, with_fault

CASES = (
    Case(
        "node-not-ready",
        "",
        READY,
        with_fault("node-not-ready", target="practice-worker"),
        cleared,
        before=rolled_out(deployment()),
        evidence="Kubelet stopped posting node status.",
        about="node/practice-worker",
    ),
)
