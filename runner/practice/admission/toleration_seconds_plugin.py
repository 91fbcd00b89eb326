"""DefaultTolerationSeconds: a pod stays for five minutes on a node that is not ready or not reached."""

from __future__ import annotations

from typing import Any

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.machinery.admission_request import Request

Object = dict[str, Any]

SECONDS = 300
TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


@enter
class DefaultTolerationSeconds(Plugin):
    """Adds the two tolerations that a new pod does not bring itself."""

    name = "DefaultTolerationSeconds"
    resources = frozenset({"pods"})

    def admit(self, request: Request) -> None:
        if request.operation != "CREATE":
            return
        spec = request.object["spec"]
        tolerations = list(spec.get("tolerations") or ())
        for taint in TAINTS:
            if not any(_tolerates(each, taint) for each in tolerations):
                added = {"key": taint, "operator": "Exists", "effect": "NoExecute"}
                tolerations.append({**added, "tolerationSeconds": SECONDS})
        request.object = {**request.object, "spec": {**spec, "tolerations": tolerations}}


def _tolerates(toleration: Object, taint: str) -> bool:
    covers_key = toleration.get("key", "") in (taint, "")
    return covers_key and toleration.get("effect", "") in ("NoExecute", "")
