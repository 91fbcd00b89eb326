"""Containers that exit and are restarted again and again."""

from __future__ import annotations

import re
import shlex

from checks.base import CannotRead, Finding, LogRequest, Object, World
from checks.diagnosis.evidence import Container, commanded, containers, ref
from checks.diagnosis.hooks import start_hook_fails
from checks.diagnosis.log_causes import LINES, named_in_log
from checks.diagnosis.probes import killed_by_probe, liveness_kills
from checks.object_fields import at, name_of, number_at, text_at
from checks.patterns import quotation
from checks.phrase import Phrase, phrase

LAST_LINES = 5
KILLED = (137, 143)
"""Exit codes of a container that was killed from outside (128 and SIGKILL or SIGTERM)."""
_REASONS = ("CrashLoopBackOff", "RunContainerError", "CreateContainerError", "PostStartHookError")
_NO_PROGRAM = re.compile(r"executable file not found|no such file or directory|not found$|StartError")
_OTHER_MACHINE = re.compile(r"exec format error", re.IGNORECASE)


async def crashes(world: World, pod: Object) -> Finding | None:
    """Killed for its memory use, unable to start, built for another architecture, or exited by itself."""
    for container in containers(pod):
        if container.waiting(*_REASONS) or (container.init and _failed(container)):
            return await _read(world, pod, container)
    return None


def _failed(container: Container) -> bool:
    """An init container that failed and is not waiting: it was restarted, or is about to be."""
    return (number_at(container.ended, "exitCode") or 0) != 0 and bool(
        number_at(container.status, "restartCount")
    )


async def _read(world: World, pod: Object, container: Container) -> Finding | None:
    ended, name = container.ended, container.name
    code, message = number_at(ended, "exitCode"), text_at(ended, "message") or container.message
    field = _field(container)
    if text_at(ended, "reason") == "OOMKilled":
        cause = phrase("The container exceeds its memory limit: {container}", container=name)
        remedy = phrase("Raise resources.limits.memory of the container, or reduce its memory use.")
        return Finding("out-of-memory", cause, remedy, ref(pod), "OOMKilled", f"{field}.reason")
    lines = await _last_lines(world, pod, container)
    log = quotation(" / ".join(lines[-LAST_LINES:]))
    if _OTHER_MACHINE.search(log) or _OTHER_MACHINE.search(message):
        return await _other_machine(world, pod, container, log, message, field)
    if code == 127 or _NO_PROGRAM.search(message):
        cause = phrase("The container's command is not in its image: {container}", container=name)
        remedy = phrase("Correct command (or the image) in the manifest and apply it again.")
        return _quoting("command-not-found", cause, remedy, pod, container, log, message, field)
    if hook := await start_hook_fails(world, pod, container):
        return hook
    if code in KILLED and (probe := await liveness_kills(world, pod)):
        return probe
    if code == 0 and (probe := await killed_by_probe(world, pod, container)):
        return probe
    if container.waiting("CreateContainerError", "RunContainerError"):
        cause = phrase("The container can't be started: {container}", container=name)
        remedy = phrase("Fix what the message names in the manifest, and apply it again.")
        return _quoting("container-not-started", cause, remedy, pod, container, "", message, field)
    if code == 0:
        cause = phrase(
            "The container's program exits normally (exit code 0) and is restarted each time: {container}",
            container=name,
        )
        remedy = phrase(
            "A Deployment's program must keep running. For a task that ends, use a Job; otherwise "
            "correct command."
        )
        return Finding("ends-by-itself", cause, remedy, ref(pod), "0", f"{field}.exitCode")
    if named := await named_in_log(world, pod, container, lines):
        return named
    cause = phrase("The container keeps exiting: {container} (exit code {exit_code})", container=name,
                   exit_code=phrase("unknown") if code is None else code)  # fmt: skip
    remedy = phrase("Its last log lines say why. The whole log: {command}", command=_logs(pod, container))
    return _quoting("crash-loop", cause, remedy, pod, container, log, message, field)


def _field(container: Container) -> str:
    state = "state" if at(container.status, "state", "terminated") is not None else "lastState"
    return f"{container.path}.{state}.terminated"


def _quoting(
    rule: str,
    cause: Phrase,
    remedy: Phrase,
    pod: Object,
    container: Container,
    log: str,
    message: str,
    field: str,
) -> Finding:
    """With the last lines of the log as evidence, or else the message of the runtime."""
    if log:
        return Finding(rule, cause, remedy, ref(pod), log, source=f"log of container {container.name}")
    place = (
        f"{field}.message"
        if text_at(container.ended, "message")
        else f"{container.path}.state.waiting.message"
    )
    return Finding(rule, cause, remedy, ref(pod), quotation(message) or container.reason, place)


async def _last_lines(world: World, pod: Object, container: Container) -> list[str]:
    """The end of the container's log before it exited; nothing if it can't be read."""
    previous = at(container.status, "state", "running") is not None or container.waiting(*_REASONS)
    namespace = text_at(pod, "metadata", "namespace")
    request = LogRequest(name_of(pod), namespace, container.name, LINES, previous)
    try:
        written = await world.cluster.logs(request)
    except CannotRead:
        return []
    return [line.strip() for line in written.splitlines() if line.strip()]


async def _other_machine(
    world: World, pod: Object, container: Container, log: str, message: str, field: str
) -> Finding:
    arch = await _architecture(world, pod)
    cause = phrase("The image {image} is not for the node's processor ({arch})",
                   image=container.image, arch=arch or phrase("unknown"))  # fmt: skip
    remedy = phrase(
        "Use nodes with the image's processor (usually amd64), or an image for theirs (Istio: 1.15 "
        "or later for arm64)."
    )
    return _quoting("wrong-architecture", cause, remedy, pod, container, log, message, field)


async def _architecture(world: World, pod: Object) -> str:
    try:
        node = await world.cluster.get("v1", "Node", text_at(pod, "spec", "nodeName"))
    except CannotRead:
        return ""
    return text_at(node, "status", "nodeInfo", "architecture")


def _logs(pod: Object, container: Container) -> str:
    namespace = text_at(pod, "metadata", "namespace")
    return f"kubectl logs {commanded(pod)} -c {shlex.quote(container.name)} -n {namespace} --previous"
