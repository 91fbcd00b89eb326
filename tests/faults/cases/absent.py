"""Objects that were made elsewhere, or under a name with a slip of the key."""

from __future__ import annotations

from tests.faults.case import Case
from tests.faults.manifests import kubectl
from tests.faults.scene import Scene

SHOP = kubectl("create", "namespace", "shop")


async def moved(scene: Scene) -> None:
    await scene.kubectl("delete", "configmap", "settings")
    await scene.kubectl("create", "configmap", "settings", "-n", "shop")


CASES = (
    Case(
        "in-another-namespace",
        "",
        {"resource": "ConfigMap", "name": "settings", "in": "shop"},
        kubectl("create", "configmap", "settings"),
        moved,
        before=SHOP,
        evidence="default",
        about="configmap/settings in default",
        facts=("F27",),
        real=True,
    ),
    Case(
        "misspelled",
        "object",
        {"service": "tracing", "in": "shop"},
        kubectl("create", "service", "clusterip", "traicng", "--tcp=80", "-n", "shop"),
        kubectl("create", "service", "clusterip", "tracing", "--tcp=80", "-n", "shop"),
        before=SHOP,
        evidence="traicng",
        real=True,
    ),
    Case(
        "misspelled",
        "namespace",
        {"namespace": "istio-system"},
        kubectl("create", "namespace", "istio-sytem"),
        kubectl("create", "namespace", "istio-system"),
        evidence="istio-sytem",
        real=True,
    ),
)
