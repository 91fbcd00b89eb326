"""nginx in its versions, as root on port 80 and unprivileged on 8080."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.image_programs.media_types import MIME_TYPES
from runner.practice.containers.image_programs.nginx_program import entrypoint, nginx

NEWEST = "1.27.3"
_PATCH = {"9": 15, "10": 3, "11": 13, "12": 2, "13": 12, "14": 2, "15": 12, "16": 1, "17": 10, "18": 0, "19": 10,
          "20": 2, "21": 6, "22": 1, "23": 4, "24": 0, "25": 5, "26": 3, "27": 5, "28": 0, "29": 4}  # fmt: skip
"""The last release of 1.x."""

HTML = "/usr/share/nginx/html"
WELCOME = """<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto; font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>This page shows that the nginx web server runs and answers.
What it serves is in /usr/share/nginx/html, and its configuration in /etc/nginx.</p>

<p>The documentation is at <a href="http://nginx.org/">nginx.org</a>.</p>
</body>
</html>
"""
_ERROR_50X = """<!DOCTYPE html>
<html>
<head>
<title>Error</title>
</head>
<body>
<h1>An error occurred.</h1>
<p>The page can't be shown at the moment; the server's error log says why.</p>
</body>
</html>
"""
_CONF = """
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;


events {
    worker_connections  1024;
}


http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;

    keepalive_timeout  65;

    include /etc/nginx/conf.d/*.conf;
}
"""
_DEFAULT = """server {{
    listen       {port};
    server_name  localhost;

    location / {{
        root   {root};
        index  index.html index.htm;
    }}

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {{
        root   {root};
    }}
}}
"""


def files(port: int = 80, root: str = HTML) -> dict[str, bytes | str]:
    """The configuration and pages of the image."""
    return {
        "/etc/nginx/nginx.conf": _CONF,
        "/etc/nginx/conf.d/default.conf": _DEFAULT.format(port=port, root=root),
        "/etc/nginx/mime.types": MIME_TYPES,
        f"{root}/index.html": WELCOME,
        f"{root}/50x.html": _ERROR_50X,
    }


def _script(words: Sequence[str]) -> list[str]:
    return (
        ["/docker-entrypoint.sh", *words] if words and words[0] in ("nginx", "nginx-debug") else list(words)
    )


def _version(tag: str) -> str:
    numbers = tag.partition("-")[0].split(".")
    if tag.startswith("stable"):
        return "1.26.3"
    if numbers[0] != "1" or len(numbers) < 2 or not numbers[1].isdigit():
        return NEWEST
    return ".".join(numbers[:3] if len(numbers) > 2 else [*numbers, str(_PATCH.get(numbers[1], 0))])


def _for_tag(image: Image) -> Image:
    def tagged(tag: str) -> Image:
        version = _version(tag)
        is_alpine = "alpine" in tag
        return replace(
            image,
            env={"NGINX_VERSION": version, "PKG_RELEASE": "1"},
            programs={**image.programs, "nginx": nginx(version)},
            os_release=os_releases.alpine() if is_alpine else os_releases.debian(tag),
            shell="sh" if is_alpine else "bash",
        )

    return replace(image, for_tag=tagged)


_NGINX = Image(
    names=(
        "docker.io/library/nginx",
        "public.ecr.aws/nginx/nginx",
        "public.ecr.aws/docker/library/nginx",
        "mirror.gcr.io/library/nginx",
        "quay.io/nginx/nginx",
        "docker.io/nginxinc/nginx",
        "registry.k8s.io/nginx-slim",
        "k8s.gcr.io/nginx-slim",
        "gcr.io/google_containers/nginx-slim",
        "gcr.io/google-containers/nginx-slim",
        "k8s.gcr.io/nginx",
        "registry.k8s.io/nginx",
        "registry.k8s.io/e2e-test-images/nginx",
    ),
    entrypoint_script=_script,
    cmd=("nginx", "-g", "daemon off;"),
    programs={"nginx": nginx(NEWEST), "/docker-entrypoint.sh": entrypoint},
    files=files(),
    folders=("/etc/nginx/conf.d", "/var/log/nginx", "/docker-entrypoint.d", "/var/cache/nginx"),
)
_BITNAMI_ROOT = "/opt/bitnami/nginx/html"

IMAGES = [
    _for_tag(_NGINX),
    _for_tag(
        replace(
            _NGINX,
            names=(
                "docker.io/nginxinc/nginx-unprivileged",
                "quay.io/nginx/nginx-unprivileged",
                "ghcr.io/nginxinc/nginx-unprivileged",
            ),
            files=files(8080),
            user=101,
        )
    ),
    _for_tag(
        replace(
            _NGINX,
            names=("docker.io/bitnami/nginx", "docker.io/bitnamilegacy/nginx"),
            files=files(8080, _BITNAMI_ROOT),
            user=1001,
        )
    ),
    # The client pod of the Korean MSA course: nginx, with siege, HTTPie and curl beside it.
    replace(
        _NGINX,
        names=("docker.io/apexacme/siege-nginx", "ghcr.io/acmexii/siege-nginx", "docker.io/jinyoung/siege"),
        os_release=os_releases.debian("11"),
    ),
]
