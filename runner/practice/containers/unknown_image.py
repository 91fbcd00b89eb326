"""What stands in for an image that nothing is known of: it lives, says what it is, and answers a plain page on its ports."""

from __future__ import annotations

import asyncio

from runner.practice.containers.container_image import Image
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import Listener, Request, Response

WORK_SECONDS = 1.0
"""How long one works that is expected to end by itself."""


async def _stand_in(call: Invocation) -> int:
    container = call.container
    config = container.config
    await call.out(
        f"This is a practice pod: {config.name} ({config.image}) is simulated and writes no log of its own.\n"
    )

    async def page(request: Request) -> Response:
        text = f"{config.image} is not known to this practice cluster: this page stands in for it.\n"
        return Response(
            200,
            [("Content-Type", "text/plain; charset=utf-8"), ("X-Labgate-Practice", "stand-in")],
            text.encode(),
        )

    if config.runs_once:
        await asyncio.sleep(WORK_SECONDS)
        return 0
    for port in dict.fromkeys(config.ports):  # one number may be there for TCP and for UDP
        container.pod.listen(container, port, Listener(http=page, program="stand-in", stand_in=True))
    await call.terminated.wait()
    return 0


UNKNOWN = Image(names=(), entrypoint=("/stand-in",), programs={"/stand-in": _stand_in}, is_stand_in=True)
