"""Containers that end, and are started again and again."""

from __future__ import annotations

from checks.base import Finding, Object, World
from checks.diagnosis.reading import Container, containers, ref
from checks.objects import name_of, number_at, text_at
from checks.patterns import excerpt
from checks.words import phrase


async def crashes(_world: World, pod: Object) -> Finding | None:
    """Killed for its memory, or ended by itself."""
    for container in containers(pod):
        if container.waiting("CrashLoopBackOff", "RunContainerError", "CreateContainerError"):
            return _read(pod, container)
    return None


def _read(pod: Object, container: Container) -> Finding:
    ended = container.ended
    if text_at(ended, "reason") == "OOMKilled":
        return Finding(
            "out-of-memory",
            phrase("The container needs more memory than its limit: {container}", container=container.name),
            phrase("Raise resources.limits.memory of the container, or have it do less."),
            ref(pod),
            "OOMKilled",
            f"{container.path}.lastState.terminated.reason",
        )
    code = number_at(ended, "exitCode")
    namespace = text_at(pod, "metadata", "namespace")
    return Finding(
        "crash-loop",
        phrase(
            "The container ends again and again: {container} (exit code {exit_code})",
            container=container.name,
            exit_code=phrase("unknown") if code is None else code,
        ),
        phrase(
            "Read its last words: {command}",
            command=f"kubectl logs {name_of(pod)} -c {container.name} -n {namespace} --previous",
        ),
        ref(pod),
        excerpt(text_at(ended, "message") or container.message, 300),
        f"{container.path}.state.waiting.message",
    )
