"""kiali/kiali without a cluster's API: its paths, and what it says where it reaches nothing."""

from __future__ import annotations

import json

from runner.practice.containers.container_config import Mount, VolumeConfig
from tests.practice.containers.container_room import ContainerRoom

CONFIG = {"config.yaml": b"istio_namespace: istio-system\nserver: {port: 20001, web_root: /kiali}\n"}
COMMAND = ("/opt/kiali/kiali", "-config", "/kiali-configuration/config.yaml")


async def test_its_paths(room: ContainerRoom) -> None:
    volumes, mounts = [VolumeConfig("kiali", content=CONFIG)], [Mount("kiali", "/kiali-configuration")]
    started = await room.run(
        "quay.io/kiali/kiali:v1.38", name="kiali", command=COMMAND, volumes=volumes, mounts=mounts
    )
    await room.until(lambda: room.runtime.container(started.id).pod.listener(20001))
    assert (await room.request(started, "/", 20001)).header("location") == "/kiali/"
    assert (await room.request(started, "/kiali/healthz", 20001)).status == 200
    for path in ("/kiali", "/kiali/", "/kiali/console/graph/namespaces"):
        page = await room.request(started, path, 20001)
        assert page.status == 200
        assert b"<title>Kiali</title>" in page.body
        assert "모의 화면".encode() in page.body
    status = json.loads((await room.request(started, "/kiali/api/status", 20001)).body)
    assert status["status"]["Kiali version"] == "v1.38"
    assert status["externalServices"] == [
        {"name": "Prometheus", "url": "http://prometheus.istio-system:9090"}
    ]
    lost = await room.request(started, "/kiali/api/namespaces", 20001)
    assert lost.status == 503
    assert json.loads(lost.body)["error"]
    assert (await room.request(started, "/elsewhere", 20001)).status == 404
    assert b"kiali_build_info" in (await room.request(started, "/metrics", 9090)).body


async def test_without_its_configuration_it_ends(room: ContainerRoom) -> None:
    started = await room.run("quay.io/kiali/kiali:v1.38", name="kiali", command=COMMAND)
    assert (await room.exit_of(started)).code == 1
    assert "Failed to load config file" in await room.log(started)
