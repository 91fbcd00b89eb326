"""Who is let in and who is not: each rule, over a real connection."""

from __future__ import annotations

from http.cookies import SimpleCookie

import aiohttp
import pytest

from runner.serve import place
from tests.serve.conftest import TOKEN


@pytest.fixture
async def session():
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def _pass(session, door):
    async with session.get(door.url, allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/"
        cookie = SimpleCookie(answer.headers["Set-Cookie"])[door.cookie]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        return {"Cookie": f"{door.cookie}={cookie.value}"}


@pytest.mark.parametrize(
    "path", ["/", "/static/textual.js", "/static/none", "/ws", "/download/x", "/?token=wrong"]
)
async def test_without_the_cookie_nothing_is_served(serving, session, path):
    door = await serving()
    for headers in ({}, {"Cookie": f"{door.cookie}=wrong"}, {"Cookie": f"{door.cookie}={TOKEN}"}):
        async with session.get(door.root + path, headers=headers) as answer:
            assert answer.status == 403
            assert "Labgate" in await answer.text()


async def test_the_token_is_exchanged_for_a_cookie(serving, session):
    door = await serving()
    headers = await _pass(session, door)
    async with session.get(door.root, headers=headers) as answer:
        assert answer.status == 200
        assert TOKEN not in await answer.text()
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    async with session.get(door.root + "/static/none", headers=headers) as answer:
        assert answer.status == 404


async def test_an_address_for_once_lets_in_once(serving, session):
    door = await serving()
    url = door.url_for_once()
    assert TOKEN not in url
    for status in (303, 403):
        async with session.get(url, allow_redirects=False) as answer:
            assert answer.status == status


async def test_a_link_on_another_site_gets_a_page_that_goes_on(serving, session):
    door = await serving()
    async with session.get(door.url, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
        assert answer.status == 200
        assert 'content="0; url=/"' in await answer.text()
        assert door.cookie in answer.cookies


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "192.168.0.1", "[", ""])
async def test_a_foreign_host_is_refused(serving, session, host):
    door = await serving()
    headers = await _pass(session, door)
    async with session.get(door.url, headers={**headers, "Host": host}, allow_redirects=False) as answer:
        assert answer.status == 403
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", None])
async def test_a_websocket_from_another_origin_is_refused(serving, session, marks, origin):
    door = await serving()
    headers = await _pass(session, door)
    if origin:
        headers["Origin"] = origin
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await session.ws_connect(door.root + "/ws", headers=headers)
    assert refused.value.status == 403
    assert marks() == []


async def test_anything_but_reading_needs_our_origin(serving, session):
    door = await serving()
    headers = await _pass(session, door)
    async with session.post(door.root, headers=headers) as answer:
        assert answer.status == 403
    async with session.post(door.root, headers={**headers, "Origin": door.root}) as answer:
        assert answer.status == 405


def test_names_that_may_be_called():
    for name in ("localhost:8000", "127.0.0.1", "[::1]:9"):
        assert place.may_be_called("127.0.0.1", name)
    assert place.may_be_called("0.0.0.0", "192.168.0.7:8000")
    assert not place.may_be_called("0.0.0.0", "evil.example")
    assert place.may_be_called("lab.example", "lab.example:8000")


def test_a_port_that_is_taken_is_told():
    with place.listen("127.0.0.1", 0) as taken, pytest.raises(place.CannotListen, match="taken by another"):
        place.listen("127.0.0.1", place.port_of(taken))
