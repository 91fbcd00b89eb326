"""hello-world, which prints and ends, and pause, which does nothing until it is told to end."""

from __future__ import annotations

from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Invocation

HELLO = """
Hello from Docker!
This message shows that a container of this image was created and ran on your cluster.

 1. The kubelet of the node had the image pulled.
 2. The container runtime made a container of it and started its program, /hello.
 3. The program wrote what you are reading, and ended. `kubectl logs` shows it.

Next, run something that stays: an Ubuntu container with a shell, for example.
 $ kubectl run -it ubuntu --image=ubuntu -- bash

"""


async def _hello(call: Invocation) -> int:
    await call.out(HELLO)
    return 0


async def _pause(call: Invocation) -> int:
    await call.terminated.wait()
    return 0


IMAGES = [
    Image(
        names=("docker.io/library/hello-world",),
        cmd=("/hello",),
        programs={"/hello": _hello},
        shell="",
        commands=(),
    ),
    Image(
        names=(
            "registry.k8s.io/pause*",
            "k8s.gcr.io/pause*",
            "gcr.io/google_containers/pause*",
            "gcr.io/google-containers/pause*",
            "docker.io/google/pause",
            "docker.io/rancher/pause",
            "docker.io/rancher/mirrored-pause",
            "docker.io/kubernetes/pause",
        ),
        entrypoint=("/pause",),
        programs={"/pause": _pause},
        shell="",
        commands=(),
    ),
]
