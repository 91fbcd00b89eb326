"""Clusters that mean harm: whatever they send, it is an answer or CannotRead, soon and in little memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import hostile
import pytest
import yaml
from hostile import Attack, Hostile, Request, Wire, everywhere, on_lists, serving

from checks.base import CannotRead, ExecRequest, LogRequest
from runner.world.kubeconfig_access import Access
from runner.world.limits import Limits
from runner.world.live_cluster import LiveCluster
from runner.world.watch_timing import Timing
from runner.world.web_requests import Web

MB = 1024 * 1024
LITTLE = Limits(
    answer=MB,
    memory=8 * MB,
    seconds=1.0,
    listing=5.0,
    items=500,
    event=MB // 2,
    events=2000,
    depth=50,
    lists=20,
    anywhere=False,
)
"""As STRICT is, and soon reached."""
PATIENT = 60.0


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.world.api_client.ANSWER_WITHIN", 1.0)


@asynccontextmanager
async def cluster_of(server: Hostile, folder: Path, limits: Limits = LITTLE) -> AsyncIterator[LiveCluster]:
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(server.kubeconfig()))
    timing = Timing(grace=0.1, first_pause=0.02, longest_pause=0.1, poll=0.1)
    async with LiveCluster(Access.from_kubeconfig(path), timing, limits) as cluster:
        yield cluster


async def everything_read(cluster: LiveCluster) -> list[object]:
    """What each way of reading gives: an answer, or the CannotRead. Nothing else may come out of it."""
    asked = (
        cluster.version(),
        cluster.get("v1", "Pod", "web", "default"),
        cluster.list("v1", "Pod", "default"),
        cluster.list("v1", "Pod", None, "a=b"),
        cluster.get("v1", "Secret", "a", "default"),
        cluster.get("apps/v1", "Deployment", "a", "default"),
        cluster.logs(LogRequest("web", "default", "app", 10)),
        cluster.execute(ExecRequest("web", "default", "app", ("true",), 1.0)),
        cluster.can("create", "pods"),
        Web(cluster).service("web", "default", 80, "/", 1.0),
    )
    async with asyncio.timeout(PATIENT):
        answers = await asyncio.gather(*asked, return_exceptions=True)
    wrong = [each for each in answers if isinstance(each, BaseException) and not isinstance(each, CannotRead)]
    assert not wrong, wrong
    for each in answers:
        if isinstance(each, CannotRead):
            assert len(each.message.render()) < 5000
    return list(answers)


ODD_LISTS: dict[str, Any] = {
    "number": 3,
    "nothing": None,
    "list": [],
    "empty": {},
    "no-items": {"kind": "List"},
    "items-object": {"kind": "List", "items": {"a": 1}},
    "items-text": {"kind": "List", "items": "pods"},
    "odd-items": hostile.listed(
        3,
        None,
        [],
        "pod",
        {},
        {"metadata": 3},
        {"metadata": {"name": 3}},
        {"metadata": {"labels": 3, "name": "a"}},
    ),
    "odd-metadata": {"kind": "List", "items": [], "metadata": 3},
    "odd-version": {"kind": "List", "items": [], "metadata": {"resourceVersion": {"a": 1}, "continue": 3}},
    "odd-kind": {"kind": ["List"], "items": []},
    "same-names": hostile.listed(*[hostile.pod("web")] * 100),
    "odd-names": hostile.listed(
        hostile.pod("\x1b]0;x\x07\n"),
        hostile.pod("\u202eweb"),
        hostile.pod("\ud800"),
        hostile.pod("x" * 9000),
    ),
    "labels": hostile.listed(hostile.pod(labels={f"a{n}": "b" for n in range(9000)})),
    "odd-uid": hostile.listed(hostile.pod(uid=["x"], resourceVersion=3, namespace={"a": 1})),
}
ATTACKS: dict[str, Attack] = {
    **{
        f"{where.__name__}-{attack.__name__}": where(attack)
        for where in (on_lists, everywhere)
        for attack in (
            hostile.endless,
            hostile.endless_spaces,
            hostile.endless_objects,
            hostile.bomb,
            hostile.cut_bomb,
            hostile.not_zipped,
            hostile.unknown_encoding,
            hostile.headers,
            hostile.long_header,
            hostile.cookies,
            hostile.wait_a_moment,
            hostile.absurd_length,
            hostile.absurd_digits,
            hostile.trickle,
            hostile.trickling_head,
            hostile.silence,
            hostile.noise,
            hostile.wrong_chunks,
            hostile.huge_chunk,
            hostile.long_chunk_line,
        )
    },
    **{f"list-{name}": on_lists(hostile.body(json.dumps(odd))) for name, odd in ODD_LISTS.items()},
    **{f"all-{name}": everywhere(hostile.body(json.dumps(odd))) for name, odd in ODD_LISTS.items()},
    "pages": on_lists(hostile.pages),
    "empty-pages": on_lists(hostile.empty_pages),
    "long-tokens": on_lists(hostile.long_tokens),
    "deep": everywhere(hostile.body("[" * 500_000)),
    "deep-and-closed": everywhere(hostile.body('{"a":' * 900 + "1" + "}" * 900)),
    "nan": everywhere(hostile.body('{"kind": "List", "items": [NaN, 1e999]}')),
    "digits": everywhere(hostile.body('{"kind": "List", "items": [' + "9" * 10_000 + "]}")),
    "no-utf8": everywhere(hostile.body(b'{"kind": "List\xff", "items": []}')),
    "halves": on_lists(hostile.body(json.dumps(hostile.listed(hostile.pod("\udc80"))))),
    "html": everywhere(hostile.body("<html>Sign in</html>")),
    "created": everywhere(hostile.body("", "204 No Content")),
    **{
        f"status-{code}": everywhere(
            hostile.body(
                json.dumps({"kind": "Status", "message": "\x1b[2J" * 50_000, "code": code}),
                f"{code} \x1b[31mNo",
            )
        )
        for code in (400, 401, 403, 404, 409, 410, 429, 500, 503)
    },
    "odd-status": everywhere(hostile.body(json.dumps({"kind": "Status", "message": {"a": []}}), "500 \xff")),
    "deep-status": everywhere(hostile.body("[" * 60_000, "403 No")),
    "retry-never": everywhere(hostile.body("{}", "429 No", "Retry-After: " + "9" * 4000)),
    "watch-bookmarks": hostile.watch(hostile.bookmarks),
    "watch-new": hostile.watch(hostile.new_pods),
    "watch-same": hostile.watch(hostile.the_same_pod),
    "watch-line": hostile.watch(hostile.endless_line),
    "watch-odd": hostile.watch(hostile.odd_events),
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_whatever_it_sends_it_is_an_answer_or_reported(tmp_path, name):
    async with serving(ATTACKS[name]) as server, cluster_of(server, tmp_path) as cluster:
        await everything_read(cluster)


@pytest.mark.parametrize(
    "name",
    [
        "on_lists-endless",
        "on_lists-endless_spaces",
        "on_lists-endless_objects",
        "on_lists-bomb",
        "on_lists-absurd_length",
        "pages",
        "empty-pages",
        "deep-and-closed",
    ],
)
async def test_what_is_too_much_is_reported_as_that(tmp_path, name):
    async with serving(ATTACKS[name]) as server, cluster_of(server, tmp_path) as cluster:
        with pytest.raises(CannotRead) as problem:
            async with asyncio.timeout(PATIENT):
                await cluster.list("v1", "Pod", "default")
        assert problem.value.reason == "limit"
        assert server.server in problem.value.message.render()


@pytest.mark.parametrize("name", ["watch-bookmarks", "watch-new", "watch-same", "watch-line"])
async def test_a_watch_without_end_is_given_up(tmp_path, name):
    async with serving(ATTACKS[name]) as server, cluster_of(server, tmp_path) as cluster:
        async with asyncio.timeout(PATIENT):
            while True:
                try:
                    await cluster.list("v1", "Pod", "default")
                except CannotRead as error:
                    assert error.reason == "limit"
                    break
                await asyncio.sleep(0.01)
            asked = len(server.requests)
            with pytest.raises(CannotRead):
                await cluster.list("v1", "Pod", "default")
        assert len(server.requests) == asked
        assert cluster._server.budget.used == 0


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in ATTACKS
        if name.startswith(("on_lists-endless", "on_lists-bomb", "pages", "watch-", "labels"))
    ],
)
async def test_memory_stays_bounded(tmp_path, name):
    """What `LITTLE.memory` says is an estimate on the safe side; what aiohttp and asyncio hold comes on top."""
    async with serving(ATTACKS[name]) as server, cluster_of(server, tmp_path) as cluster:
        with contextlib.suppress(CannotRead):  # only so that what it imports does not count
            await cluster.version()
        tracemalloc.start()
        try:
            for _ in range(3):
                await everything_read(cluster)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < LITTLE.memory + 24 * MB


class Listening:
    """Somebody else, who must not be reported who we are."""

    def __init__(self) -> None:
        self.heard: list[Request] = []

    async def __call__(self, request: Request, wire: Wire) -> bool:
        self.heard.append(request)
        await wire.json(hostile.listed(hostile.pod("stolen")))
        return True


def redirect(where: Callable[[Request], str], code: int = 302) -> Attack:
    async def answer(request: Request, wire: Wire) -> None:
        await wire.whole("{}", f"{code} Elsewhere", f"Location: {where(request)}")

    return everywhere(answer)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_redirects_lead_nowhere_else(tmp_path, code):
    listening = Listening()
    async with serving(listening) as thief:
        attack = redirect(lambda request: thief.server + request.path, code)
        async with serving(attack) as server, cluster_of(server, tmp_path) as cluster:
            answers = await everything_read(cluster)
    assert not listening.heard
    text = [each.message.render() for each in answers if isinstance(each, CannotRead)]
    assert any("redirects to another address" in each and thief.server in each for each in text)


@pytest.mark.parametrize(
    "where",
    [
        "/again",
        "//127.0.0.1:9/",
        "https://127.0.0.1:{port}/",
        "http://user@127.0.0.1:{port}/",
        "file:///etc/passwd",
        "http://127.0.0.1:{port}@127.0.0.1:9/",
        "\xff\xfe",
        "http://[",
        "",
        "http://\x1b[31m/",
    ],
)
async def test_odd_redirects(tmp_path, where):
    async with serving() as server:
        server.attack = redirect(lambda _: where.format(port=server.port))
        async with cluster_of(server, tmp_path) as cluster:
            await everything_read(cluster)
        assert all(request.headers["host"] == f"127.0.0.1:{server.port}" for request in server.requests)


async def test_redirects_within_the_server_are_followed(tmp_path):
    async def moved(request: Request, wire: Wire) -> bool:
        if request.path.startswith("/new"):
            await wire.json({"gitVersion": "v1.30.1"})
            return True
        await wire.whole("", "307 Moved", f"Location: /new{request.path}")
        return True

    async with serving(moved) as server, cluster_of(server, tmp_path) as cluster:
        assert await cluster.version() == "1.30.1"
        assert server.requests[-1].headers["authorization"] == "Bearer secret"


async def test_passwords_of_this_machine_are_not_sent(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login teacher password theirs\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with serving() as server:
        document = server.kubeconfig()
        document["users"][0]["user"] = {}
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump(document))
        async with LiveCluster(Access.from_kubeconfig(tmp_path / "kubeconfig")) as cluster:
            await cluster.version()
        assert server.requests
        assert not any("authorization" in request.headers for request in server.requests)


async def test_cookies_are_not_kept(tmp_path):
    async with serving(everywhere(hostile.cookies)) as server, cluster_of(server, tmp_path) as cluster:
        await everything_read(cluster)
        assert not any("cookie" in request.headers for request in server.requests)
