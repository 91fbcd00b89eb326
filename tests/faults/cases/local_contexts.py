"""A kubectl that talks to no cluster, to another one, or is not let in."""

from __future__ import annotations

from tests.faults.case import Case
from tests.faults.scene import Scene

WEB = {"deployment": "web"}
CREATE = "kubectl create deployment web --image=nginx:1.21"


def typed(line: str):
    async def bring(scene: Scene) -> None:
        await scene.types(line)

    return bring


async def created(scene: Scene) -> None:
    await scene.types(f"export KUBECONFIG={scene.kubeconfig}; {CREATE}")


async def other(scene: Scene) -> None:
    text = scene.kubeconfig.read_text().replace("https://127.0.0.1:", "https://127.0.0.2:")
    (scene.folder / "other").write_text(text)
    await scene.types("export KUBECONFIG=$PWD/other")


async def bad_token(scene: Scene) -> None:
    await scene.types(f"{CREATE} --token=expired")


async def stopped(scene: Scene) -> None:
    await scene.types(f"{CREATE} --server=https://127.0.0.1:1")


CASES = (
    Case(
        "no-kubeconfig",
        "unset",
        WEB,
        typed(f"unset KUBECONFIG; {CREATE}"),
        created,
        evidence="KUBECONFIG",
        facts=("F06",),
    ),
    Case("other-cluster", "exported", WEB, other, created, evidence="other", facts=("F07",)),
    Case(
        "other-context",
        "named",
        WEB,
        typed(f"{CREATE} --context prod"),
        created,
        evidence="prod",
        facts=("F07",),
    ),
    Case("credentials-refused", "", WEB, bad_token, created, evidence="Unauthorized"),
    Case("server-refuses", "", WEB, stopped, created, evidence="refused"),
)
