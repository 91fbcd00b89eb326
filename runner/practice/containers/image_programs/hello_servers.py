"""Small servers that labs deploy to see which pod answers."""

from __future__ import annotations

import html
import itertools
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.image_programs.http_dates import http_date
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.server_program import json_text, serve, text

SECONDS_OF_A_REQUEST = 0.0005
HTML = "text/html; charset=utf-8"


@dataclass(slots=True)
class Hello:
    """A server at work: its call, when it started, and how many requests it had."""

    call: Invocation
    started: float = field(default_factory=time.time)
    count: int = 0

    @property
    def hostname(self) -> str:
        return self.call.container.pod.hostname

    @property
    def ip(self) -> str:
        return self.call.container.pod.config.ip


Answer = Callable[[Hello, Request], Response]


def hello_server(
    answer: Answer, port: int, *, env: str = "", begins: str = "", logs: bool = False
) -> Program:
    """A program that serves `answer` on `port` (or that in the variable `env`) and says `begins` first."""

    async def run(call: Invocation) -> int:
        given = call.env.get(env, "") if env else ""
        at = int(given) if given.isdigit() else port
        hello = Hello(call)

        async def handle(request: Request) -> Response:
            await call.container.work(SECONDS_OF_A_REQUEST)
            hello.count += 1
            response = answer(hello, request)
            if logs:
                await call.out(f"{request.client} {request.method} {request.target} {response.status}\n")
            return response

        if begins:
            await call.out(begins.format(port=at) + "\n")
        return await serve(call, {at: handle})

    return run


def hello_app(version: str) -> Program:
    """gcr.io/google-samples/hello-app"""

    def answer(hello: Hello, _request: Request) -> Response:
        return text(200, f"Hello, world!\nVersion: {version}\nHostname: {hello.hostname}\n")

    async def run(call: Invocation) -> int:
        given = call.env.get("PORT", "")
        port = int(given) if given.isdigit() else 8080
        hello = Hello(call)

        async def handle(request: Request) -> Response:
            await call.container.work(SECONDS_OF_A_REQUEST)
            await call.error(
                f"{time.strftime('%Y/%m/%d %H:%M:%S', time.gmtime())} Serving request: {request.path}\n"
            )
            return answer(hello, request)

        await call.error(
            f"{time.strftime('%Y/%m/%d %H:%M:%S', time.gmtime())} Server listening on port {port}\n"
        )
        return await serve(call, {port: handle}, "hello-app")

    return run


def bootcamp(version: str) -> Program:
    """gcr.io/google-samples/kubernetes-bootcamp"""

    async def run(call: Invocation) -> int:
        host = call.container.pod.hostname
        started = time.time()
        numbers = itertools.count(1)

        async def handle(request: Request) -> Response:
            await call.container.work(SECONDS_OF_A_REQUEST)
            total = next(numbers)
            await call.out(
                f"Running On: {host} | Total Requests: {total} | App Uptime: {time.time() - started:.3f} seconds | "
                f"Log Time: {http_date()}\n"
            )
            return text(200, f"Hello Kubernetes bootcamp! | Running on: {host} | v={version}\n", "text/plain")

        await call.out(f"Kubernetes Bootcamp App Started At: {http_date()} | Running On:  {host} \n\n")
        return await serve(call, {8080: handle}, "node")

    return run


def echoserver(hello: Hello, request: Request) -> Response:
    """k8s.gcr.io/echoserver: what nginx with Lua knows of the request."""
    host = request.header("host")
    headers = "".join(f"\t{key.lower()}={value}\n" for key, value in sorted(request.headers))
    body = request.body.decode("utf-8", "replace") or "-no body in request-"
    env = hello.call.env
    pod = "".join(
        f"\t{label}:\t{env[name]}\n"
        for label, name in (
            ("node name", "NODE_NAME"),
            ("pod name", "POD_NAME"),
            ("pod namespace", "POD_NAMESPACE"),
            ("pod IP", "POD_IP"),
        )
        if name in env
    )
    return text(
        200,
        f"\n\nHostname: {hello.hostname}\n\nPod Information:\n{pod or '	-no pod information available-' + chr(10)}\n"
        "Server values:\n\tserver_version=nginx: 1.13.3 - lua: 10008\n\n"
        f"Request Information:\n\tclient_address={request.client}\n\tmethod={request.method}\n\treal path={request.target}\n"
        f"\tquery={request.query}\n\trequest_version=1.1\n\trequest_scheme={request.scheme}\n"
        f"\trequest_uri={request.scheme}://{host}{request.target}\n\nRequest Headers:\n{headers}\nRequest Body:\n\t{body}\n\n",
        "text/plain",
        [("Server", "echoserver")],
    )


def ealen_echo(hello: Hello, request: Request) -> Response:
    """ealen/echo-server: JSON of host, HTTP, request and environment."""
    asked = dict(pair.partition("=")[::2] for pair in request.query.split("&") if pair)
    if "echo_body" in asked:
        return json_text(200, asked["echo_body"])
    code = asked.get("echo_code", "200")
    return json_text(
        int(code) if code.isdigit() and 200 <= int(code) <= 599 else 200,
        {
            "host": {"hostname": request.header("host").partition(":")[0], "ip": request.client, "ips": []},
            "http": {
                "method": request.method,
                "baseUrl": "",
                "originalUrl": request.target,
                "protocol": request.scheme,
            },
            "request": {
                "params": {"0": request.path},
                "query": asked,
                "cookies": {},
                "body": _json_or_text(request),
                "headers": {key.lower(): value for key, value in request.headers},
            },
            "environment": dict(hello.call.env),
        },
    )


def _json_or_text(request: Request) -> object:
    try:
        return json.loads(request.body or b"{}")
    except ValueError:
        return request.body.decode("utf-8", "replace")


def jmalloc_echo(hello: Hello, request: Request) -> Response:
    """jmalloc/echo-server: the request as it came."""
    headers = "".join(f"{key}: {value}\n" for key, value in request.headers)
    body = request.body.decode("utf-8", "replace")
    served = f"Request served by {hello.hostname}\n\n"
    return text(200, f"{served}{request.method} {request.target} HTTP/1.1\n\n{headers}\n{body}", "text/plain")


def whoami(hello: Hello, request: Request) -> Response:
    """traefik/whoami"""
    headers = [(key, value) for key, value in request.headers if key.lower() != "host"]
    if request.path == "/health":
        return Response(200)
    if request.path == "/api":
        shown: dict[str, list[str]] = {}
        for key, value in headers:
            shown.setdefault(key.title(), []).append(value)
        return json_text(
            200,
            {
                "hostname": hello.hostname,
                "ip": ["127.0.0.1", hello.ip],
                "headers": shown,
                "url": request.target,
                "host": request.header("host"),
                "method": request.method,
            },
        )
    name = f"Name: {hello.call.env['WHOAMI_NAME']}\n" if hello.call.env.get("WHOAMI_NAME") else ""
    lines = "".join(f"{key.title()}: {value}\n" for key, value in sorted(headers))
    return text(
        200,
        f"{name}Hostname: {hello.hostname}\nIP: 127.0.0.1\nIP: ::1\nIP: {hello.ip}\n"
        f"RemoteAddr: {request.client}:{40000 + hello.count % 20000}\n"
        f"{request.method} {request.target} HTTP/1.1\nHost: {request.header('host')}\n{lines}\n",
    )


def nginx_hello(*, plain: bool) -> Answer:
    """nginxdemos/hello and its plain-text form."""

    def answer(hello: Hello, request: Request) -> Response:
        server = [
            ("Server", "nginx/1.27.3"),
            ("Date", http_date()),
            ("Expires", http_date(time.time() - 1)),
            ("Cache-Control", "no-cache"),
        ]
        now = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        facts = {
            "Server address": f"{hello.ip}:{request.port}",
            "Server name": hello.hostname,
            "Date": now,
            "URI": request.target,
            "Request ID": os.urandom(16).hex(),
        }
        if plain:
            return text(
                200, "".join(f"{key}: {value}\n" for key, value in facts.items()), "text/plain", server
            )
        rows = "".join(
            f"<p><span>{key.replace(' ', '&nbsp;')}:</span> <span>{html.escape(value)}</span></p>\n"
            for key, value in facts.items()
        )
        return text(
            200,
            "<!DOCTYPE html>\n<html>\n<head>\n<title>Hello World</title>\n</head>\n<body>\n"
            f'<div class="info">\n{rows}</div>\n</body>\n</html>\n',
            "text/html",
            server,
        )

    return answer


def hello_kubernetes(hello: Hello, request: Request) -> Response:
    """paulbouwer/hello-kubernetes: MESSAGE, and the pod."""
    env = hello.call.env
    prefix = env.get("HANDLER_PATH_PREFIX", "").strip("/")
    path = request.path.strip("/")
    if path not in (prefix, ""):
        return text(404, f"Cannot {request.method} {html.escape(request.path)}\n", HTML)
    message = html.escape(env.get("MESSAGE", "Hello world!"))
    node = html.escape(env.get("KUBERNETES_NODE_NAME", "") or env.get("HOST", ""))
    pod = html.escape(env.get("KUBERNETES_POD_NAME", hello.hostname))
    namespace = html.escape(env.get("KUBERNETES_NAMESPACE", "-"))
    facts = {"namespace": namespace, "pod": pod, "node": f"{node} (Linux)"}
    rows = "\n".join(f"<tr><th>{name}:</th><td>{value}</td></tr>" for name, value in facts.items())
    return text(
        200,
        "<!DOCTYPE html>\n<html>\n<head>\n    <title>Hello Kubernetes!</title>\n</head>\n<body>\n"
        '  <div class="main">\n'
        f'    <div id="message">\n  {message}\n</div>\n<div id="info">\n<table>\n{rows}\n</table>\n'
        "</div>\n  </div>\n</body>\n</html>\n",
        HTML,
    )
