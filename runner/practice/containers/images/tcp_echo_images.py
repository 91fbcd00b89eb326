"""tcp-echo of Istio's samples: each line comes back with a word before it."""

from __future__ import annotations

from runner.practice.containers.byte_streams import Sink, Source
from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import Listener


async def tcp_echo(call: Invocation) -> int:
    """tcp-echo PORT[,PORT…] PREFIX"""
    if len(call.argv) != 3:
        await call.error("usage: tcp-echo <port1,port2> <prefix>\n")
        return 1
    ports = [int(word) for word in call.argv[1].split(",") if word.isdigit()]
    prefix = call.argv[2].encode()

    async def answer(source: Source, sink: Sink) -> None:
        rest = b""
        while (piece := await source.read()) is not None:
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                await call.out(f"request: {line.decode(errors='replace')}\n")
                await sink(prefix + b" " + line + b"\n")

    for port in ports:
        call.container.pod.listen(call.container, port, Listener(stream=answer, program="tcp-echo"))
        await call.out(f"listening on [::]:{port}, prefix: {call.argv[2]}\n")
    try:
        await call.terminated.wait()
    finally:
        for port in ports:
            call.container.pod.unlisten(port)
    return 0


IMAGES = (
    Image(
        names=("docker.io/istio/tcp-echo-server", "gcr.io/istio-release/tcp-echo-server"),
        entrypoint=("/bin/tcp-echo",),
        cmd=("9000,9001,9002", "hello"),
        programs={"/bin/tcp-echo": tcp_echo, "tcp-echo": tcp_echo},
    ),
)
