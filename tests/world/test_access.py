"""Kubeconfigs: choosing a context, pinning it, and what can be wrong with them."""

from __future__ import annotations

import base64
import os
import stat

import pytest
import yaml

from runner.world.kubeconfig_access import Access, AccessProblem, contexts, pinned_kubeconfig


def entry(name, server="https://one.test:6443", user=None, cluster=None, **context):
    return {
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": f"{name}-c", "user": f"{name}-u", **context}}],
        "clusters": [{"name": f"{name}-c", "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": f"{name}-u", "user": user or {"token": "secret"}}],
    }


def write(path, *documents):
    merged = {"apiVersion": "v1", "kind": "Config", "contexts": [], "clusters": [], "users": []}
    for document in documents:
        merged["current-context"] = document["current-context"]
        for key in ("contexts", "clusters", "users"):
            merged[key] += document[key]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(merged))
    return path


@pytest.fixture(autouse=True)
def nobodys_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KUBECONFIG", raising=False)


def test_contexts_of_one_file(tmp_path):
    path = write(tmp_path / "config", entry("b"), entry("a", "https://two.test", namespace="shop"))
    first, second = contexts(path)
    assert (first.name, first.server, first.namespace, first.current) == (
        "a",
        "https://two.test",
        "shop",
        True,
    )
    assert (second.name, second.namespace, second.current, second.file) == ("b", "default", False, path)


def test_no_kubeconfig_at_all_is_no_fault():
    assert contexts() == []


def test_the_default_place(tmp_path):
    write(tmp_path / "home" / ".kube" / "config", entry("home"))
    assert [context.name for context in contexts()] == ["home"]


def test_several_files_are_merged_and_the_first_wins(tmp_path, monkeypatch):
    one = write(tmp_path / "one", entry("a", "https://first.test"))
    two = write(tmp_path / "two", entry("a", "https://second.test"), entry("b"))
    missing = tmp_path / "missing"
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, (one, missing, two))))
    assert [(c.name, c.server, c.current) for c in contexts()] == [
        ("a", "https://first.test", True),
        ("b", "https://one.test:6443", False),
    ]


def test_several_contexts_need_a_name(tmp_path):
    path = write(tmp_path / "config", entry("a"), entry("b"))
    with pytest.raises(AccessProblem, match=r"several contexts.*--context: a, b"):
        Access.from_kubeconfig(path)
    assert Access.from_kubeconfig(path, "b").context == "b"
    with pytest.raises(AccessProblem, match=r"no context named c\. Available contexts: a, b"):
        Access.from_kubeconfig(path, "c")


def test_the_only_context_needs_no_name(tmp_path):
    access = Access.from_kubeconfig(write(tmp_path / "config", entry("a", "https://x.test/")))
    assert (access.context, access.server, access.namespace) == ("a", "https://x.test", "default")
    assert "secret" not in repr(access)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [", r"is not YAML: .*config:\d:\d"),
        ("just text", "is not a kubeconfig"),
        ("\x00", "is not YAML"),
        ("{}", "No kubeconfig with a context"),
        ("contexts: 3", "contexts: it must be a list"),
        ("contexts: [{name: a, context: {cluster: c}}]", "without a server"),
        (
            "contexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: 'ftp://x.test'}}]",
            "without a server",
        ),
    ],
)
def test_what_is_no_kubeconfig_is_reported(tmp_path, content, message):
    path = tmp_path / "config"
    path.write_text(content)
    with pytest.raises(AccessProblem, match=message):
        Access.from_kubeconfig(path)


def test_a_file_that_was_named_must_be_there(tmp_path):
    with pytest.raises(AccessProblem, match=r"can't be read: .*No such file"):
        contexts(tmp_path / "nothing")


def test_a_pinned_kubeconfig_stands_alone(tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (here / name).write_text(f"-- {name} --")
    user = {
        "client-certificate": "cert.pem",
        "client-key": "key.pem",
        "exec": {"command": "./bin/plugin", "args": ["x"], "env": None, "apiVersion": "v1"},
    }
    path = write(
        here / "config",
        entry("a", user=user, cluster={"certificate-authority": "ca.pem"}),
        entry("b"),
    )
    pinned = pinned_kubeconfig(path, "a", tmp_path / "pinned")
    assert (pinned.name, pinned.server, pinned.path) == ("a", "https://one.test:6443", tmp_path / "pinned")
    assert stat.S_IMODE(pinned.path.stat().st_mode) == 0o600

    (here / "ca.pem").unlink()
    document = yaml.safe_load(pinned.path.read_text())
    assert [context["name"] for context in document["contexts"]] == ["a"] == [document["current-context"]]
    written = document["users"][0]["user"]
    assert base64.b64decode(written["client-key-data"]) == b"-- key.pem --"
    assert "client-key" not in written
    assert written["exec"]["command"] == str(here / "bin/plugin")
    assert (
        base64.b64decode(document["clusters"][0]["cluster"]["certificate-authority-data"]) == b"-- ca.pem --"
    )
    again = Access.from_kubeconfig(pinned.path)
    assert (again.context, again.user) == ("a", written)


def test_programs_found_on_the_path_and_token_files_stay_what_they_are(tmp_path):
    user = {"tokenFile": "token", "exec": {"command": "aws"}}
    access = Access.from_kubeconfig(write(tmp_path / "config", entry("a", user=user)))
    assert access.user == {"tokenFile": str(tmp_path / "token"), "exec": {"command": "aws"}}


def test_pinned_in_a_folder_contexts_do_not_meet(tmp_path):
    one = pinned_kubeconfig(write(tmp_path / "1", entry("me@a/b", "https://x.test")), None, tmp_path)
    two = pinned_kubeconfig(write(tmp_path / "2", entry("me@a/b", "https://y.test")), None, tmp_path)
    assert one.path != two.path
    assert one.path.parent == two.path.parent == tmp_path
    assert pinned_kubeconfig(tmp_path / "1", None, tmp_path) == one


def test_a_certificate_that_is_not_there_is_reported(tmp_path):
    path = write(tmp_path / "config", entry("a", cluster={"certificate-authority": "ca.pem"}))
    with pytest.raises(AccessProblem, match=r"can't be read: .*ca\.pem: No such file"):
        Access.from_kubeconfig(path)
