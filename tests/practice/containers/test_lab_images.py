"""Images that a lab brings itself."""

from __future__ import annotations

from typing import Any

from runner.practice.node.lab_image_tags import of_labs
from tests.practice.containers.container_room import ContainerRoom, Started

CART: dict[str, Any] = {
    "name": "shop/cart",
    "listens": [8080],
    "logs": ["cart starts on {{hostname}}"],
    "answers": [
        {
            "path": "/",
            "body": "cart {{env.VERSION}} at {{ip}}: {{request.path}} {{unknown}}",
            "headers": {"X-Host": "{{hostname}}"},
        },
        {"path": "/health", "status": 204},
        {"path": "/slow", "delay": 0.05},
        {"path": "/broken/", "failures": 1.0},
        {"path": "/items", "method": "POST", "status": 201, "body": "{{request.body}}"},
    ],
}


async def cart(room: ContainerRoom, **changed: Any) -> Started:
    room.runtime.images.put(of_labs([{**CART, **changed}]))
    started = await room.run("shop/cart:1.0", env={"VERSION": "2"})
    if not {"exits_after", "starts_in"} & changed.keys():
        await room.until(lambda: room.runtime.container(started.id).pod.listener(8080))
    return started


async def test_it_answers_as_it_is_written(room: ContainerRoom) -> None:
    web = await cart(room)
    answer = await room.request(web, "/", 8080)
    assert (answer.status, answer.body.decode()) == (200, f"cart 2 at {web.ip}: / {{{{unknown}}}}")
    assert answer.header("x-host") == "web"
    assert (await room.request(web, "/health", 8080)).status == 204
    assert (await room.request(web, "/broken/x", 8080)).status == 500
    made = await room.request(web, "/items", 8080, "POST", "{}")
    assert (made.status, made.body) == (201, b"{}")
    assert (await room.request(web, "/items", 8080)).body.startswith(b"cart 2")
    assert await room.log(web) == "cart starts on web\n"


async def test_it_becomes_unhealthy_and_ends_in_its_time(room: ContainerRoom) -> None:
    web = await cart(room, unhealthy_after=0.0)
    assert (await room.request(web, "/health", 8080)).status == 500
    ending = await cart(room, exits_after=0.01, exit_code=3)
    assert (await room.exit_of(ending)).code == 3


async def test_it_starts_in_its_time_and_holds_its_memory(room: ContainerRoom) -> None:
    web = await cart(room, starts_in=0.05, memory=64)
    assert room.runtime.container(web.id).pod.listener(8080) is None
    await room.until(lambda: room.runtime.container(web.id).pod.listener(8080))
    assert room.runtime.container(web.id).usage()[1] == 64 * 2**20
    assert (await room.stop(web)).code == 0


async def test_a_lab_s_image_goes_before_a_built_in_one(room: ContainerRoom) -> None:
    room.runtime.images.put(of_labs([{"name": "nginx", "listens": [80], "answers": [{"body": "the lab's"}]}]))
    web = await room.run("nginx:1.25")
    await room.until(lambda: room.runtime.container(web.id).pod.listener(80))
    assert (await room.request(web)).body == b"the lab's"
