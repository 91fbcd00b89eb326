"""Pods that suffer from their node."""

from __future__ import annotations

from tests.troubles.case import Case
from tests.troubles.manifests import READY, cleared, deployment, rolled_out, troubled

CASES = (
    Case(
        "node-not-ready",
        "",
        READY,
        troubled("node-not-ready", target="practice-worker"),
        cleared,
        before=rolled_out(deployment()),
        evidence="Kubelet stopped posting node status.",
        about="node/practice-worker",
    ),
)
