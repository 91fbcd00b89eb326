"""Names that Kubernetes makes: those of pods that a Deployment, a DaemonSet or a Job has."""

from __future__ import annotations

import re
from collections.abc import Collection

_SAFE = "bcdfghjklmnpqrstvwxz2456789"
"""The letters of the names that Kubernetes makes (k8s.io/apimachinery/pkg/util/rand)."""
_OF_REPLICASET = re.compile(rf"(?<![\w.-])[a-z][a-z0-9.-]*-[{_SAFE}]{{6,10}}-[{_SAFE}]{{5}}(?![\w-])")
_OF_OTHERS = re.compile(rf"(?<![\w.-])[a-z][a-z0-9.-]*-(?=[a-z]*\d)[{_SAFE}]{{5}}(?![\w.-])")


def generated(command: str, made: Collection[str] = ()) -> str:
    """The first name in a command that a controller gave a pod, with a hash in it: another pod has another; "" for none.

    `made` are the names that somebody gave.
    """
    for pattern in (_OF_REPLICASET, _OF_OTHERS):
        for found in pattern.finditer(command.split("<<", 1)[0]):
            if found[0] not in made:
                return found[0]
    return ""
