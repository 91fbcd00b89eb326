"""Images that were probably meant: with nearly the same name, and in use here or well known."""

from __future__ import annotations

from checks.base import CannotRead, Object, World
from checks.diagnosis.likeness import nearest
from checks.object_fields import mappings_at, number_at, text_at

WELL_KNOWN = (
    "alpine", "busybox", "caddy", "grafana/grafana", "haproxy", "httpd", "istio/pilot", "istio/proxyv2",
    "jaegertracing/all-in-one", "mariadb", "memcached", "mongo", "mysql", "nginx", "node", "openjdk", "postgres",
    "prom/prometheus", "python", "rabbitmq", "redis", "tomcat", "traefik", "ubuntu", "wordpress", "quay.io/kiali/kiali",
)  # fmt: skip
"""Images that labs and courses use, as people write them."""
NEAR = 0.8


async def probably_meant(world: World, pod: Object, image: str) -> str:
    """An image with nearly the same name that is in use here or well known; "" if there is none."""
    here = await _in_use(world, text_at(pod, "metadata", "namespace")) - {image}
    name, colon, tag = _split(image)
    found = [each for each in here if _split(each)[0] == name]
    if meant := min(found) if found else nearest(image, sorted(here), NEAR):
        return meant
    if name in WELL_KNOWN:
        return ""
    meant = nearest(name, WELL_KNOWN, NEAR)
    return f"{meant}{colon}{tag}" if meant else ""


def _split(image: str) -> tuple[str, str, str]:
    """The name without Docker Hub's own parts, and the tag."""
    short = image.removeprefix("docker.io/").removeprefix("library/")
    head, slash, last = short.rpartition("/")
    name, colon, tag = last.partition(":")
    return f"{head}{slash}{name}", colon, tag


async def _in_use(world: World, namespace: str) -> set[str]:
    """The images that run in the namespace, or ran in an earlier revision."""
    found = set()
    try:
        for pod in await world.cluster.list("v1", "Pod", namespace):
            if text_at(pod, "status", "phase") == "Running":
                found |= {text_at(each, "image") for each in mappings_at(pod, "spec", "containers")}
        for earlier in await world.cluster.list("apps/v1", "ReplicaSet", namespace):
            if number_at(earlier, "status", "readyReplicas"):
                template = mappings_at(earlier, "spec", "template", "spec", "containers")
                found |= {text_at(each, "image") for each in template}
    except CannotRead:
        return found
    return found
