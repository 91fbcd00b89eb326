"""A stand-in for the controller of ingress-nginx: it routes by the cluster's Ingresses, and writes their addresses."""

from __future__ import annotations

import asyncio
import random
import signal
import time
import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_catalogue import split
from runner.practice.containers.image_programs.http_dates import http_date
from runner.practice.containers.image_programs.in_cluster_client import ApiClient, ApiError
from runner.practice.containers.image_programs.ingress_admission import admission_listener
from runner.practice.containers.image_programs.ingress_routes import (
    Ingress,
    Location,
    Server,
    is_ours,
    server_of,
    servers,
)
from runner.practice.containers.image_programs.nginx_output import REASONS
from runner.practice.containers.name_resolver import is_address
from runner.practice.containers.network_messages import ConnectError, Listener, Request, Response, header

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 5.0, 60.0, 3
LOOK_SECONDS, AGAIN_SECONDS = 0.5, 2.0
_OF_ONE_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "server", "date"})
BANNER = """-------------------------------------------------------------------------------
NGINX Ingress controller
  Release:       {release}
  Build:         practice
  Repository:    https://github.com/kubernetes/ingress-nginx
  nginx version: nginx/1.25.5

-------------------------------------------------------------------------------

"""


class IngressController:
    """One controller in a container."""

    def __init__(self, call: Invocation) -> None:
        self._call, self._pod = call, call.container.pod
        self._index = self._pod.network.index
        self._api = ApiClient(call)
        self._options = dict(_options(call))
        self._servers: Mapping[str, Server] = {}
        self._made = -1
        self._shown: dict[str, object] = {}
        """The addresses that were written, by the Ingress' uid."""
        self._known: dict[str, object] = {}

    async def run(self) -> int:
        call = self._call
        await call.error(BANNER.format(release=_release(call)))
        await self._log("I", "main.go:205", '"Creating API client" host="https://10.96.0.1:443"')
        listeners = {
            80: Listener(http=self._http, program="nginx"),
            443: Listener(http=self._https, tls=True, program="nginx"),
            10254: Listener(http=_health, program="nginx-ingress-controller"),
            8443: admission_listener(call, self._options),
        }
        for port, listener in listeners.items():
            self._pod.listen(call.container, port, listener)
        await self._log("I", "nginx.go:317", '"Starting NGINX process"')
        writing = asyncio.ensure_future(self._follow())
        try:
            await call.terminated.wait()
        finally:
            writing.cancel()
            for port in listeners:
                self._pod.unlisten(port)
        await self._log("I", "sigterm.go:36", '"Received SIGTERM, shutting down"')
        return 0

    async def _http(self, request: Request) -> Response:
        return await self._answered(request, "http")

    async def _https(self, request: Request) -> Response:
        return await self._answered(request, "https")

    async def _answered(self, request: Request, scheme: str) -> Response:
        began = time.monotonic()
        location = server_of(self._current(), request.header("Host")).find(request)
        upstream, id_ = "upstream-default-backend", uuid.uuid4().hex
        address = ""
        if location is None:
            answer = _page(404)
        elif (redirect := _redirect(location, request, scheme)) is not None:
            answer = redirect
        else:
            upstream = f"{location.namespace}-{location.service}-{location.port}"
            answer, address = await self._passed_on(location, request, scheme, id_)
        if scheme == "https":
            answer.headers = [
                *answer.headers,
                ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
            ]
        await self._access(request, answer, upstream, address, time.monotonic() - began, id_)
        return answer

    async def _passed_on(
        self, location: Location, request: Request, scheme: str, id_: str
    ) -> tuple[Response, str]:
        """(the answer, the endpoint's address)"""
        targets = self._endpoints(location)
        if not targets:
            return _page(503), ""
        path = location.rewritten(request.path)
        query = f"?{request.query}" if request.query else ""
        host = request.header("Host")
        own = {"host", "x-real-ip", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-scheme",
               "x-forwarded-proto", "x-forwarded-scheme", "x-request-id"}  # fmt: skip
        headers = [
            ("Host", location.annotation("upstream-vhost") or host),
            ("X-Request-ID", request.header("X-Request-ID") or id_),
            ("X-Real-IP", request.client or self._pod.config.host_ip),
            ("X-Forwarded-For", request.client or self._pod.config.host_ip),
            ("X-Forwarded-Host", host),
            ("X-Forwarded-Port", "443" if scheme == "https" else "80"),
            ("X-Forwarded-Proto", scheme),
            ("X-Forwarded-Scheme", scheme),
            ("X-Scheme", scheme),
            *(each for each in request.headers if each[0].lower() not in own | _OF_ONE_HOP),
        ]
        status = 502
        for ip, port in random.sample(targets, min(ATTEMPTS, len(targets))):
            asked = Request(request.method, path + query, headers, request.body)
            if location.annotation("backend-protocol").upper() == "HTTPS":
                asked.scheme = "https"
            try:
                async with asyncio.timeout(READ_SECONDS):
                    answer = await self._pod.network.request(
                        self._pod, ip, port, asked, timeout=CONNECT_SECONDS
                    )
            except (ConnectError, TimeoutError) as error:
                late = isinstance(error, TimeoutError) or error.failure == "timed out"
                status = 504 if late else 502
                await self._failed(error, request, f"http://{ip}:{port}{path}")
                continue
            return _from_upstream(answer), f"{ip}:{port}"
        return _page(status), ""

    def _endpoints(self, location: Location) -> list[tuple[str, int]]:
        """Addresses and ports of the Service's ready endpoints; it is asked directly, not by its cluster IP."""
        service = self._index.services.get((location.namespace, location.service))
        if service is None:
            return []
        ports = [each for each in service.ports if location.port in (each.port, each.name)]
        if service.external_name:
            number = ports[0].port if ports else location.port
            return [(service.external_name, number)] if isinstance(number, int) else []
        return [
            (backend.ip, number)
            for backend in service.backends
            if backend.ready
            for own, number, _ in backend.ports
            if ports and own == ports[0].port
        ]

    def _current(self) -> Mapping[str, Server]:
        """The routes, made anew after a change."""
        if self._made != self._index.generation:
            self._made = self._index.generation
            parts = self._index.parts
            self._servers = servers(
                parts.ingresses,
                parts.ingress_classes,
                self._controller,
                self._class,
                any_class=self._any_class,
            )
        return self._servers

    @property
    def _controller(self) -> str:
        return self._options.get("controller-class", "k8s.io/ingress-nginx")

    @property
    def _class(self) -> str:
        return self._options.get("ingress-class", "nginx")

    @property
    def _any_class(self) -> bool:
        """Before 1.0, whose manifests name no controller, the class nginx was everybody's who named none."""
        old = "controller-class" not in self._options and self._class == "nginx"
        return old or self._options.get("watch-ingress-without-class", "false") == "true"

    async def _follow(self) -> None:
        """Write addresses and events for what is new, as often as something changes."""
        seen: tuple[int, int] | None = None
        while True:
            now = (self._index.generation, len(self._shown))
            if now != seen:
                seen = now
                if not await self._synchronized():
                    seen = None  # once more: the load balancer has no address yet, or the API refused
                    await asyncio.sleep(AGAIN_SECONDS)
            await asyncio.sleep(LOOK_SECONDS)

    async def _synchronized(self) -> bool:
        parts = self._index.parts
        ours = {
            each["metadata"]["name"]
            for each in parts.ingress_classes
            if each["spec"].get("controller") == self._controller
        }
        mine = [
            each for each in parts.ingresses if is_ours(each, ours, self._class, any_class=self._any_class)
        ]
        if not mine:
            return True
        try:
            addresses = await self._addresses()
            for ingress in mine:
                await self._synchronize(ingress, addresses)
        except ApiError as error:
            await self._log("W", "status.go:300", f'"error updating ingress rule" err="{error}"')
            return False
        return bool(addresses)

    async def _synchronize(self, ingress: Ingress, addresses: object) -> None:
        meta = ingress["metadata"]
        if self._known.get(meta["uid"]) != ingress["spec"]:
            self._known[meta["uid"]] = ingress["spec"]
            await self._log(
                "I",
                "event.go:377",
                f'Event(v1.ObjectReference{{Kind:"Ingress", Namespace:"{meta["namespace"]}", Name:"{meta["name"]}",'
                f" UID:\"{meta['uid']}\"}}): type: 'Normal' reason: 'Sync' Scheduled for sync",
            )
            await self._report(meta)
        if addresses and self._shown.get(meta["uid"]) != addresses:
            place = f"/apis/networking.k8s.io/v1/namespaces/{meta['namespace']}/ingresses/{meta['name']}"
            found = await self._api("GET", place)
            status = {"loadBalancer": {"ingress": addresses}}
            await self._api("PUT", f"{place}/status", {**found, "status": status})  # its role has no `patch`
            self._shown[meta["uid"]] = addresses

    async def _report(self, meta: Mapping[str, str]) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        about = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress"}
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{meta['name']}.{time.time_ns():x}", "namespace": meta["namespace"]},
            "involvedObject": {**about, **{key: meta[key] for key in ("name", "namespace", "uid")}},
            "type": "Normal",
            "reason": "Sync",
            "message": "Scheduled for sync",
            "source": {"component": "nginx-ingress-controller"},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        await self._api("POST", f"/api/v1/namespaces/{meta['namespace']}/events", event)

    async def _addresses(self) -> list[dict[str, str]]:
        """What Ingresses get as their address (status.go): the options', the published Service's, or the node's."""
        if given := self._options.get("publish-status-address"):
            return [{"ip" if is_address(each) else "hostname": each} for each in given.split(",")]
        published = self._options.get("publish-service")
        if not published:
            return [{"ip": self._pod.config.host_ip}]
        namespace, _, name = published.partition("/")
        service = await self._api("GET", f"/api/v1/namespaces/{namespace}/services/{name}")
        spec = service["spec"]
        external = [{"ip": each} for each in spec.get("externalIPs") or ()]
        if spec.get("type") == "LoadBalancer":
            listed = (service.get("status") or {}).get("loadBalancer", {}).get("ingress") or ()
            return [
                *({key: each[key] for key in ("ip", "hostname") if each.get(key)} for each in listed),
                *external,
            ]
        return external or [{"ip": spec["clusterIP"]}]

    async def _access(
        self, request: Request, answer: Response, upstream: str, address: str, seconds: float, id_: str
    ) -> None:
        moment = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        back = f"{len(answer.body)} {seconds:.3f} {answer.status}" if address else "- - -"
        await self._call.out(
            f'{request.client or self._pod.config.host_ip} - - [{moment}] "{request.method} {request.target} HTTP/1.1"'
            f' {answer.status} {len(answer.body)} "{request.header("Referer", "-")}"'
            f' "{request.header("User-Agent", "-")}" {len(request.body) + 80} {seconds:.3f} [{upstream}] []'
            f" {address or '-'} {back} {id_}\n"
        )

    async def _failed(self, error: Exception, request: Request, url: str) -> None:
        why = "upstream timed out (110: Operation timed out)"
        if isinstance(error, ConnectError) and error.failure != "timed out":
            why = "connect() failed (111: Connection refused)"
        moment = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime())
        await self._call.error(
            f"{moment} [error] 30#30: *1 {why} while connecting to upstream, client: {request.client}, server: _,"
            f' request: "{request.method} {request.target} HTTP/1.1", upstream: "{url}",'
            f' host: "{request.header("Host")}"\n'
        )

    async def _log(self, level: str, where: str, text: str) -> None:
        moment = time.strftime("%m%d %H:%M:%S", time.gmtime())
        await self._call.error(f"{level}{moment}.000000       7 {where}] {text}\n")


async def ingress_controller(call: Invocation) -> int:
    """/nginx-ingress-controller, also behind dumb-init."""
    if any(word in ("--version", "-version") for word in call.argv[1:]):
        await call.out(BANNER.format(release=_release(call)))
        return 0
    return await IngressController(call).run()


async def wait_shutdown(call: Invocation) -> int:
    """/wait-shutdown, the container's preStop hook: asks the controller to end."""
    main = call.container.processes.get(1)
    if main is not None:
        main.send(signal.SIGTERM)
    return 0


def _release(call: Invocation) -> str:
    return split(call.container.config.image)[1] or "v1.11.3"  # a digest says nothing


def _options(call: Invocation) -> list[tuple[str, str]]:
    words = [
        word.lstrip("-").partition("=") for word in call.argv[1:] if word.startswith("--") and word != "--"
    ]
    return [(name, value if equals else "true") for name, equals, value in words]


def _redirect(location: Location, request: Request, scheme: str) -> Response | None:
    """To https, where the Ingress has TLS for that host; to where an annotation says."""
    for name, code in (("permanent-redirect", "301"), ("temporal-redirect", "302")):
        if to := location.annotation(name):
            return _moved(int(location.annotation(f"{name}-code", code)), to)
    secured = location.tls and location.annotation("ssl-redirect", "true") != "false"
    if scheme == "http" and (secured or location.annotation("force-ssl-redirect") == "true"):
        host = urlsplit(f"//{request.header('Host')}").hostname or ""
        return _moved(308, f"https://{host}{request.target}")
    if (root := location.annotation("app-root")) and request.path == "/":
        return _moved(302, f"{scheme}://{request.header('Host')}{root}")
    return None


def _moved(status: int, to: str) -> Response:
    made = _page(status)
    made.headers = [*made.headers, ("Location", to)]
    return made


def _page(status: int) -> Response:
    title = f"{status} {REASONS.get(status, '')}".strip()
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return _complete(status, [("Content-Type", "text/html")], body.encode())


def _from_upstream(answer: Response) -> Response:
    kept = [each for each in answer.headers if each[0].lower() not in _OF_ONE_HOP | {"content-length"}]
    return _complete(answer.status, kept, answer.body)


def _complete(status: int, headers: list[tuple[str, str]], body: bytes) -> Response:
    kind = header(headers, "Content-Type")
    rest = [each for each in headers if each[0].lower() != "content-type"]
    first = [("Date", http_date()), *([("Content-Type", kind)] if kind else [])]
    length = [] if status in (204, 304) else [("Content-Length", str(len(body)))]
    return Response(
        status, [*first, *length, ("Connection", "keep-alive"), *rest], body, REASONS.get(status, "")
    )


async def _health(request: Request) -> Response:
    if request.path == "/healthz":
        return Response(200, [("Content-Type", "text/plain; charset=utf-8")], b"ok")
    if request.path == "/metrics":
        return Response(
            200, [("Content-Type", "text/plain; version=0.0.4")], b"nginx_ingress_controller_success 1\n"
        )
    return Response(404, [("Content-Type", "text/plain; charset=utf-8")], b"404 page not found\n")
