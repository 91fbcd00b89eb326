"""Hello and echo servers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Program
from runner.practice.containers.image_programs import hello_servers as servers
from runner.practice.containers.image_programs.http_echo import http_echo


def _image(names: Sequence[str], command: str, program: Program, *, shell: str = "sh") -> Image:
    return Image(
        names=names,
        entrypoint=(command,),
        programs={command: program},
        shell=shell,
        commands=None if shell else (),
        os_release=os_releases.alpine(),
        memory=8 * 2**20,
    )


def _major(tag: str) -> str:
    digits = tag.lstrip("v").partition(".")[0]
    return digits if digits.isdigit() else "1"


_HELLO_APP = _image(
    ["gcr.io/google-samples/hello-app", "us-docker.pkg.dev/google-samples/containers/gke/hello-app"],
    "./hello-app",
    servers.hello_app("1.0.0"),
)
_BOOTCAMP = replace(
    _image(
        [
            "gcr.io/google-samples/kubernetes-bootcamp",
            "docker.io/jocatalin/kubernetes-bootcamp",
            "docker.io/kubernetes/bootcamp",
        ],
        "node",
        servers.bootcamp("1"),
        shell="bash",
    ),
    os_release=os_releases.debian("9"),
    entrypoint=(),
    cmd=("/bin/sh", "-c", "node server.js"),
)
_NGINX_HELLO = _image(
    ["docker.io/nginxdemos/hello", "docker.io/nginxdemos/nginx-hello", "quay.io/nginx/hello"],
    "nginx",
    servers.hello_server(servers.nginx_hello(plain=False), 80),
)


def _nginx_hello(tag: str) -> Image:
    return replace(
        _NGINX_HELLO, programs={"nginx": servers.hello_server(servers.nginx_hello(plain="plain" in tag), 80)}
    )


IMAGES = [
    _image(["docker.io/hashicorp/http-echo"], "/http-echo", http_echo, shell=""),
    _image(
        [
            "registry.k8s.io/echoserver",
            "k8s.gcr.io/echoserver",
            "gcr.io/google_containers/echoserver",
            "gcr.io/google-containers/echoserver",
            "gcr.io/kubernetes-e2e-test-images/echoserver",
            "registry.k8s.io/e2e-test-images/echoserver",
            "docker.io/cilium/echoserver",
            "docker.io/inanimate/echo-server",
        ],
        "/usr/local/bin/run.sh",
        servers.hello_server(
            servers.echoserver, 8080, env="PORT", begins="Generating self-signed cert\nStarting nginx"
        ),
    ),
    _image(
        ["docker.io/kicbase/echo-server"],
        "/opt/echo-server",
        servers.hello_server(
            servers.jmalloc_echo, 8080, env="PORT", begins="Echo server listening on port {port}.", logs=True
        ),
    ),
    _image(
        ["docker.io/jmalloc/echo-server"],
        "/opt/echo-server",
        servers.hello_server(
            servers.jmalloc_echo, 8080, env="PORT", begins="Echo server listening on port {port}.", logs=True
        ),
        shell="",
    ),
    _image(
        ["docker.io/ealen/echo-server"],
        "node",
        servers.hello_server(servers.ealen_echo, 80, env="PORT", begins="Listening on port {port}."),
    ),
    replace(
        _HELLO_APP,
        for_tag=lambda tag: replace(
            _HELLO_APP, programs={"./hello-app": servers.hello_app(f"{_major(tag)}.0.0")}
        ),
    ),
    replace(
        _BOOTCAMP, for_tag=lambda tag: replace(_BOOTCAMP, programs={"node": servers.bootcamp(_major(tag))})
    ),
    replace(_NGINX_HELLO, for_tag=_nginx_hello),
    _image(
        ["docker.io/paulbouwer/hello-kubernetes"],
        "node",
        servers.hello_server(
            servers.hello_kubernetes, 8080, env="PORT", begins="Listening on: http://localhost:{port}"
        ),
    ),
    _image(
        ["docker.io/traefik/whoami", "docker.io/containous/whoami", "docker.io/traefik/whoamitcp"],
        "/whoami",
        servers.hello_server(
            servers.whoami, 80, env="WHOAMI_PORT_NUMBER", begins="Starting up on port {port}"
        ),
        shell="",
    ),
]
