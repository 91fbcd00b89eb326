"""The controller of ingress-nginx, and the Jobs of its manifests."""

from __future__ import annotations

from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.ingress_controller import ingress_controller, wait_shutdown
from runner.practice.containers.image_programs.webhook_certgen import certgen
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.server_program import serve, text


async def _default_backend(call: Invocation) -> int:
    async def answer(request: Request) -> Response:
        if request.path == "/healthz":
            return text(200, "ok")
        return text(404, "default backend - 404")

    return await serve(call, {8080: answer})


IMAGES = (
    Image(
        names=(
            "registry.k8s.io/ingress-nginx/controller*",
            "k8s.gcr.io/ingress-nginx/controller*",
            "us.gcr.io/k8s-artifacts-prod/ingress-nginx/controller*",
            "quay.io/kubernetes-ingress-controller/nginx-ingress-controller*",
        ),
        entrypoint=("/usr/bin/dumb-init", "--"),
        cmd=("/nginx-ingress-controller",),
        user=101,
        working_dir="/etc/nginx",
        programs={
            "dumb-init": ingress_controller,
            "/nginx-ingress-controller": ingress_controller,
            "/wait-shutdown": wait_shutdown,
        },
    ),
    Image(
        names=(
            "registry.k8s.io/ingress-nginx/kube-webhook-certgen",
            "k8s.gcr.io/ingress-nginx/kube-webhook-certgen",
            "docker.io/jettech/kube-webhook-certgen",
            "registry.k8s.io/ingress-nginx/kube-webhook-certgen*",
        ),
        entrypoint=("/kube-webhook-certgen",),
        programs={"/kube-webhook-certgen": certgen},
        user=65532,
        shell="",
    ),
    Image(
        names=(
            "registry.k8s.io/defaultbackend-amd64",
            "k8s.gcr.io/defaultbackend-amd64",
            "gcr.io/google_containers/defaultbackend",
        ),
        entrypoint=("/server",),
        programs={"/server": _default_backend},
        user=65534,
        shell="",
    ),
)
