"""Commands typed in another folder than they are meant for."""

from __future__ import annotations

from tests.faults.case import Case
from tests.faults.scene import Scene

KIALI = {"service": "kiali"}
MANIFEST = """apiVersion: v1
kind: Service
metadata:
  name: kiali
spec:
  ports: [{port: 20001}]
"""


async def addons(scene: Scene) -> None:
    folder = scene.folder / "istio-1.11.3" / "samples" / "addons"
    folder.mkdir(parents=True)
    (folder / "kiali.yaml").write_text(MANIFEST)


async def too_high(scene: Scene) -> None:
    assert await scene.types("kubectl apply -f samples/addons") == 1


async def there(scene: Scene) -> None:
    await scene.types("cd ~/istio-1.11.3 && kubectl apply -f samples/addons")


async def mistyped(scene: Scene) -> None:
    await scene.types("cd istio-1.11.3")
    await scene.types("kubectl apply -f samples/adons")


async def nowhere(scene: Scene) -> None:
    await scene.types("kubectl apply -f manifests")


async def gone(scene: Scene) -> None:
    await scene.types("mkdir gone && cd gone")
    await scene.types("rmdir ../gone")


async def back(scene: Scene) -> None:
    await scene.types("cd ~ && touch here")


CASES = (
    Case(
        "wrong-folder",
        "",
        KIALI,
        too_high,
        there,
        addons,
        evidence='"samples/addons" does not exist',
        facts=("F20",),
    ),
    Case("path-typo", "", KIALI, mistyped, there, addons, evidence="samples/adons"),
    Case("path-missing", "", KIALI, nowhere, there, addons, evidence="manifests"),
    Case("folder-gone", "", {"file": "here", "base": "folder"}, gone, back, evidence="gone"),
)
