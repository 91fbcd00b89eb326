"""Somebody else's kubeconfig: data, and nothing but data."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.world.kubeconfig_access import Access, AccessProblem, pinned_kubeconfig
from runner.world.strangers import STRANGERS, Trust

PEM = "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n"


def written(folder: Path, *, cluster: Any = None, user: Any = None, context: Any = None, **rest: Any) -> Path:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "a", "cluster": {"server": "https://example.test:6443", **(cluster or {})}}],
        "users": [{"name": "a", "user": {"token": "t"} if user is None else user}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a", **(context or {})}}],
        **rest,
    }
    folder.mkdir(exist_ok=True)
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(document))
    return path


def read(path: Path, trust: Trust = STRANGERS) -> Access:
    return Access.from_kubeconfig(path, trust=trust)


def refused(path: Path, trust: Trust = STRANGERS) -> str:
    with pytest.raises(AccessProblem) as problem:
        read(path, trust)
    message = str(problem.value)
    assert str(path) in message
    assert len(message) < 1500
    return message


EXEC = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./steal", "args": ["x"]}


def test_programs_are_run_only_where_that_was_allowed(tmp_path):
    path = written(tmp_path, user={"exec": EXEC})
    assert "--allow-plugins" in refused(path)
    assert "--allow-plugins" in refused(written(tmp_path, user={"auth-provider": {"name": "gcp"}}))
    path = written(tmp_path, user={"exec": {**EXEC, "env": [{"name": "A", "value": "b"}, "odd"], "more": 1}})
    plugin = read(path, Trust(own=False, plugins=True)).user["exec"]
    assert plugin["command"] == str(tmp_path / "./steal")
    assert plugin["env"] == [{"name": "A", "value": "b"}]
    assert "more" not in plugin


def test_what_one_uses_of_ones_own_stays_as_it_is(tmp_path):
    (tmp_path / "token").write_text("secret")
    path = written(
        tmp_path,
        user={"exec": EXEC, "tokenFile": "token"},
        cluster={"proxy-url": "http://proxy.test", "server": "http://127.0.0.1:1"},
    )
    access = Access.from_kubeconfig(path)
    assert access.cluster["proxy-url"] == "http://proxy.test"
    assert access.user["tokenFile"] == str(tmp_path / "token")


@pytest.mark.parametrize("field", ["certificate-authority", "client-certificate", "client-key"])
@pytest.mark.parametrize(
    "named",
    [
        "{outside}/id_rsa",
        "../id_rsa",
        "link",
        "folder",
        "/dev/zero",
        "missing",
        "large",
        "secret",
        "pipe",
        "loop",
        "nul\0",
    ],
)
def test_no_file_of_the_graders_is_read(tmp_path, field, named):
    (tmp_path / "id_rsa").write_text(PEM)
    folder = tmp_path / "handed-in"
    (folder / "folder").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path / "id_rsa")
    (folder / "loop").symlink_to("loop")
    (folder / "secret").write_text("no certificate")
    (folder / "large").write_text(PEM + "x" * 2_000_000)
    os.mkfifo(folder / "pipe")
    there = {field: named.format(outside=tmp_path)}
    path = written(folder, **({"cluster": there} if field == "certificate-authority" else {"user": there}))
    assert "--flatten" in refused(path)


def test_files_beside_it_are_taken_in(tmp_path):
    for name in ("ca.crt", "me.crt", "me.key"):
        (tmp_path / name).write_text(PEM + name)
    path = written(
        tmp_path,
        cluster={"certificate-authority": "ca.crt"},
        user={"client-certificate": str(tmp_path / "me.crt"), "client-key": "me.key"},
    )
    pinned = pinned_kubeconfig(path, None, tmp_path / "pinned", trust=STRANGERS)
    document = yaml.safe_load(pinned.path.read_text())
    cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
    assert base64.b64decode(cluster["certificate-authority-data"]).decode() == PEM + "ca.crt"
    assert base64.b64decode(user["client-key-data"]).decode() == PEM + "me.key"
    assert not {"certificate-authority", "client-certificate", "client-key"} & {*cluster, *user}


def test_the_token_of_another_learner_is_not_sent(tmp_path):
    (tmp_path / "another.token").write_text("secret")
    assert "tokenFile" in refused(written(tmp_path, user={"tokenFile": "another.token"}))


@pytest.mark.parametrize(
    "server",
    [
        "http://example.test",
        "http://127.0.0.1:8001",
        "https://169.254.169.254",
        "https://[fe80::1]:6443",
        "https://0.0.0.0:6443",
        "https://me:secret@example.test",
        "https://example.test:99999",
        "https://example.test?x=1",
        "https://exa\x1bmple.test",
        "https://" + "a" * 3000,
        "https://[",
        "https://",
        "file:///etc/passwd",
        3,
        ["https://example.test"],
        {"a": 1},
        None,
    ],
)
def test_servers_that_are_no_clusters(tmp_path, server):
    refused(written(tmp_path, cluster={"server": server}))


def test_a_proxy_of_its_own_choosing(tmp_path):
    assert "HTTPS_PROXY" in refused(written(tmp_path, cluster={"proxy-url": "http://127.0.0.1:3128"}))


def test_certificates_that_are_not_verified_endanger_that_learner_alone(tmp_path):
    assert read(written(tmp_path, cluster={"insecure-skip-tls-verify": True})).cluster == {
        "server": "https://example.test:6443",
        "insecure-skip-tls-verify": True,
    }
    refused(written(tmp_path, cluster={"insecure-skip-tls-verify": "no"}))
    odd = read(written(tmp_path, cluster={"insecure-skip-tls-verify": False}))
    assert "insecure-skip-tls-verify" not in odd.cluster


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("user", {"token": ["a"]}),
        ("user", {"token": "a\r\nX-Evil: 1"}),
        ("user", {"token": "x" * 100_000}),
        ("user", {"username": {"a": 1}}),
        ("user", {"as": "a\nb"}),
        ("user", {"as": "a", "as-groups": "system:masters"}),
        ("user", {"as": "a", "as-groups": [1]}),
        ("user", {"client-key-data": 3}),
        ("cluster", {"certificate-authority-data": ["a"]}),
        ("cluster", {"tls-server-name": {"a": 1}}),
        ("context", {"namespace": "../../x"}),
        ("context", {"namespace": ["a"]}),
        ("context", {"namespace": "a\x1b[31m"}),
    ],
)
def test_odd_values(tmp_path, part, value):
    refused(written(tmp_path, **{part: value}))


def test_what_nobody_knows_is_left_out(tmp_path):
    path = written(
        tmp_path,
        cluster={"extensions": [{"name": "x", "extension": {"a": 1}}], "future": "program"},
        user={"token": "t", "future": {"command": "x"}, "as-user-extra": {"a": ["b"]}},
    )
    access = read(path)
    assert access.cluster == {"server": "https://example.test:6443"}
    assert access.user == {"token": "t"}


BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 8)}]\n" for n in range(20)
)


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        BOMB + "contexts: *u\n",
        "a: &a {b: 1}\n<<: *a\n",
        "[" * 200_000,
        "{a: " * 200_000,
        "# " + "x" * 2_000_000,
        "a: " + "[" + "1," * 100_000 + "]",
    ],
)
def test_files_that_are_made_to_be_too_much(tmp_path, content):
    path = tmp_path / "kubeconfig"
    path.write_text(content)
    assert "not read" in refused(path)


def test_what_has_no_end_is_not_read(tmp_path):
    assert "not read" in refused(Path("/dev/zero"))
    os.mkfifo(tmp_path / "pipe")
    assert "not read" in refused(tmp_path / "pipe")


@pytest.mark.parametrize("depth", [5000, 200_000])
def test_ones_own_that_is_too_deep_does_not_end_the_program(tmp_path, depth):
    path = tmp_path / "kubeconfig"
    path.write_text("a: " + "[" * depth)
    with pytest.raises(AccessProblem, match="too deeply"):
        Access.from_kubeconfig(path)


def test_several_contexts_and_strange_names_are_reported_in_few_words(tmp_path):
    contexts = [{"name": f"\x1b[31mcontext {n} " + "x" * 500, "context": {"cluster": "a"}} for n in range(50)]
    path = written(tmp_path, contexts=contexts)
    with pytest.raises(AccessProblem) as problem:
        read(path)
    assert len(str(problem.value)) < 5000


async def test_kubectl_runs_nothing_either(tmp_path):
    """The pinned file is what `command` checks give to kubectl."""
    marker = tmp_path / "ran"
    path = written(
        tmp_path,
        user={"token": "t", "exec": {**EXEC, "command": "touch", "args": [str(marker)]}},
    )
    refused(path)
    path = written(tmp_path, user={"token": "t"}, cluster={"server": "https://127.0.0.1:9"})
    pinned = pinned_kubeconfig(path, None, tmp_path / "pinned", trust=STRANGERS)
    shown = subprocess.run(
        ["kubectl", "config", "view", "--raw", "-o", "json", f"--kubeconfig={pinned.path}"],
        capture_output=True,
        check=True,
    )
    assert json.loads(shown.stdout)["users"] == [{"name": "a", "user": {"token": "t"}}]
    assert not marker.exists()
    assert pinned.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "form",
    [
        "plain", "utf-16-le", "utf-8-bom", "two-documents", "second-document-broken", "scheme-in-capitals", "wrapped",
        "literal", "binary-of-base64", "text-around", "hangul-in-between", "crlf", "json", "json-with-tabs",
        "namespace-like-a-date", "tls-server-name",
    ],
)  # fmt: skip
def test_odd_forms_that_do_no_harm_are_taken(tmp_path, form):
    from authority import Authority
    from test_as_kubectl import FORMS, Forms

    content = FORMS[form](Forms("https://example.test:6443", Authority(), tmp_path))
    path = tmp_path / "kubeconfig"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    access = read(path)
    assert access.server == "https://example.test:6443"
    assert base64.b64decode(access.cluster["certificate-authority-data"])
    pinned = pinned_kubeconfig(path, None, tmp_path / "pinned", trust=STRANGERS)
    assert Access.from_kubeconfig(pinned.path).server == access.server


def test_json_is_measured_as_yaml_is(tmp_path):
    path = tmp_path / "kubeconfig"
    path.write_text('{"a": ' + "[" * 100 + "]" * 100 + "}")
    assert "too large" in refused(path)
    path.write_text('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}")
    refused(path)
    path.write_text(json.dumps({"a": [1] * 30_000}))
    assert "too large" in refused(path)
