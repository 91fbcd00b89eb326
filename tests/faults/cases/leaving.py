"""What was deleted and does not go."""

from __future__ import annotations

from tests.faults.case import Case
from tests.faults.scene import Scene


async def held(scene: Scene) -> None:
    """A namespace with an object in it that a finalizer keeps."""
    await scene.kubectl("create", "namespace", "istio-system")
    await scene.kubectl("create", "configmap", "kept", "-n", "istio-system")
    patch = '{"metadata":{"finalizers":["example.com/keep"]}}'
    await scene.kubectl("patch", "configmap", "kept", "-n", "istio-system", "--type=merge", "-p", patch)


async def deleted(scene: Scene) -> None:
    await scene.kubectl("delete", "namespace", "istio-system", "--wait=false")


async def let_go(scene: Scene) -> None:
    patch = '{"metadata":{"finalizers":null}}'
    await scene.kubectl("patch", "configmap", "kept", "-n", "istio-system", "--type=merge", "-p", patch)


async def furnished(scene: Scene) -> None:
    await scene.kubectl("create", "namespace", "shop")
    await scene.types("kubectl create configmap settings -n shop")


async def namespace_deleted(scene: Scene) -> None:
    assert await scene.types("alias kc=kubectl; kc=kubectl; $kc -n shop delete ns/shop") == 0


async def furnished_again(scene: Scene) -> None:
    await scene.types("kubectl create ns shop; kubectl create cm settings -n shop")


async def object_deleted(scene: Scene) -> None:
    assert await scene.types("kubectl delete cm -n shop settings other --ignore-not-found") == 0


SETTINGS = {"resource": "ConfigMap", "name": "settings", "in": "shop"}
GONE = {"namespace": "istio-system", "absent": True}
THERE = {"namespace": "istio-system"}

CASES = (
    Case(
        "deleted-by-hand",
        "namespace",
        SETTINGS,
        namespace_deleted,
        furnished_again,
        furnished,
        evidence='"shop" deleted',
    ),
    Case(
        "deleted-by-hand",
        "object",
        SETTINGS,
        object_deleted,
        furnished_again,
        furnished,
        evidence='"settings" deleted',
    ),
    Case("namespace-stuck", "", THERE, deleted, let_go, before=held, facts=("F18",), passes=False, real=True),
    Case("namespace-stuck", "wanted-gone", GONE, deleted, let_go, before=held, real=True),
)
