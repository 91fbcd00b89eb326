"""Simulates image pulls: the events that a kubelet reports, and its back-off."""

from __future__ import annotations

from typing import Protocol

from runner.practice.controllers.cluster_context import ClusterContext
from runner.practice.machinery.store import Object
from runner.practice.node import fault_messages, images
from runner.practice.node.container_status import Container, waiting
from runner.practice.node.lab_image_tags import tags_of

# Seconds of a usual cluster, shortened to what a learner should wait here.
PULL = 0.4
ERROR_SHOWN = 3.0
FIRST_BACK_OFF, LAST_BACK_OFF = 10.0, 300.0

INCLUDING_WAITING_SINCE, IMAGE_SIZE_SINCE = 27, 30
BACK_OFF_HAS_CAUSE_SINCE = 32


class PodLife(Protocol):
    """What the puller needs of the pod's worker."""

    @property
    def pod(self) -> Object: ...

    def spec(self, container: Container) -> Object: ...

    def report(self, kind: str, reason: str, message: str, container: Container | None = None) -> None: ...

    def show(self) -> None: ...

    async def pause(self, seconds: float) -> None: ...


class Puller:
    """Pulls the images of one pod. `present` are the images that its node has, by their full names."""

    def __init__(self, worker: PodLife, present: set[str], cluster: ClusterContext) -> None:
        self._worker = worker
        self._present = present
        self._cluster = cluster

    async def pull(self, container: Container) -> None:
        """Until the image is there; shows errors and back-offs meanwhile."""
        failures = 0
        while not await self._try_pull(container, failures):
            failures += 1

    async def _try_pull(self, container: Container, failures: int) -> bool:
        spec = self._worker.spec(container)
        name = spec.get("image", "")
        image = images.parse(name)
        if image is None:
            await self._name_unreadable(container, name)
            return False
        policy = spec.get("imagePullPolicy") or ("Always" if image.tag == "latest" else "IfNotPresent")
        container.image, container.image_id = image.full if not image.digest else name, image.id
        if policy != "Always" and image.full in self._present:
            self._worker.report(
                "Normal", "Pulled", f'Container image "{name}" already present on machine', container
            )
            return True
        if policy == "Never":
            why = f'Container image "{name}" is not present with pull policy of Never'
            await self._pull_failed(container, name, "ErrImageNeverPull", why, failures)
            return False
        self._worker.report("Normal", "Pulling", f'Pulling image "{name}"', container)
        await self._worker.pause(PULL)
        error = self._pull_error(name, image)
        if error is None:
            self._present.add(image.full)
            self._worker.report("Normal", "Pulled", self._pulled(name, image), container)
            return True
        container.image, container.image_id = name, ""
        self._worker.report("Warning", "Failed", f'Failed to pull image "{name}": {error}', container)
        await self._pull_failed(container, name, "ErrImagePull", error, failures)
        return False

    def _pull_error(self, name: str, image: images.Image) -> str | None:
        fault = self._cluster.faults.of_image(name, self._worker.pod)
        if fault is None:
            tags = tags_of(self._cluster.settings.images, image)
            if tags is None:
                return images.refusal(image)
            return images.not_found(image) if tags and not image.digest and image.tag not in tags else None
        return fault_messages.pull_error(fault, image)

    def _pulled(self, name: str, image: images.Image) -> str:
        took = f"{int(PULL * 1000) - image.size % 90}ms"
        output = f'Successfully pulled image "{name}" in {took}'
        if self._cluster.minor >= INCLUDING_WAITING_SINCE:
            output += f" ({took} including waiting)"
        if self._cluster.minor >= IMAGE_SIZE_SINCE:
            output += f". Image size: {image.size} bytes."
        return output

    async def _name_unreadable(self, container: Container, name: str) -> None:
        why = f'Failed to apply default image tag "{name}": couldn\'t parse image name "{name}": invalid reference format'
        container.state = waiting("InvalidImageName", why)
        self._worker.report("Warning", "InspectFailed", why, container)
        self._worker.report("Warning", "Failed", "Error: InvalidImageName", container)
        self._worker.show()
        await self._worker.pause(FIRST_BACK_OFF)

    async def _pull_failed(
        self, container: Container, name: str, reason: str, why: str, failures: int
    ) -> None:
        """Show the error, then the back-off, until it is time to try again."""
        self._worker.report("Warning", "Failed", f"Error: {reason}", container)
        container.state = waiting(reason, why)
        self._worker.show()
        if reason == "ErrImageNeverPull":
            await self._worker.pause(FIRST_BACK_OFF)
            return
        await self._worker.pause(ERROR_SHOWN)
        text = f'Back-off pulling image "{name}"'
        self._worker.report("Normal", "BackOff", text, container)
        self._worker.report("Warning", "Failed", "Error: ImagePullBackOff", container)
        cause = f": {reason}: {why}" if self._cluster.minor >= BACK_OFF_HAS_CAUSE_SINCE else ""
        container.state = waiting("ImagePullBackOff", text + cause)
        self._worker.show()
        await self._worker.pause(min(FIRST_BACK_OFF * 2**failures, LAST_BACK_OFF))
