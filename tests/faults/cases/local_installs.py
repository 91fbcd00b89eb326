"""istioctl and kubectl apply, and what they say where it does not work: the lab's stand-in says the real one's words."""

from __future__ import annotations

import json

from tests.faults.case import Case
from tests.faults.cases.local_downloads import GOOD, LAB
from tests.faults.scene import Scene

IN = "istio-system"
INSTALL = "istioctl install --set profile=demo"
ISTIOD = {"deployment": "istiod", "in": IN}
KIALI = {"service": "kiali", "in": IN}
MANIFEST = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "kiali", "namespace": IN},
    "spec": {"ports": [{"port": 20001}]},
}


async def istioctl(scene: Scene) -> None:
    scene.stand_in(LAB)
    await scene.types(f"{GOOD}; export PATH=$HOME/istio-1.11.3/bin:$PATH")


async def installed(scene: Scene) -> None:
    assert await scene.types(f"{INSTALL} -y") == 0


async def declined(scene: Scene) -> None:
    assert await scene.types(INSTALL, answers=[(r"Proceed\?", "")]) == 1


async def not_asked(scene: Scene) -> None:
    assert await scene.types(f"{INSTALL} < /dev/null") == 1


async def too_new(scene: Scene) -> None:
    assert await scene.types(f"{INSTALL} -y") == 1


async def not_pulled(scene: Scene) -> None:
    scene.faults.add("image-pull", "istiod")
    assert await scene.types(f"{INSTALL} -y --readiness-timeout 3s") == 1


async def repaired(scene: Scene) -> None:
    scene.faults.clear()
    await installed(scene)


async def by_hand(scene: Scene) -> None:
    await scene.types(
        f"kubectl create deployment istio-ingressgateway -n {IN} --image=docker.io/istio/proxyv2:1.11.3"
    )


async def manifest(scene: Scene) -> None:
    (scene.folder / "kiali.yaml").write_text(json.dumps(MANIFEST))


def written(text: str):
    async def before(scene: Scene) -> None:
        await scene.kubectl("create", "namespace", IN)
        (scene.folder / "kiali.yaml").write_text(text)

    return before


async def applied(scene: Scene) -> None:
    await scene.types("kubectl apply -f kiali.yaml")


async def with_namespace(scene: Scene) -> None:
    await scene.types(f"kubectl create namespace {IN}; kubectl apply -f kiali.yaml")


async def corrected(scene: Scene) -> None:
    await manifest(scene)
    await applied(scene)


FIELD = json.dumps(MANIFEST).replace('"ports"', '"portz"')
INDENTED = "apiVersion: v1\nkind: Service\n metadata:\n  name: kiali\n"
DASHBOARD = json.dumps(
    {**MANIFEST, "apiVersion": "monitoring.kiali.io/v1alpha1", "kind": "MonitoringDashboard"}
)
BOARD = {"resource": "Service", "name": "kiali", "in": IN}

CASES = (
    Case(
        "answered-no", "enter", ISTIOD, declined, installed, istioctl, evidence="Cancelled.", facts=("F08",)
    ),
    Case(
        "answered-no",
        "end-of-input",
        {"namespace": IN},
        not_asked,
        installed,
        istioctl,
        evidence="Proceed? (y/N)",
        facts=("F08",),
    ),
    Case(
        "istio-too-old",
        "",
        {"deployment": "istio-ingressgateway", "in": IN},
        too_new,
        by_hand,
        istioctl,
        evidence='no matches for kind "PodDisruptionBudget"',
        facts=("F09",),
        version="1.25",
    ),
    Case(
        "install-timed-out",
        "",
        {"deployment": "istio-ingressgateway", "in": IN},
        not_pulled,
        repaired,
        istioctl,
        evidence="resources not ready after 3s",
        facts=("F15",),
    ),
    Case(
        "namespace-missing",
        "applied",
        KIALI,
        applied,
        with_namespace,
        manifest,
        evidence='namespaces "istio-system" not found',
        facts=("F21",),
    ),
    Case("unknown-field", "", KIALI, applied, corrected, written(FIELD), evidence="portz"),
    Case("not-yaml", "", KIALI, applied, corrected, written(INDENTED), evidence="line 3"),
    Case(
        "kind-not-there-yet",
        "",
        BOARD,
        applied,
        corrected,
        written(DASHBOARD),
        evidence="MonitoringDashboard",
        facts=("F22",),
    ),
)
