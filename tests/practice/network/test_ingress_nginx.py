"""The stand-in for ingress-nginx: it routes by Ingresses, in nginx's words, and writes their addresses through the API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from runner.practice.containers.cluster_view import (
    Backend,
    NetworkView,
    ServicePort,
    ServiceView,
)
from runner.practice.containers.image_programs.webhook_certgen import certificates
from runner.practice.containers.network_messages import Listener, Request, Response
from tests.practice.containers.container_room import ContainerRoom, Started, container_room

CONTROLLER = "registry.k8s.io/ingress-nginx/controller:v1.11.3"
ARGS = (
    "/nginx-ingress-controller",
    "--publish-service=ingress-nginx/front",
    "--controller-class=k8s.io/ingress-nginx",
    "--ingress-class=nginx",
)
CLASS = {"metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}}


def ingress(
    name: str,
    *paths: tuple[str, str, str],
    host: str = "",
    annotations: dict[str, str] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    listed = [
        {"path": path, "pathType": kind, "backend": {"service": {"name": to, "port": {"number": 80}}}}
        for path, kind, to in paths
    ]
    rule = {"http": {"paths": listed}, **({"host": host} if host else {})}
    nginx = {f"nginx.ingress.kubernetes.io/{key}": value for key, value in (annotations or {}).items()}
    meta = {"name": name, "namespace": "default", "uid": f"uid-{name}", "annotations": nginx}
    return {"metadata": meta, "spec": {"ingressClassName": "nginx", "rules": [rule], **spec}}


class Front:
    """The controller, two servers behind it, and an API that remembers what it was asked."""

    def __init__(self, room: ContainerRoom, controller: Started, backends: dict[str, Started]) -> None:
        self.room, self.controller, self.backends = room, controller, backends
        self.asked: list[Request] = []

    def show(self, ingresses: Sequence[dict[str, Any]], classes: Sequence[dict[str, Any]] = (CLASS,)) -> None:
        services = [
            ServiceView("default", name, f"10.96.0.{at}", (ServicePort(80),),
                        (Backend(pod.ip, ((80, 8080, "TCP"),)),))
            for at, (name, pod) in enumerate(self.backends.items(), 20)
        ]  # fmt: skip
        services.append(ServiceView("default", "empty", "10.96.0.30", (ServicePort(80),)))
        gone = Backend(self.controller.ip, ((80, 9, "TCP"),))
        services.append(ServiceView("default", "refusing", "10.96.0.31", (ServicePort(80),), (gone,)))
        api = Backend(self.backends["web"].ip, ((443, 6443, "TCP"),))
        services.append(ServiceView("default", "kubernetes", "10.96.0.1", (ServicePort(443),), (api,)))
        view = NetworkView(ingresses=ingresses, ingress_classes=classes, services=services)
        self.room.runtime.network.set_view(view)

    async def get(self, target: str, host: str = "shop.example", port: int = 80) -> Response:
        return await self.room.request(self.controller, target, port, headers={"Host": host})

    async def api(self, request: Request) -> Response:
        self.asked.append(request)
        service = {
            "spec": {"type": "LoadBalancer"},
            "status": {"loadBalancer": {"ingress": [{"ip": "127.70.1.2"}]}},
        }
        return Response(200, (), json.dumps(service).encode())


@pytest.fixture
async def front() -> Any:
    async with container_room() as room:
        backends = {name: await room.run("registry.k8s.io/pause", name=name) for name in ("web", "other")}
        for name, pod in backends.items():

            async def answer(request: Request, name: str = name) -> Response:
                return Response(200, (), f"{name} {request.target} {request.header('Host')}".encode())

            container = room.runtime.container(pod.id)
            container.pod.listen(container, 8080, Listener(http=answer))
        env = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
        controller = await room.run(CONTROLLER, *ARGS, name="front", env=env)
        made = Front(room, controller, backends)
        container = room.runtime.container(backends["web"].id)
        container.pod.listen(container, 6443, Listener(http=made.api, tls=True))
        made.show([])
        await room.until(lambda: room.runtime.container(controller.id).pod.listener(10254))
        yield made


async def text(front: Front, target: str, host: str = "shop.example") -> str:
    answer = await front.get(target, host)
    return answer.body.decode() if answer.status == 200 else str(answer.status)


async def test_paths_types_and_hosts(front):
    front.show(
        [
            ingress(
                "a", ("/orders", "Prefix", "web"), ("/exact", "Exact", "other"), ("/", "Prefix", "other")
            ),
            ingress("b", ("/", "Prefix", "web"), host="kiali.example"),
            ingress("c", ("/", "Prefix", "other"), host="*.wild.example"),
            ingress("d", ("/alone", "Exact", "web"), host="alone.example"),
        ]
    )
    assert await text(front, "/orders/1?a=b") == "web /orders/1?a=b shop.example"
    assert (await text(front, "/orders")).startswith("web ")
    assert (await text(front, "/ordersx")).startswith("other ")
    assert (await text(front, "/exact")).startswith("other ")
    assert (await text(front, "/", "kiali.example:80")).startswith("web ")
    assert (await text(front, "/", "a.wild.example")).startswith("other ")
    assert await text(front, "/other", "alone.example") == "404"


async def test_what_has_no_endpoint_answers_in_nginx_s_words(front):
    front.show(
        [ingress("a", ("/e", "Prefix", "empty"), ("/m", "Prefix", "missing"), ("/r", "Prefix", "refusing"))]
    )
    unavailable = await front.get("/e")
    assert unavailable.status == 503
    assert (
        b"<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n<hr><center>nginx</center>"
        in unavailable.body
    )
    assert (await front.get("/m")).status == 503
    assert (await front.get("/r")).status == 502
    nowhere = await front.get("/")
    assert nowhere.status == 404 and b"<hr><center>nginx</center>" in nowhere.body
    assert not nowhere.header("Server")


async def test_rewrites_redirects_and_canaries(front):
    front.show(
        [
            ingress("a", ("/x(/|$)(.*)", "ImplementationSpecific", "web"), annotations={"rewrite-target": "/$2"}),
            ingress("b", ("/", "Prefix", "web"), host="safe.example", tls=[{"hosts": ["safe.example"]}]),
            ingress("c", ("/", "Prefix", "web"), host="c.example"),
            ingress("d", ("/", "Prefix", "other"), host="c.example",
                    annotations={"canary": "true", "canary-by-header": "X-New"}),
        ]
    )  # fmt: skip
    assert (await text(front, "/x/items/7")).startswith("web /items/7 ")
    moved = await front.get("/a?b", "safe.example")
    assert (moved.status, moved.header("Location")) == (308, "https://safe.example/a?b")
    assert (await front.get("/a", "safe.example", 443)).status == 200
    assert (await text(front, "/", "c.example")).startswith("web ")
    asked = await front.room.request(front.controller, "/", headers={"Host": "c.example", "X-New": "always"})
    assert asked.body.startswith(b"other ")


async def test_only_ingresses_of_its_class_are_served(front):
    other = ingress("a", ("/a", "Prefix", "web"), ingressClassName="traefik")
    without = ingress("b", ("/b", "Prefix", "web"), ingressClassName=None)
    old = ingress("c", ("/c", "Prefix", "web"), ingressClassName=None)
    old["metadata"]["annotations"] = {"kubernetes.io/ingress.class": "nginx"}
    front.show([other, without, old])
    assert [await text(front, f"/{path}") for path in "ab"] == ["404", "404"]
    assert (await text(front, "/c")).startswith("web ")


async def test_the_address_of_its_service_is_written_through_the_api(front):
    front.show([ingress("a", ("/", "Prefix", "web"))])
    await front.room.until(lambda: any(each.method == "PUT" for each in front.asked))
    put = next(each for each in front.asked if each.method == "PUT")
    assert put.target == "/apis/networking.k8s.io/v1/namespaces/default/ingresses/a/status"
    assert json.loads(put.body)["status"] == {"loadBalancer": {"ingress": [{"ip": "127.70.1.2"}]}}
    assert any(each.method == "POST" and b"Scheduled for sync" in each.body for each in front.asked)


def test_certificates_are_of_the_hosts():
    from cryptography import x509

    made = certificates(["a.b.svc", "a"])
    certificate = x509.load_pem_x509_certificate(made["cert"])
    authority = x509.load_pem_x509_certificate(made["ca"])
    certificate.verify_directly_issued_by(authority)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.b.svc", "a"]
