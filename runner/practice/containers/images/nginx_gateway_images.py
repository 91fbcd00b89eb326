"""NGINX Gateway Fabric: the Gateway API's controller and its proxies, as stand-ins."""

from __future__ import annotations

from runner.practice.containers.container_image import Image
from runner.practice.containers.image_programs.gateway_agent import gateway_proxy
from runner.practice.containers.image_programs.gateway_controller import controller_program

_HOMES = ("ghcr.io/nginx/nginx-gateway-fabric", "ghcr.io/nginxinc/nginx-gateway-fabric")

IMAGES = (
    Image(
        names=_HOMES,
        entrypoint=("/usr/bin/gateway",),
        programs={"gateway": controller_program},
        user=101,
        shell="",
    ),
    Image(
        names=tuple(f"{home}/nginx" for home in _HOMES),
        entrypoint=("/agent/entrypoint.sh",),
        programs={"/agent/entrypoint.sh": gateway_proxy},
        user=101,
    ),
)
