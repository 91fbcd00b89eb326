"""nginx: what it serves, its configuration, its log and its end."""

from __future__ import annotations

import pytest

from runner.practice.containers.container_config import Mount, VolumeConfig
from tests.practice.containers.container_room import ContainerRoom, Started

MAIN = "events {}\nhttp { include /etc/nginx/conf.d/*.conf; }\n"


async def configured(room: ContainerRoom, server: str, *, main: str | None = None, **more: bytes) -> Started:
    content = {"default.conf": server.encode(), **more}
    volumes = [VolumeConfig("conf", content)]
    mounts = [Mount("conf", "/etc/nginx/conf.d", read_only=True)]
    return await room.run("nginx:1.25", volumes=volumes, mounts=mounts)


async def test_the_welcome_page_with_nginx_s_headers_and_a_line_in_the_log(room: ContainerRoom) -> None:
    web = await room.run("nginx:1.25.3")
    answer = await room.request(web)
    assert answer.status == 200
    assert b"<title>Welcome to nginx!</title>" in answer.body
    assert [key for key, _ in answer.headers] == [
        "Server", "Date", "Content-Type", "Content-Length", "Last-Modified", "Connection", "ETag", "Accept-Ranges",
    ]  # fmt: skip
    assert answer.header("server") == "nginx/1.25.3"
    log = await room.log(web)
    assert "start worker processes" in log
    assert "10.244.9.9 - - [" in log
    assert f'"GET / HTTP/1.1" 200 {len(answer.body)} "-" "-" "-"' in log


async def test_files_written_in_the_container_are_served_and_missing_ones_are_not_found(
    room: ContainerRoom,
) -> None:
    web = await room.run("nginx")
    await room.sh(web, "echo hi > /usr/share/nginx/html/index.html; mkdir /usr/share/nginx/html/empty")
    assert (await room.request(web)).body == b"hi\n"
    missing = await room.request(web, "/nothing")
    assert missing.status == 404
    assert b"<center><h1>404 Not Found</h1></center>" in missing.body
    assert 'open() "/usr/share/nginx/html/nothing" failed (2: No such file or directory)' in await room.log(
        web
    )
    moved = await room.request(web, "/empty")
    assert (moved.status, moved.header("location")) == (301, "http://web/empty/")
    assert (await room.request(web, "/empty/")).status == 403
    assert (await room.request(web, "/", method="POST")).status == 405
    assert (await room.request(web, "/", method="HEAD")).body == b""


async def test_a_folder_that_is_mounted_is_what_it_serves(room: ContainerRoom) -> None:
    volumes = [VolumeConfig("html", {"index.html": b"from a ConfigMap"})]
    web = await room.run("nginx", volumes=volumes, mounts=[Mount("html", "/usr/share/nginx/html")])
    assert (await room.request(web)).body == b"from a ConfigMap"


async def test_servers_are_chosen_by_port_and_host_and_locations_by_their_rules(room: ContainerRoom) -> None:
    web = await configured(
        room,
        """
        server { listen 80 default_server; return 404; }
        server {
            listen 80; listen 8080; server_name shop.example *.shop.example;
            location = /health { default_type text/plain; return 200 "ok $host\\n"; }
            location ^~ /static/ { return 200 static; }
            location ~ \\.txt$ { return 200 "pattern"; }
            location / { add_header X-Who $hostname; return 200 "prefix"; }
            location /old { return 301 /new; }
            location /status { stub_status; }
            rewrite ^/go/(.*)$ /static/$1 last;
        }
        """,
    )
    host = {"Host": "eu.shop.example"}
    for target, body in {
        "/health": b"ok eu.shop.example\n",
        "/static/a.txt": b"static",
        "/a.txt": b"pattern",
        "/b": b"prefix",
        "/go/x": b"static",
    }.items():
        assert (await room.request(web, target, headers=host)).body == body, target
    assert (await room.request(web, "/health", headers={"Host": "other"})).status == 404
    assert (await room.request(web, "/health", port=8080)).body == b"ok web\n"
    moved = await room.request(web, "/old", headers=host)
    assert (moved.status, moved.header("location")) == (301, "http://eu.shop.example/new")
    assert (await room.request(web, "/status", headers=host)).body.startswith(b"Active connections: 1")


async def test_requests_are_passed_on_to_others(room: ContainerRoom) -> None:
    other = await room.run("nginx", name="other")
    await room.sh(other, "mkdir -p /usr/share/nginx/html/api; echo one > /usr/share/nginx/html/api/x.txt")
    web = await configured(
        room,
        f"""
        upstream group {{ server {other.ip}:81; server {other.ip}:80; }}
        server {{
            location /shop/ {{ proxy_pass http://{other.ip}/api/; proxy_set_header Host $host; }}
            location /api/ {{ proxy_pass http://group; }}
            location /gone/ {{ proxy_pass http://{other.ip}:81; }}
        }}
        """,
    )
    assert (await room.request(web, "/shop/x.txt")).body == b"one\n"
    assert (await room.request(web, "/api/x.txt")).body == b"one\n"
    assert (await room.request(web, "/gone/x")).status == 502
    assert (
        "connect() failed (111: Connection refused) while connecting to upstream, client: 10.244.9.9"
        in await room.log(web)
    )


@pytest.mark.parametrize(
    ("conf", "says"),
    [
        ("server { lisen 80; }", 'unknown directive "lisen" in /etc/nginx/conf.d/default.conf:1'),
        ("server { listen 80 }", 'unexpected "}" in /etc/nginx/conf.d/default.conf:1'),
        (
            "server {\n listen 80;\n",
            'unexpected end of file, expecting "}" in /etc/nginx/conf.d/default.conf:3',
        ),
        (
            "server { location / { root; } }",
            'invalid number of arguments in "root" directive in /etc/nginx/conf.d/default.conf:1',
        ),
        (
            "server { location / { listen 80; } }",
            '"listen" directive is not allowed here in /etc/nginx/conf.d/default.conf:1',
        ),
        (
            "server { location / { proxy_pass http://order:8080; } }",
            'host not found in upstream "order" in /etc/nginx/conf.d/default.conf:1',
        ),
        (
            "server { listen 443 ssl; }",
            'no "ssl_certificate" is defined for the "listen ... ssl" directive in /etc/nginx/conf.d/default.conf:1',
        ),
    ],
)
async def test_a_broken_configuration_ends_it_with_nginx_s_words(
    room: ContainerRoom, conf: str, says: str
) -> None:
    web = await configured(room, conf)
    assert (await room.exit_of(web)).code == 1
    assert f"nginx: [emerg] {says}\n" in await room.log(web)


async def test_the_configuration_is_tested_and_read_again(room: ContainerRoom) -> None:
    web = await room.run("nginx")
    assert await room.exec(web, "nginx", "-t") == (
        0,
        "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n"
        "nginx: configuration file /etc/nginx/nginx.conf test is successful\n",
    )
    await room.sh(web, "echo 'server { listen 81; return 200 new; }' > /etc/nginx/conf.d/default.conf")
    assert (await room.exec(web, "nginx", "-s", "reload"))[0] == 0
    assert (await room.request(web, port=81)).body == b"new"
    await room.sh(web, "echo 'server {' > /etc/nginx/conf.d/default.conf")
    code, said = await room.exec(web, "nginx", "-t")
    assert code == 1
    assert said.endswith("nginx: configuration file /etc/nginx/nginx.conf test failed\n")
    assert (await room.exec(web, "nginx", "-s", "reload"))[0] == 1
    assert (await room.request(web, port=81)).body == b"new"


async def test_it_ends_gracefully(room: ContainerRoom) -> None:
    web = await room.run("nginx")
    assert (await room.stop(web)).code == 0
    assert "signal 15 (SIGTERM) received, exiting" in await room.log(web)
    other = await room.run("nginx")
    await room.exec(other, "nginx", "-s", "quit")
    assert (await room.exit_of(other)).code == 0


async def test_other_arguments_than_nginx_s_run_instead_of_it(room: ContainerRoom) -> None:
    web = await room.run("nginx", "sh", "-c", "echo instead")
    assert (await room.exit_of(web)).code == 0
    assert await room.log(web) == "instead\n"


async def test_the_unprivileged_one_and_the_client_pod_of_the_course(room: ContainerRoom) -> None:
    plain = await room.run("nginxinc/nginx-unprivileged:1.25-alpine")
    assert (await room.request(plain, port=8080)).status == 200
    siege = await room.run("apexacme/siege-nginx")
    assert (await room.request(siege)).status == 200


async def test_a_program_at_a_place_of_its_own_is_a_file_that_scripts_can_run(room: ContainerRoom) -> None:
    web = await room.run(
        "nginx", "sh", "-c", "ls -l /docker-entrypoint.sh; exec /docker-entrypoint.sh nginx -g 'daemon off;'"
    )
    await room.until(lambda: room.runtime.container(web.id).pod.listener(80))
    assert (await room.log(web)).startswith("-rwxr-xr-x")
