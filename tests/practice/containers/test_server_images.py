"""httpbin, hello and echo servers, agnhost, and the images that use processor and memory on purpose."""

from __future__ import annotations

import json

import pytest

from runner.practice.containers.container_config import StartError
from runner.practice.containers.image_programs import agnhost
from tests.practice.containers.container_room import ContainerRoom


@pytest.mark.parametrize(
    ("image", "args", "port", "answers"),
    [
        ("hashicorp/http-echo", ["-text=hello", "-listen=:8080"], 8080, "hello\n"),
        ("hashicorp/http-echo:0.2.3", ["-text", "hello"], 5678, "hello\n"),
        ("gcr.io/google-samples/hello-app:2.0", [], 8080, "Hello, world!\nVersion: 2.0.0\nHostname: web\n"),
        ("gcr.io/google-samples/kubernetes-bootcamp:v2", [], 8080, "Hello Kubernetes bootcamp! | Running on: web | v=2\n"),
        ("jocatalin/kubernetes-bootcamp:v1", [], 8080, "Hello Kubernetes bootcamp! | Running on: web | v=1\n"),
        ("k8s.gcr.io/echoserver:1.4", [], 8080, "Hostname: web"),
        ("ealen/echo-server", [], 80, '"hostname":"web"'),
        ("jmalloc/echo-server", [], 8080, "Request served by web"),
        ("traefik/whoami", [], 80, "Hostname: web\nIP: 127.0.0.1\n"),
        ("containous/whoami", [], 80, "GET / HTTP/1.1\nHost: web\n"),
        ("nginxdemos/hello:plain-text", [], 80, "Server name: web\n"),
        ("nginxdemos/hello", [], 80, "<title>Hello World</title>"),
        ("paulbouwer/hello-kubernetes:1.10", [], 8080, "Hello world!"),
        ("stefanprodan/podinfo:6.5.0", [], 9898, '"message": "greetings from podinfo v6.5.0"'),
        ("registry.k8s.io/e2e-test-images/agnhost:2.43", ["netexec", "--http-port=8080"], 8080, "NOW: "),
        ("registry.k8s.io/e2e-test-images/agnhost:2.43", ["serve-hostname"], 9376, "web"),
        ("fortio/fortio", [], 8080, ""),
    ],
)  # fmt: skip
async def test_it_answers_as_itself(
    room: ContainerRoom, image: str, args: list[str], port: int, answers: str
) -> None:
    started = await room.run(image, *args)
    await room.until(lambda: room.runtime.container(started.id).pod.listener(port))
    answer = await room.request(started, port=port)
    assert answer.status == 200
    assert answers in answer.body.decode()
    assert (await room.stop(started)).code == 0


async def test_http_echo_wants_a_text(room: ContainerRoom) -> None:
    started = await room.run("hashicorp/http-echo")
    assert (await room.exit_of(started)).code == 127
    assert await room.log(started) == "Missing -text option!\n"


async def test_hello_kubernetes_says_what_its_environment_tells_it(room: ContainerRoom) -> None:
    env = {"MESSAGE": "Hi there", "KUBERNETES_POD_NAME": "p-1", "KUBERNETES_NODE_NAME": "node-1"}
    started = await room.run("paulbouwer/hello-kubernetes:1.10", env=env)
    shown = (await room.request(started, port=8080)).body.decode()
    assert "Hi there" in shown
    assert "<td>p-1</td>" in shown
    assert "<td>node-1 (Linux)</td>" in shown


@pytest.mark.parametrize(
    ("image", "port"), [("kennethreitz/httpbin", 80), ("mccutchen/go-httpbin:v2.15.0", 8080)]
)
async def test_httpbin_says_what_it_was_asked(room: ContainerRoom, image: str, port: int) -> None:
    web = await room.run(image)
    answer = json.loads(
        (await room.request(web, "/get?a=1", port, headers={"Host": "httpbin", "x-one": "1"})).body
    )
    is_go = port == 8080
    assert answer["args"] == {"a": ["1"] if is_go else "1"}
    assert answer["headers"]["X-One"] == (["1"] if is_go else "1")
    assert answer["url"] == "http://httpbin/get?a=1"
    assert (await room.request(web, "/status/503", port)).status == 503
    assert (await room.request(web, "/status/418", port)).status == 418
    posted = json.loads(
        (
            await room.request(web, "/post", port, "POST", '{"a": 1}', {"Content-Type": "application/json"})
        ).body
    )
    assert posted["json"] == {"a": 1}
    assert (await room.request(web, "/post", port)).status == 405
    assert (await room.request(web, "/nothing", port)).status == 404
    assert len((await room.request(web, "/bytes/100", port)).body) == 100
    assert (await room.request(web, "/basic-auth/u/p", port)).status == 401
    assert (
        await room.request(web, "/basic-auth/u/p", port, headers={"Authorization": "Basic dTpw"})
    ).status == 200
    moved = await room.request(web, "/redirect/2", port)
    assert (moved.status, moved.header("location")) == (302, "/relative-redirect/1")
    assert moved.header("access-control-allow-origin") == "*"


async def test_httpbin_under_gunicorn_logs_where_it_is_asked_to(room: ContainerRoom) -> None:
    command = ["gunicorn", "--access-logfile", "-", "-b", "0.0.0.0:8000", "httpbin:app"]
    web = await room.run("docker.io/kennethreitz/httpbin", command=command)
    await room.request(web, "/headers", 8000, headers={"User-Agent": "curl/7.35.0"})
    assert '"GET /headers HTTP/1.1" 200' in await room.log(web)


async def test_the_documentation_s_liveness_server_fails_after_a_while(
    room: ContainerRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    for image, args in (
        ("registry.k8s.io/e2e-test-images/agnhost:2.40", ["liveness"]),
        ("registry.k8s.io/liveness", []),
    ):
        monkeypatch.setattr(agnhost, "HEALTHY_SECONDS", 60.0)
        server = await room.run(image, *args)
        assert (await room.request(server, "/healthz", 8080)).status == 200
        monkeypatch.setattr(agnhost, "HEALTHY_SECONDS", 0.0)
        assert (await room.request(server, "/healthz", 8080)).status == 500


async def test_stress_takes_memory_until_the_limit_ends_it(room: ContainerRoom) -> None:
    words = ["--vm", "1", "--vm-bytes", "150M", "--vm-hang", "1"]
    within = await room.run("polinux/stress", command=["stress"], args=words, memory_limit=200 * 2**20)
    assert room.runtime.container(within.id).usage()[1] >= 150 * 2**20
    assert "dispatching hogs: 0 cpu, 0 io, 1 vm, 0 hdd" in await room.log(within)
    words[3] = "250M"
    over = await room.run("polinux/stress", command=["stress"], args=words, memory_limit=100 * 2**20)
    assert (await room.exit_of(over)).reason == "OOMKilled"


async def test_stress_uses_processors_for_its_time(room: ContainerRoom) -> None:
    started = await room.run("polinux/stress", "--cpu", "2", "--timeout", "1s")
    await room.until(lambda: room.runtime.container(started.id).usage()[0] > 0.3)
    assert (await room.exit_of(started)).code == 0
    other = await room.run("vish/stress", "-cpus", "2", "-mem-total", "950Mi", "-mem-alloc-size", "100Mi")
    await room.until(lambda: room.runtime.container(other.id).usage()[1] >= 950 * 2**20)
    await room.until(lambda: room.runtime.container(other.id).usage()[0] > 0.3)


async def test_a_distroless_image_has_no_shell(room: ContainerRoom) -> None:
    started = await room.run("traefik/whoami")
    with pytest.raises(StartError, match='exec: "sh": executable file not found in'):
        await room.exec(started, "sh", "-c", "ls")
