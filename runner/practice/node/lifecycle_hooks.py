"""The hooks of a container's lifecycle, postStart and preStop: a command, a request, or a while of sleep."""

from __future__ import annotations

import asyncio

from runner.practice.containers.container_config import NoSuchContainer
from runner.practice.machinery.store import Object
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.probe_actions import NoSuchPort, probe_action

LONGEST = 3600.0
"""Seconds that a postStart hook may take; the kubelet has no limit."""
SHORT_MESSAGE_SINCE = 26
"""The minor whose events do not show what a hook wrote."""


class HookFailed(Exception):
    """A hook failed; the words are what it wrote or why it could not be run."""


async def run_hook(
    runtime: ContainerRuntime, container_id: str, spec: Object, hook: Object, minor: int, speed: float
) -> None:
    """Run it to its end. `spec` is the container's. Raises HookFailed."""
    if (rest := hook.get("sleep")) is not None:
        await asyncio.sleep(float(rest.get("seconds", 0)) / speed)
        return
    try:
        action = probe_action(hook, spec, minor, LONGEST)
        if action is None:
            return
        result = await runtime.probe(container_id, action)
    except NoSuchPort as error:
        raise HookFailed(str(error)) from None
    except (NoSuchContainer, ConnectionError):
        raise HookFailed("container not running") from None
    if result.outcome not in ("success", "warning"):
        raise HookFailed(result.output)


def failure_message(
    hook: str, action: Object, container: str, pod: str, error: HookFailed, minor: int
) -> str:
    """Of FailedPostStartHook and FailedPreStopHook; `hook` is PostStart or PreStop, `pod` as the kubelet shows it."""
    if minor >= SHORT_MESSAGE_SINCE:
        return f"{hook}Hook failed"
    kind = "Exec" if "exec" in action else "Http"
    what = "[" + " ".join(action["exec"].get("command") or ()) + "]" if kind == "Exec" else "request"
    return (
        f'{kind} lifecycle hook ({what}) for Container "{container}" in Pod "{pod}" failed - error: command failed,'
        f' message: "{error}"'
    )
