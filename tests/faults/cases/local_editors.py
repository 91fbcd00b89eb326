"""kubectl edit, with the real kubectl and the real vi."""

from __future__ import annotations

from tests.faults.case import Case
from tests.faults.scene import Scene

IN = "istio-system"
OPEN = {"service": "kiali", "in": IN, "type": "LoadBalancer"}
EDIT = f"kubectl edit svc kiali -n {IN}"


async def kiali(scene: Scene) -> None:
    await scene.kubectl("create", "namespace", IN)
    await scene.kubectl("create", "service", "clusterip", "kiali", "--tcp=20001:20001", "-n", IN)


async def edited(scene: Scene) -> None:
    await scene.types(EDIT, keys=[":%s/type: ClusterIP/type: LoadBalancer/", "enter", ":wq!", "enter"])


def typed(*keys: str, line: str = EDIT):
    async def bring(scene: Scene) -> None:
        await scene.types(line, keys=keys)

    return bring


ONCE = '#!/bin/sh\n[ -e ~/opened ] && exit 0\ntouch ~/opened\nexec vi "$@"\n'
"""vi; when kubectl opens the file again, with what was wrong on its top, the learner leaves it at that."""


def given_up(substitution: str):
    async def bring(scene: Scene) -> None:
        (scene.folder / ".vimrc").write_text("set ignorecase nocompatible\n")
        once = scene.folder / "once"
        once.write_text(ONCE)
        once.chmod(0o755)
        await scene.types(f"KUBE_EDITOR=$HOME/once {EDIT}", keys=[substitution, "enter", ":wq!", "enter"])

    return bring


async def returns_at_once(scene: Scene) -> None:
    code = scene.folder / "code"
    code.write_text("#!/bin/sh\nexit 0\n")
    code.chmod(0o755)
    await scene.types(f"export KUBE_EDITOR=$PWD/code; {EDIT}")


async def patched(scene: Scene) -> None:
    await scene.types("""kubectl patch svc kiali -n istio-system -p '{"spec":{"type":"LoadBalancer"}}'""")


async def forgotten_namespace(scene: Scene) -> None:
    assert await scene.types("kubectl edit svc kiali") == 1


CASES = (
    Case(
        "edit-without-change",
        "",
        OPEN,
        typed(":wq", "enter"),
        edited,
        kiali,
        evidence="Edit cancelled",
        facts=("F25",),
    ),
    Case(
        "editor-missing",
        "",
        OPEN,
        typed(line=f"KUBE_EDITOR=nano2 {EDIT}"),
        edited,
        kiali,
        evidence='unable to launch the editor "nano2"',
        facts=("F26",),
    ),
    Case(
        "editor-failed",
        "cq",
        OPEN,
        typed(":cq", "enter"),
        edited,
        kiali,
        evidence="problem with the editor",
        facts=("F26",),
    ),
    Case(
        "editor-does-not-wait",
        "",
        OPEN,
        returns_at_once,
        patched,
        kiali,
        evidence="Edit cancelled",
        facts=("F26",),
    ),
    Case(
        "edit-hit-names",
        "",
        OPEN,
        given_up(":%s/ClusterIP/LoadBalancer/g"),
        patched,
        kiali,
        evidence="LoadBalancer",
        facts=("F28",),
    ),
    Case(
        "edit-refused",
        "",
        OPEN,
        given_up(":%s/type: ClusterIP/type: LoadBalancers/"),
        edited,
        kiali,
        evidence="Unsupported value",
    ),
    Case(
        "namespace-not-named",
        "",
        OPEN,
        forgotten_namespace,
        edited,
        kiali,
        evidence='services "kiali" not found',
        facts=("F27",),
    ),
)
