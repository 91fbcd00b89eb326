"""What stands in for the consoles of a lab."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.practice.machinery.store import Store
from runner.practice.network.pages import Pages, PagesError, read


@pytest.fixture
def store():
    made = Store()
    for name in ("tracing", "<b>"):
        spec = {"ports": [{"name": "http-query", "port": 80}]}
        made.create("services", {"metadata": {"name": name, "namespace": "istio-system"}, "spec": spec})
    return made


def folder(tmp_path: Path, index: str, **files: str) -> Path:
    (tmp_path / "pages.yaml").write_text(index, encoding="utf-8")
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def test_the_longest_path_wins(tmp_path, store):
    made = folder(
        tmp_path,
        "- {service: tracing, path: /, file: one}\n- {service: tracing, path: /api, file: two}\n",
        one="one",
        two="two",
    )
    pages = Pages([made], store)

    def body(path: str) -> bytes:
        answer = pages.answer("services", "istio-system", "tracing", "80", path)
        assert answer is not None
        return answer[2]

    assert body("/search") == b"one"
    assert body("/api/services") == b"two"
    assert body("/apis") == b"one"
    assert body("") == b"one"


@pytest.mark.parametrize(("port", "found"), [("80", b"x"), ("http-query", b"x")])
def test_a_port_by_number_or_name(tmp_path, store, port, found):
    pages = Pages([folder(tmp_path, "- {service: tracing, port: http-query, file: x}", x="x")], store)
    assert pages.answer("services", "istio-system", "tracing", port, "/")[2] == found


def test_types_are_guessed_or_reported(tmp_path, store):
    index = "- {service: tracing, path: /a, file: a.json}\n- {service: tracing, path: /b, file: a.json, content_type: text/x}"
    made = folder(tmp_path, index)
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    pages = Pages([made], store)
    assert (
        pages.answer("services", "istio-system", "tracing", "80", "/a")[1]["Content-Type"]
        == "application/json"
    )
    assert pages.answer("services", "istio-system", "tracing", "80", "/b")[1]["Content-Type"] == "text/x"


def test_a_redirect_keeps_the_query(tmp_path, store):
    pages = Pages([folder(tmp_path, "- {service: tracing, redirect: /jaeger}")], store)
    status, headers, _ = pages.answer("services", "istio-system", "tracing", "80", "/", "a=b")
    assert (status, headers["Location"]) == (302, "/jaeger?a=b")


def test_a_plain_page_says_what_it_is_and_escapes(store):
    _, _, body = Pages((), store).answer("services", "istio-system", "<b>", "80", "/")
    assert b"practice cluster" in body
    assert b"<h1>&lt;b&gt;</h1>" in body


def test_what_does_not_exist_has_no_answer(store):
    assert Pages((), store).answer("services", "default", "nobody", "80", "/") is None


@pytest.mark.parametrize(
    ("index", "reported"),
    [
        ("a: 1", "not a list"),
        ("- {namespace: x}", "`service` is missing"),
        ("- {service: x, fiel: y}", "unknown: fiel"),
        ("- {service: x, file: ../secret}", "no such file in this folder"),
        ("- {service: x, file: absent}", "no such file in this folder"),
        ("- {service: x, status: 42}", "not an HTTP status"),
        ("- [", "pages.yaml"),
    ],
)
def test_what_is_wrong_is_reported_with_its_place(tmp_path, index, reported):
    (tmp_path.parent / "secret").write_text("s", encoding="utf-8")
    with pytest.raises(PagesError, match=r"pages\.yaml") as caught:
        list(read(folder(tmp_path, index)))
    assert reported in str(caught.value)


BOMBS = {
    "deep": "[" * 100_000,
    "many": "- {service: a}\n" * 30_000,
    "large": "#" * (1 << 20),
    "merged": "- &a0 {service: x}\n"
    + "".join(f"- &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 40)),
    "number": "- {service: x, port: " + "9" * 100_000 + "}\n",
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", BOMBS)
def test_none_keeps_a_cluster_from_starting_for_long(tmp_path, name):
    """A practice cluster starts with a lab's pages before anybody was asked about the lab."""
    with pytest.raises(PagesError, match=r"pages\.yaml"):
        list(read(folder(tmp_path, BOMBS[name])))


@pytest.mark.timeout(30)
def test_none_is_read_without_end(tmp_path, store):
    with (folder(tmp_path, "") / "pages.yaml").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(PagesError, match="larger than"):
        list(read(tmp_path))
    pages = Pages([folder(tmp_path, "- {service: tracing, file: large}\n", large="")], store)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 40)
    answer = pages.answer("services", "istio-system", "tracing", "80", "/")
    assert answer is not None
    assert len(answer[2]) < 1 << 24


def test_of_two_folders_the_first_is_taken(tmp_path, store):
    for name in ("own", "before"):
        (tmp_path / name).mkdir()
    own = folder(tmp_path / "own", "- {service: tracing, path: /, file: x}", x="own")
    before = folder(
        tmp_path / "before",
        "- {service: tracing, path: /, file: x}\n- {service: tracing, path: /more, file: x}",
        x="before",
    )
    pages = Pages([own, before], store)
    for path, body in (("/", b"own"), ("/more", b"before")):
        answered = pages.answer("services", "istio-system", "tracing", "80", path)
        assert answered and answered[2] == body
