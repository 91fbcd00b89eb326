"""Web pages: through the load balancer, through the API server, and of the web."""

from __future__ import annotations

import pytest
from aiohttp import web
from fake_api import status

from checks.base import CannotRead
from runner.world.live_cluster import LiveCluster
from runner.world.outside_addresses import external_url
from runner.world.watch_timing import Timing
from runner.world.web_requests import MOST_READ, Web

QUICK = Timing(grace=0.3, first_pause=0.02, longest_pause=0.2)


@pytest.fixture
async def site():
    """A console: its base url, and the pages it has."""
    pages = {"/kiali": (200, {}, "<title>Kiali</title>")}

    async def answer(request):
        code, headers, body = pages.get(request.path, (404, {}, "no such page"))
        if body == "for ever":
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b"x" * 65536)
        return web.Response(status=code, headers=headers, text=body)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    yield listener._server.sockets[0].getsockname()[1], pages
    await runner.cleanup()


@pytest.fixture
async def pages(api, access_to):
    async with LiveCluster(access_to(api), QUICK) as cluster:
        yield Web(cluster)


async def balanced(
    api, port, number=20001, name="http", kind="LoadBalancer", addresses=({"ip": "127.0.0.1"},)
):
    await api.put(
        "services",
        "kiali",
        "istio-system",
        metadata={"annotations": {f"practice.labgate.dev/port-{number}": str(port)}},
        spec={"type": kind, "ports": [{"name": name, "port": number}]},
        status={"loadBalancer": {"ingress": list(addresses)}},
    )


async def get(pages, path="/kiali", seconds=5.0):
    return await pages.service("kiali", "istio-system", 20001, path, seconds)


async def test_a_page_behind_a_load_balancer(api, site, pages):
    await balanced(api, site[0])
    reply = await get(pages)
    assert (reply.status, reply.via, reply.body) == (200, "external", "<title>Kiali</title>")
    assert reply.url == f"http://127.0.0.1:{site[0]}/kiali"
    assert (await get(pages, "/nothing")).status == 404


async def test_redirects_are_followed_within_the_host_only(api, site, pages):
    port, known = site
    await balanced(api, port)
    known["/"] = (302, {"Location": "/kiali"}, "")
    known["/away"] = (302, {"Location": "http://elsewhere.test/"}, "moved")
    known["/round"] = (302, {"Location": "/round"}, "")
    assert (await get(pages, "/")).url == f"http://127.0.0.1:{port}/kiali"
    assert (await get(pages, "/away")).status == 302
    with pytest.raises(CannotRead, match="Too many redirects"):
        await get(pages, "/round")


async def test_a_page_without_end_is_cut(api, site, pages):
    port, known = site
    await balanced(api, port)
    known["/flood"] = (200, {}, "for ever")
    assert len((await get(pages, "/flood")).body) == MOST_READ


async def test_no_answer_is_unreachable(api, site, pages, unused_tcp_port):
    await balanced(api, unused_tcp_port)
    with pytest.raises(CannotRead, match="No response from") as caught:
        await get(pages)
    assert caught.value.reason == "unreachable"


async def test_an_answer_that_does_not_come_is_a_timeout(api, pages, unused_tcp_port):
    import asyncio

    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", unused_tcp_port)
    async with server:
        await balanced(api, unused_tcp_port)
        with pytest.raises(CannotRead) as caught:
            await get(pages, seconds=0.2)
    assert caught.value.reason == "timeout"


async def inside(api, name="http"):
    await api.put(
        "services",
        "kiali",
        "istio-system",
        spec={"type": "ClusterIP", "ports": [{"name": name, "port": 20001}]},
    )


async def test_a_page_without_an_address_comes_through_the_api_server(api, pages):
    await inside(api)
    prefix = "/api/v1/namespaces/istio-system/services/kiali:20001/proxy"
    api.pages = {
        "/kiali": (200, {}, "Kiali"),
        "/own": (302, {"Location": "/kiali"}, ""),
        "/rewritten": (302, {"Location": f"{prefix}/kiali"}, ""),
    }
    for path in ("/kiali", "/own", "/rewritten"):
        reply = await get(pages, path)
        assert (reply.status, reply.via, reply.body) == (200, "proxy", "Kiali"), path
    assert (await get(pages, "/nothing")).status == 404


@pytest.mark.parametrize(("code", "reason"), [(503, "unreachable"), (403, "forbidden"), (404, "unreachable")])
async def test_the_api_servers_own_words_are_not_the_pages(api, pages, code, reason):
    await inside(api)
    api.misbehave = lambda r: status(code, "no endpoints available") if "/proxy" in r.path else None
    with pytest.raises(CannotRead, match="no endpoints available") as caught:
        await get(pages)
    assert caught.value.reason == reason


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_each_external_address_is_tried_and_one_that_answers_will_do(api, pages, site, place):
    addresses = [{"ip": "127.0.0.2"}, {"hostname": "nobody.invalid"}]
    addresses.insert(place, {"ip": "127.0.0.1"})
    await balanced(api, site[0], addresses=addresses)
    reply = await get(pages)
    assert (reply.status, reply.via, "127.0.0.1" in reply.url) == (200, "external", True)


async def test_where_no_external_address_answers_it_is_reported_of_the_first(api, pages, site):
    await balanced(api, site[0], addresses=[{"ip": "127.0.0.2"}, {"ip": "127.0.0.3"}])
    with pytest.raises(CannotRead, match=r"127\.0\.0\.2") as caught:
        await get(pages)
    assert caught.value.stage == "refused"


async def test_what_is_no_load_balancer_any_more_is_not_asked_at_its_old_address(api, pages, site):
    await balanced(api, site[0], kind="ClusterIP")
    api.pages["/kiali"] = (200, {}, "through the API server")
    assert (await get(pages)).via == "proxy"


async def test_the_first_redirect_and_a_page_that_is_cut_are_reported(api, pages, site):
    await balanced(api, site[0])
    site[1]["/old"] = (302, {"Location": "/kiali"}, "")
    reply = await get(pages, "/old")
    assert (reply.status, reply.redirect, reply.cut) == (200, 302, False)
    site[1]["/long"] = (200, {}, "x" * (MOST_READ + 1))
    assert (await get(pages, "/long")).cut


async def test_a_service_that_is_not_there(pages):
    with pytest.raises(CannotRead, match="Does not exist: Service kiali"):
        await get(pages)


async def test_a_url(site, pages):
    reply = await pages.url(f"http://127.0.0.1:{site[0]}/kiali?a=b", 5)
    assert (reply.status, reply.via) == (200, "url")
    with pytest.raises(CannotRead):
        await pages.url("http://127.0.0.1:99999/", 5)


@pytest.mark.parametrize(
    ("port", "address", "url"),
    [
        ({"port": 80}, {"ip": "10.0.0.1"}, "http://10.0.0.1:80"),
        ({"port": 443}, {"ip": "10.0.0.1"}, "https://10.0.0.1:443"),
        ({"port": 443, "name": "http-x"}, {"ip": "10.0.0.1"}, "http://10.0.0.1:443"),
        ({"port": 8443, "name": "https"}, {"hostname": "a.elb"}, "https://a.elb:8443"),
        ({"port": 80, "appProtocol": "HTTPS"}, {"ip": "::1"}, "https://[::1]:80"),
        ({"port": 80}, {}, None),
    ],
)
def test_where_a_service_is_reached(port, address, url):
    service = {
        "spec": {"type": "LoadBalancer", "ports": [port]},
        "status": {"loadBalancer": {"ingress": [address]}},
    }
    assert external_url(service, port["port"]) == url
