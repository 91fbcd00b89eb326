"""Apache httpd, and the image of the autoscaling walk-through."""

from __future__ import annotations

from runner.practice.containers.container_config import Mount, VolumeConfig
from tests.practice.containers.container_room import ContainerRoom


async def test_it_works_and_says_so_in_the_log(room: ContainerRoom) -> None:
    web = await room.run("httpd:2.4")
    answer = await room.request(web)
    assert (answer.status, answer.body) == (200, b"<html><body><h1>It works!</h1></body></html>\n")
    assert [key for key, _ in answer.headers][:2] == ["Date", "Server"]
    missing = await room.request(web, "/nothing")
    assert (missing.status, missing.header("content-type")) == (404, "text/html; charset=iso-8859-1")
    assert b"<p>The requested URL was not found on this server.</p>" in missing.body
    log = await room.log(web)
    assert "resuming normal operations" in log
    assert '"GET /nothing HTTP/1.1" 404' in log
    assert (await room.stop(web)).code == 0
    assert "AH00491: caught SIGTERM, shutting down" in await room.log(web)


async def test_files_and_the_port_of_the_configuration_are_taken(room: ContainerRoom) -> None:
    web = await room.run(
        "httpd", "sh", "-c", "sed -i 's/Listen 80/Listen 8080/' conf/httpd.conf; exec httpd-foreground"
    )
    await room.until(lambda: room.runtime.container(web.id).pod.listener(8080))
    await room.sh(web, "echo '<p>mine</p>' > /usr/local/apache2/htdocs/mine.html")
    assert (await room.request(web, "/mine.html", port=8080)).body == b"<p>mine</p>\n"
    volumes = [VolumeConfig("c", {"httpd.conf": b"Lisen 80\n"})]
    broken = await room.run("httpd", volumes=volumes, mounts=[Mount("c", "/usr/local/apache2/conf")])
    assert (await room.exit_of(broken)).code == 1
    assert "Invalid command 'Lisen'" in await room.log(broken)


async def test_every_request_of_the_walk_through_s_page_costs_processor_time(room: ContainerRoom) -> None:
    page = await room.run("registry.k8s.io/hpa-example")
    before = room.runtime.container(page.id).usage()[0]
    assert (await room.request(page)).body == b"OK!"
    assert room.runtime.container(page.id).usage()[0] - before >= 0.02
