"""metrics-server: while it runs and is registered, the cluster serves the metrics API.

It listens as the real one does; what clients ask of the API is answered in `node/metrics_api.py`.
"""

from __future__ import annotations

import time

from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import Listener, Request, Response

DEFAULT_PORT = 10250


async def _serve(call: Invocation) -> int:
    container = call.container
    port = next(
        (int(word.partition("=")[2]) for word in call.argv if word.startswith("--secure-port=")), DEFAULT_PORT
    )

    async def answer(request: Request) -> Response:
        if request.path in ("/healthz", "/livez", "/readyz"):
            return Response(200, [("Content-Type", "text/plain; charset=utf-8")], b"ok")
        return Response(403, [("Content-Type", "application/json")], b'{"kind":"Status","code":403}\n')

    container.pod.listen(container, port, Listener(http=answer, tls=True, program="metrics-server"))
    await call.error(
        _line("serving.go:374", "Generated self-signed cert (/tmp/apiserver.crt, /tmp/apiserver.key)")
    )
    await call.error(_line("secure_serving.go:213", f"Serving securely on [::]:{port}"))
    await call.terminated.wait()
    return 0


def _line(source: str, message: str) -> str:
    now = time.time()
    moment = time.strftime("%m%d %H:%M:%S", time.gmtime(now))
    return f"I{moment}.{int(now % 1 * 1e6):06d}       1 {source}] {message}\n"


IMAGES = [
    Image(
        names=(
            "registry.k8s.io/metrics-server/metrics-server",
            "k8s.gcr.io/metrics-server/metrics-server",
            "k8s.gcr.io/metrics-server-amd64",
            "docker.io/bitnami/metrics-server",
            "docker.io/bitnamilegacy/metrics-server",
            "docker.io/rancher/mirrored-metrics-server",
        ),
        entrypoint=("/metrics-server",),
        programs={"/metrics-server": _serve},
        user=1000,
        shell="",
        commands=(),
        memory=18 * 2**20,
        idle_cpu=3,
    )
]
