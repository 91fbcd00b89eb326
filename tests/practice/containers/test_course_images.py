"""The services of courses: order and its neighbours, the Istio tutorial, Bookinfo."""

from __future__ import annotations

import asyncio
import json

import pytest

from runner.practice.containers.image_programs import istio_tutorial, spring_service
from runner.practice.containers.network_messages import ConnectError
from tests.practice.containers.container_room import ContainerRoom, Started

ORDER = "jinyoung/monolith-order:v20210504"


@pytest.fixture(autouse=True)
def quick_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spring_service, "FASTEST_START", 0.05)
    monkeypatch.setattr(spring_service, "SPREAD_OF_STARTS", 0.0)
    monkeypatch.setattr(istio_tutorial, "STARTS_IN", 0.02)


async def listening(room: ContainerRoom, started: Started, port: int = 8080) -> Started:
    await room.until(lambda: room.runtime.container(started.id).pod.listener(port))
    return started


async def test_order_answers_only_after_its_start_and_keeps_orders(room: ContainerRoom) -> None:
    order = await room.run(ORDER)
    with pytest.raises(ConnectError):
        await room.request(order, "/orders", port=8080)
    await listening(room, order)
    body = '{"productId":"1001","qty":5}'
    made = await room.request(
        order, "/orders", 8080, "POST", body, {"Host": "order:8080", "Content-Type": "application/json"}
    )
    assert (made.status, made.header("location")) == (201, "http://order:8080/orders/1")
    assert json.loads(made.body)["productId"] == "1001"
    answer = await room.request(order, "/orders", 8080)
    assert answer.header("content-type") == "application/hal+json"
    found = json.loads(answer.body)
    assert [each["qty"] for each in found["_embedded"]["orders"]] == [5]
    assert found["page"]["totalElements"] == 1
    assert (await room.request(order, "/orders/2", 8080)).status == 404
    assert "Tomcat started on port(s): 8080" in await room.log(order)


async def test_order_is_unhealthy_once_it_is_told_to_be_down_and_says_who_it_is(room: ContainerRoom) -> None:
    order = await listening(room, await room.run("ghcr.io/acmexii/order-liveness:latest"))
    assert json.loads((await room.request(order, "/actuator/health", 8080)).body) == {"status": "UP"}
    await room.request(order, "/actuator/down", 8080, "PUT")
    assert (await room.request(order, "/actuator/health", 8080)).status == 503
    assert (await room.request(order, "/actuator/echo", 8080)).body.decode() == f"web/{order.ip}"


async def test_its_leak_ends_it_for_want_of_memory(
    room: ContainerRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spring_service, "LEAK_EVERY", 0.001)
    order = await listening(room, await room.run(ORDER, memory_limit=300 * 2**20))
    with pytest.raises(ConnectError):
        await room.request(order, "/callMemleak", 8080)
    ended = await room.exit_of(order)
    assert (ended.code, ended.reason) == (137, "OOMKilled")


async def test_its_versions_fail_and_slow_down_as_the_course_has_them(room: ContainerRoom) -> None:
    strict = await listening(room, await room.run("jinyoung/monolith:v20121121"))
    assert (await room.request(strict, "/orders", 8080, "POST", '{"qty":5}')).status == 500
    slow = await listening(room, await room.run("jinyoung/order:timeout"))
    began = asyncio.get_running_loop().time()
    await room.request(slow, "/orders", 8080, "POST", '{"productId":"1001"}')
    assert asyncio.get_running_loop().time() - began >= 0.4


async def test_it_ends_where_its_database_is_not_found(room: ContainerRoom) -> None:
    order = await room.run(ORDER, env={"_DATASOURCE_ADDRESS": "mysql"})
    assert (await room.exit_of(order)).code == 1
    assert "java.net.UnknownHostException: mysql" in await room.log(order)


async def test_products_are_there_from_the_start(room: ContainerRoom) -> None:
    products = await listening(room, await room.run("jinyoung/products:stable"))
    found = json.loads((await room.request(products, "/products", 8080)).body)["_embedded"]["products"]
    assert [(each["name"], each["price"]) for each in found[:2]] == [("TV", 10000), ("MASK", 20000)]


async def test_customer_says_what_it_heard_of_the_others(room: ContainerRoom) -> None:
    place = "quay.io/rhdevelopers/istio-tutorial-{}"
    customer = await listening(room, await room.run(place.format("customer") + ":v1.1", name="customer"))
    preference = await listening(
        room, await room.run(place.format("preference") + ":v1.1", name="preference")
    )
    v2 = await listening(
        room, await room.run(place.format("recommendation") + ":v2.2", name="recommendation-v2")
    )
    room.serve([8080], preference=preference)
    heard = await room.request(customer, port=8080)
    assert heard.status == 503
    assert heard.body.startswith(b"customer => Error: 503 - preference => I/O error on GET request")
    room.serve([8080], preference=preference, recommendation=v2)
    for count in (1, 2):
        heard = await room.request(customer, port=8080)
        assert (
            heard.body.decode()
            == f"customer => preference => recommendation v2 from 'recommendation-v2': {count}\n"
        )
    await room.request(v2, "/misbehave", 8080)
    assert (await room.request(v2, port=8080)).status == 503


async def test_bookinfo_shows_the_stars_of_its_reviews(room: ContainerRoom) -> None:
    place = "docker.io/istio/examples-bookinfo-{}:1.16.2"
    page = await room.run(place.format("productpage-v1"), name="productpage")
    shown = (await room.request(page, "/productpage", 9080)).body.decode()
    assert "<title>Simple Bookstore App</title>" in shown
    assert "Sorry, product reviews are currently unavailable for this book." in shown
    details = await room.run(place.format("details-v1"), name="details-v1")
    ratings = await room.run(place.format("ratings-v1"), name="ratings-v1")
    for version, color in (("v1", None), ("v2", "black"), ("v3", "red")):
        reviews = await room.run(place.format(f"reviews-{version}"), name=f"reviews-{version}")
        room.serve([9080], details=details, ratings=ratings, reviews=reviews)
        shown = (await room.request(page, "/productpage", 9080)).body.decode()
        assert "William Shakespeare" in shown
        assert f"reviews-{version}" in shown
        assert shown.count("glyphicon-star-empty") == (1 if color else 0)
        assert (f'<font color="{color}">' in shown) == bool(color)


async def test_bookinfo_passes_the_user_on_who_has_signed_in(room: ContainerRoom) -> None:
    place = "docker.io/istio/examples-bookinfo-{}:1.16.2"
    page = await room.run(place.format("productpage-v1"), name="productpage")
    signed_in = await room.request(page, "/login", 9080, "POST", "username=jason&passwd=")
    assert signed_in.status == 302
    cookie = signed_in.header("set-cookie").partition(";")[0]
    details = await room.run("nginx", name="details")
    room.serve([9080], details=details)
    await room.sh(
        details,
        'echo \'server { listen 9080; return 200 "{\\"user\\": \\"$http_end_user\\"}"; }\' > /etc/nginx/conf.d/default.conf',
    )
    await room.exec(details, "nginx", "-s", "reload")
    shown = await room.request(page, "/productpage", 9080, headers={"Host": "web", "Cookie": cookie})
    assert "<dd>jason</dd>" in shown.body.decode()
