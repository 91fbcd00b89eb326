"""Whether and when a container that has ended is started again."""

from __future__ import annotations

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.controllers.object_helpers import name_of, namespace_of, parse_time, uid_of
from runner.practice.machinery.store import Object
from runner.practice.node.container_status import Container, waiting
from runner.practice.node.image_pull import FIRST_BACK_OFF, LAST_BACK_OFF, PodLife

RESTART = 0.7
RAN_WELL = 600.0
"""Seconds after which a restart comes at once again (kubernetes: twice the longest back-off)."""
BACK_OFF_NAMES_CONTAINER_SINCE = 26


def restarts(pod: Object, container: Container) -> bool:
    """What the pod's restartPolicy says of a container that has ended, or of one whose image can't be had."""
    if container.sidecar or not container.ended:
        return True
    policy = pod["spec"].get("restartPolicy", "Always")
    if container.init and container.ended["exitCode"] == 0:
        return False
    if container.init:
        return bool(policy != "Never")
    return bool(policy == "Always" or (policy == "OnFailure" and container.ended["exitCode"]))


async def back_off(worker: PodLife, container: Container, cluster: ClusterContext) -> None:
    """The first restart comes at once, each further one after twice the time, until it has run for long."""
    if container.ended and _ran(container.ended) * cluster.settings.speed >= RAN_WELL:
        container.back_offs = 0
    container.back_offs += 1
    if container.back_offs == 1:
        await worker.pause(RESTART)
        return
    if container.ended:
        await worker.pause(RESTART)
        container.last_state = container.state
    seconds = min(FIRST_BACK_OFF * 2 ** (container.back_offs - 2), LAST_BACK_OFF)
    pod = worker.pod
    where = f"{name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"
    message = f"back-off {_duration(seconds)} restarting failed container={container.name} pod={where}"
    container.state = waiting("CrashLoopBackOff", message)
    container.ready = False
    message = "Back-off restarting failed container"
    if cluster.minor >= BACK_OFF_NAMES_CONTAINER_SINCE:
        message += f" {container.name} in pod {where}"
    worker.report("Warning", "BackOff", message, container)
    worker.show()
    await worker.pause(seconds)


def _ran(ended: Object) -> float:
    """Seconds from its start to its end; one that could not be started ran for none."""
    if ended.get("reason") == "StartError":
        return 0.0
    return (parse_time(ended["finishedAt"]) - parse_time(ended["startedAt"])).total_seconds()


def _duration(seconds: float) -> str:
    """As Go writes it: 10s, 1m20s, 5m0s."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
