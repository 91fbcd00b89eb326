"""Ephemeral containers, as `kubectl debug` adds them: they are seen to run, and nothing runs in them."""

from __future__ import annotations

import hashlib

from runner.practice.controllers.object_helpers import now, uid_of
from runner.practice.machinery.store import Object
from runner.practice.node import images


def statuses(pod: Object) -> list[Object]:
    """One for each; one that had none yet begins to run now."""
    known = {one["name"]: one for one in (pod.get("status") or {}).get("ephemeralContainerStatuses") or ()}
    return [
        known.get(spec["name"]) or _begun(pod, spec) for spec in pod["spec"].get("ephemeralContainers") or ()
    ]


def _begun(pod: Object, spec: Object) -> Object:
    image = images.parse(str(spec.get("image", "")))
    seed = hashlib.sha256(f"{uid_of(pod)}/{spec['name']}".encode()).hexdigest()
    full = image.full if image else str(spec.get("image", ""))
    return {
        "containerID": f"containerd://{seed}",
        "image": full,
        "imageID": f"{full.rpartition(':')[0] or full}@sha256:{hashlib.sha256(full.encode()).hexdigest()}",
        "lastState": {},
        "name": spec["name"],
        "ready": False,
        "restartCount": 0,
        "state": {"running": {"startedAt": now()}},
    }
