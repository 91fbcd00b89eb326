"""Apache httpd, and the PHP page of the autoscaling walk-through, which computes for a moment with every request."""

from __future__ import annotations

from dataclasses import replace

from runner.practice.containers import os_releases
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.httpd_program import CONF, VERSION, httpd
from runner.practice.containers.network_messages import Request, Response
from runner.practice.containers.server_program import serve, text

_CONF = """ServerRoot "/usr/local/apache2"
Listen 80

User www-data
Group www-data
ServerAdmin you@example.com
#ServerName www.example.com:80

DocumentRoot "/usr/local/apache2/htdocs"
<Directory "/usr/local/apache2/htdocs">
    Options Indexes FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>

DirectoryIndex index.html
ErrorLog /proc/self/fd/2
LogLevel warn
LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
CustomLog /proc/self/fd/1 common
"""

HTTPD = Image(
    names=(
        "docker.io/library/httpd",
        "public.ecr.aws/docker/library/httpd",
        "mirror.gcr.io/library/httpd",
        "registry.k8s.io/e2e-test-images/httpd",
        "k8s.gcr.io/e2e-test-images/httpd",
    ),
    cmd=("httpd-foreground",),
    working_dir="/usr/local/apache2",
    env={"HTTPD_PREFIX": "/usr/local/apache2", "HTTPD_VERSION": VERSION,
         "PATH": "/usr/local/apache2/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
    programs={"httpd": httpd, "httpd-foreground": httpd, "apachectl": httpd},
    files={CONF: _CONF, "/usr/local/apache2/htdocs/index.html": "<html><body><h1>It works!</h1></body></html>\n"},
)  # fmt: skip

_PHP = """<?php
  $x = 0.0001;
  for ($i = 0; $i <= 1000000; $i++) {
    $x += sqrt($x);
  }
  echo "OK!";
?>
"""
SECONDS_OF_THE_LOOP = 0.02
"""Of a processor, for a million square roots in PHP."""


async def _php(call: Invocation) -> int:
    async def answer(_request: Request) -> Response:
        await call.container.work(SECONDS_OF_THE_LOOP)
        return text(
            200,
            "OK!",
            "text/html; charset=UTF-8",
            [("Server", "Apache/2.4.10 (Debian)"), ("X-Powered-By", "PHP/5.6.14")],
        )

    return await serve(call, {80: answer}, "apache2")


IMAGES = [
    replace(
        HTTPD,
        for_tag=lambda tag: (
            replace(HTTPD, shell="sh", os_release=os_releases.alpine()) if "alpine" in tag else HTTPD
        ),
    ),
    Image(
        names=(
            "registry.k8s.io/hpa-example",
            "k8s.gcr.io/hpa-example",
            "gcr.io/google_containers/hpa-example",
            "gcr.io/google-containers/hpa-example",
        ),
        cmd=("apache2-foreground",),
        programs={"apache2-foreground": _php},
        working_dir="/var/www/html",
        folders=("/var/www/html",),
        files={"/var/www/html/index.php": _PHP},
    ),
]
