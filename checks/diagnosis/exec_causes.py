"""Why a command in a container does not do what is expected of it: its image does not have the program."""

from __future__ import annotations

from typing import Protocol

from checks.base import ExecRequest, Finding, Object, World
from checks.diagnosis.evidence import ref
from checks.object_fields import mappings_at, name_of, text_at
from checks.patterns import quotation
from checks.phrase import phrase

NO_PROGRAM = 127
"""A shell's exit code for a program that it does not find, and ours for one that the runtime does not find."""


class _Asked(Protocol):
    @property
    def exit_code(self) -> int: ...
    def request(self, pod: str, container: str) -> ExecRequest: ...


async def no_such_program(world: World, check: _Asked, pod: Object, container: str) -> tuple[Finding, ...]:
    """The image of the container has no such program, as the command itself said."""
    if check.exit_code == NO_PROGRAM:
        return ()
    result = await world.cluster.execute(check.request(name_of(pod), container))
    if result.exit_code != NO_PROGRAM:
        return ()
    containers = mappings_at(pod, "spec", "containers")
    image = next((text_at(each, "image") for each in containers if text_at(each, "name") == container), "")
    return (
        Finding(
            "no-program-in-image",
            phrase(
                "The image does not have the program that is to run in the container: {image}", image=image
            ),
            phrase("Use an image that has it, or another container of the pod."),
            ref(pod),
            quotation(result.stderr or result.stdout),
            source=f"exec in container {container}",
        ),
    )
