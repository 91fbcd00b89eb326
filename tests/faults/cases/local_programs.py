"""Programs that bash does not find, or can't run."""

from __future__ import annotations

from tests.faults.case import Case
from tests.faults.cases.local_downloads import GOOD, downloaded, lab
from tests.faults.scene import Scene

TOOL = {"tool": "istioctl", "version": ">=1.11"}
BIN = "istio-1.11.3/bin"


async def on_path(scene: Scene) -> None:
    await scene.types(f"export PATH=$HOME/{BIN}:$PATH")


async def tried(scene: Scene) -> None:
    await downloaded(scene)
    assert await scene.types("istioctl version") == 127


async def other_processor(scene: Scene) -> None:
    """The header of a program for arm64, as TARGET_ARCH=arm64 brings it."""
    await scene.types(f"{GOOD}; export PATH=$HOME/{BIN}:$PATH")
    program = scene.folder / BIN / "istioctl"
    program.rename(program.with_name("kept"))
    program.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00" + bytes(44))
    program.chmod(0o755)


async def right_processor(scene: Scene) -> None:
    await scene.types(f"mv {BIN}/kept {BIN}/istioctl")


async def not_executable(scene: Scene) -> None:
    await scene.types(f"{GOOD}; export PATH=$HOME/{BIN}:$PATH; chmod -x {BIN}/istioctl")


async def executable(scene: Scene) -> None:
    await scene.types(f"chmod +x {BIN}/istioctl")


async def mistyped(scene: Scene) -> None:
    assert await scene.types("kubecttl create deployment web --image=nginx:1.21") == 127


async def typed(scene: Scene) -> None:
    await scene.types("kubectl create deployment web --image=nginx:1.21")


async def wrong_path(scene: Scene) -> None:
    await downloaded(scene)
    await scene.types("export PATH=$PWD/bin:$PATH")


CASES = (
    Case("not-on-path", "", TOOL, tried, on_path, lab, evidence=f"{BIN}/istioctl", facts=("F04",)),
    Case(
        "other-processor", "", TOOL, other_processor, right_processor, lab, evidence="aarch64", facts=("F05",)
    ),
    Case("not-executable", "", TOOL, not_executable, executable, lab, evidence="istioctl"),
    Case(
        "command-typo",
        "",
        {"deployment": "web"},
        mistyped,
        typed,
        evidence="kubecttl: command not found",
        facts=("F27",),
    ),
    Case(
        "path-wrong-folder",
        "",
        {"environment": "PATH", "contains": BIN},
        wrong_path,
        on_path,
        lab,
        evidence="/bin",
    ),
)
