"""What the practice cluster does and does not: `python -m runner.authoring.practice_reference` writes its page in docs."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from runner.kubernetes_versions import NEWEST, OLDEST
from runner.practice.containers import images
from runner.practice.containers.common_programs import COMMON
from runner.practice.containers.container_limits import LIMITS
from runner.practice.containers.shell_command_names import COMMANDS
from runner.practice.kinds import registry_of

FILE = Path(__file__).resolve().parents[2] / "docs" / "practice-cluster.md"
HEAD = Path(__file__).with_name("practice-reference-head.md")
SHOWN = f"1.{NEWEST}"


def written() -> str:
    """The whole page: what was written by hand, then what the code knows."""
    lines = [HEAD.read_text().rstrip(), "", *_kinds(), *_images(), *_commands(), *_limits()]
    return "\n".join(lines).rstrip() + "\n"


def _kinds() -> Iterator[str]:
    yield from (
        "## Kinds",
        "",
        f"Kubernetes 1.{OLDEST} to 1.{NEWEST} (`labgate practice start NAME --kubernetes 1.{OLDEST}`). In {SHOWN}:",
        "",
    )
    groups: dict[str, set[str]] = defaultdict(set)
    for resource in registry_of(SHOWN):
        groups[resource.group or "core"].add(resource.kind)
    yield "| API group | kinds |"
    yield "|---|---|"
    for group, kinds in sorted(groups.items(), key=lambda entry: (entry[0] != "core", entry[0])):
        yield f"| {group} | {', '.join(sorted(kinds))} |"
    yield ""


def _images() -> Iterator[str]:
    yield from (
        "## Images that are known",
        "",
        "Any other image runs, too: it lives, and answers a plain page on the ports that its container declares.",
        "",
        "| images | what they are |",
        "|---|---|",
    )
    for module in pkgutil.iter_modules(images.__path__, f"{images.__name__}."):
        found = importlib.import_module(module.name)
        names = [_short(name) for image in found.IMAGES for name in image.names]
        if names:
            about = " ".join(inspect.getdoc(found).split("\n\n")[0].split())  # type: ignore[union-attr]
            yield f"| {', '.join(f'`{name}`' for name in dict.fromkeys(names))} | {about} |"
    yield ""


def _short(name: str) -> str:
    """As people write it: nginx for docker.io/library/nginx."""
    return name.removeprefix("docker.io/library/").removeprefix("docker.io/")


def _commands() -> Iterator[str]:
    names = sorted({*COMMANDS, *(name for name in COMMON if not name.startswith("_"))})
    yield from (
        "## Commands in containers",
        "",
        "Images with a shell have these, in the form of GNU or of busybox as the image has it. A program that is not there is "
        "`command not found` (exit code 127).",
        "",
        ", ".join(f"`{name}`" for name in names),
        "",
    )


def _limits() -> Iterator[str]:
    yield from (
        "## Limits",
        "",
        "Of what runs in containers, whatever a pod asks for. A shell that would take more is ended; the others go on.",
        "",
        "| of | at most | beyond that |",
        "|---|---|---|",
    )
    for limit in LIMITS:
        yield f"| {limit.of} | {limit.most} | {limit.beyond} |"
    yield ""


if __name__ == "__main__":
    FILE.write_text(written())
