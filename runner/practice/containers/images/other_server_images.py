"""memcached, WordPress, and MongoDB, which listens, and whose shell is not there."""

from __future__ import annotations

from runner.practice.containers.byte_streams import Sink, Source
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.memcached import memcached
from runner.practice.containers.image_programs.wordpress import wordpress
from runner.practice.containers.network_messages import Listener
from runner.practice.containers.os_releases import debian, ubuntu


async def _mongod(call: Invocation) -> int:
    async def closed(source: Source, _sink: Sink) -> None:
        await source.read()

    pod = call.container.pod
    pod.listen(call.container, 27017, Listener(stream=closed, program="mongod"))
    await call.out(
        '{"s":"I","c":"NETWORK","id":23016,"ctx":"listener","msg":"Waiting for connections","attr":{"port":27017}}\n'
    )
    await call.terminated.wait()
    pod.unlisten(27017)
    return 0


async def _mongosh(call: Invocation) -> int:
    await call.error(
        f"{call.argv[0]}: MongoDB only listens on the practice cluster; its shell and its data need a real cluster.\n"
    )
    return 1


IMAGES = [
    Image(
        names=("docker.io/library/memcached", "docker.io/bitnami/memcached"),
        cmd=("memcached",),
        entrypoint_script=lambda words: (
            ["memcached", *words] if words and words[0].startswith("-") else words
        ),
        programs={"memcached": memcached},
        user=11211,
        os_release=debian(),
    ),
    Image(
        names=("docker.io/library/wordpress",),
        cmd=("apache2-foreground",),
        programs={"apache2-foreground": wordpress},
        working_dir="/var/www/html",
        folders=("/var/www/html",),
        os_release=debian(),
        memory=50 * 2**20,
    ),
    Image(
        names=("docker.io/library/mongo", "docker.io/bitnami/mongodb"),
        cmd=("mongod",),
        entrypoint_script=lambda words: ["mongod", *words] if words and words[0].startswith("-") else words,
        programs={"mongod": _mongod, "mongosh": _mongosh, "mongo": _mongosh},
        folders=("/data/db",),
        os_release=ubuntu("22.04"),
        memory=150 * 2**20,
        idle_cpu=4.0,
    ),
]
