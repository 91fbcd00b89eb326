"""What kubectl takes of a kubeconfig Labgate takes, and the other way round: each form is put before both.

Where they differ is in DIFFERENT, with the reason. `LABGATE_KUBECTLS` names further kubectl binaries, old ones too.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from authority import Authority, encoded, server_context
from test_reasons import VERSION, answering

from checks.base import CannotRead
from runner.world.kubeconfig_access import Access, AccessProblem, pinned_kubeconfig
from runner.world.live_cluster import LiveCluster

KUBECTLS = [
    each
    for each in (shutil.which("kubectl") or "", *os.environ.get("LABGATE_KUBECTLS", "").split(os.pathsep))
    if each
]
pytestmark = pytest.mark.skipif(not KUBECTLS, reason="needs kubectl")

DIFFERENT = {
    "yaml-1.2": "go-yaml refuses the directive; what follows it is the same",
    "user-that-is-not-there": "kubectl asks for a user name and a password at the terminal; we say what is wrong",
    "exec-v1alpha1": "kubectl 1.20 takes it, and 1.24 does not any more",
}


class Forms:
    """Kubeconfigs for one server, of which each is odd in its own way."""

    def __init__(self, server: str, authority: Authority, folder: Path) -> None:
        self.server, self.pem, self.folder = server, authority.pem, folder
        self.authority = authority
        self.ca = encoded(self.pem)
        self.cluster = {"server": server, "certificate-authority-data": self.ca}

    def document(self, cluster: Any = None, user: Any = None, **more: Any) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "clusters": [{"name": "c", "cluster": {**self.cluster, **(cluster or {})}}],
            "users": [{"name": "u", "user": {"token": "secret"} if user is None else user}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}],
            **more,
        }  # fmt: skip

    def yaml(self, **changes: Any) -> str:
        return yaml.safe_dump(self.document(**changes), sort_keys=False)

    def authority_of(self, content: bytes) -> str:
        return self.yaml(cluster={"certificate-authority-data": base64.b64encode(content).decode()})

    def file(self, name: str, content: str | bytes) -> str:
        (self.folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    def plugin(self, printed: Any = None, **more: Any) -> str:
        version = more.get("apiVersion", "client.authentication.k8s.io/v1")
        words = {"apiVersion": version, "kind": "ExecCredential", "status": {"token": "t"}}
        script = self.folder / "plugin"
        script.write_text(f"#!/bin/sh\ncat <<'E'\n{json.dumps(printed or words)}\nE\n")
        script.chmod(0o700)
        settings = {"apiVersion": version, "command": "./plugin", "interactiveMode": "IfAvailable", **more}
        return self.yaml(
            user={"exec": {name: value for name, value in settings.items() if value is not None}}
        )

    def pair(self) -> dict[str, str]:
        certificate, key = self.authority.issue("kim")
        return {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}


def wrapped(text: str, width: int = 64, end: str = "\n") -> str:
    return end.join(text[at : at + width] for at in range(0, len(text), width))


Form = Callable[[Forms], str | bytes]
FORMS: dict[str, Form] = {
    # the file
    "plain": lambda f: f.yaml(),
    "json": lambda f: json.dumps(f.document()),
    "json-with-tabs": lambda f: json.dumps(f.document(), indent="\t"),
    "json-with-a-key-twice": lambda f: json.dumps(f.document())[:-1] + ', "current-context": "d"}',
    "utf-8-bom": lambda f: b"\xef\xbb\xbf" + f.yaml().encode(),
    "utf-16-le": lambda f: ("\ufeff" + f.yaml()).encode("utf-16-le"),
    "utf-16-be": lambda f: ("\ufeff" + f.yaml()).encode("utf-16-be"),
    "utf-16-of-json": lambda f: ("\ufeff" + json.dumps(f.document())).encode("utf-16-le"),
    "utf-32": lambda f: ("\ufeff" + f.yaml()).encode("utf-32-le"),
    "cp949-comment": lambda f: "# 김철수\n".encode("cp949") + f.yaml().encode(),
    "hangul-comment": lambda f: "# 김철수\n" + f.yaml(),
    "crlf": lambda f: f.yaml().replace("\n", "\r\n"),
    "cr": lambda f: f.yaml().replace("\n", "\r"),
    "nul-at-the-end": lambda f: f.yaml() + "\0",
    "control-character": lambda f: "# \x01\n" + f.yaml(),
    "tab-at-the-end": lambda f: f.yaml() + "\t",
    "two-documents": lambda f: f.yaml() + "---\n" + f.yaml(),
    "second-document-broken": lambda f: f.yaml() + "---\n{[",
    "document-begins": lambda f: "---\n" + f.yaml(),
    "first-document-empty": lambda f: "---\n---\n" + f.yaml(),
    "document-ends": lambda f: f.yaml() + "...\n",
    "yaml-1.2": lambda f: "%YAML 1.2\n---\n" + f.yaml(),
    "a-list": lambda f: "- a\n",
    "empty": lambda f: "",
    # its parts
    "no-kind": lambda f: f.yaml().replace("kind: Config\n", "").replace("apiVersion: v1\n", ""),
    "kind-pod": lambda f: f.yaml().replace("kind: Config", "kind: Pod"),
    "version-2": lambda f: f.yaml().replace("apiVersion: v1", "apiVersion: v2"),
    "unknown-fields": lambda f: f.yaml(preferences={"colors": True}, extensions=[], more={"a": [1]}),
    "null-lists": lambda f: f.yaml() + "preferences:\nextensions: null\n",
    "a-key-twice": lambda f: f.yaml() + "current-context: d\n",
    "a-context-twice": lambda f: f.yaml(contexts=f.document()["contexts"] * 2),
    "users-as-mapping": lambda f: f.yaml(users={"u": {"token": "t"}}),
    "entry-without-a-name": lambda f: f.yaml(users=[{"user": {}}, *f.document()["users"]]),
    "alias": lambda f: f.yaml().replace("server: ", "server: &s "),
    "merge-key": lambda f: (
        f"x: &a\n  server: {f.server}\n" + f.yaml().replace(f"server: {f.server}", "<<: *a")
    ),
    "a-number-as-name": lambda f: f.yaml(users=[*f.document()["users"], {"name": 5, "user": {}}]),
    "namespace-like-a-date": lambda f: f.yaml().replace("namespace: shop", "namespace: 2020-01-01"),
    "namespace-like-a-time": lambda f: f.yaml().replace("namespace: shop", "namespace: 12:30:00"),
    "namespace-like-a-number": lambda f: f.yaml().replace("namespace: shop", "namespace: 1e3"),
    "namespace-yes": lambda f: f.yaml().replace("namespace: shop", "namespace: yes"),
    "namespace-null": lambda f: f.yaml().replace("namespace: shop", "namespace: ~"),
    "user-that-is-not-there": lambda f: f.yaml().replace("user: u\n", "user: x\n"),
    # the server
    "slash-at-the-end": lambda f: f.yaml(cluster={"server": f.server + "/"}),
    "with-a-path": lambda f: f.yaml(cluster={"server": f.server + "/k8s/clusters/c-1"}),
    "with-a-query": lambda f: f.yaml(cluster={"server": f.server + "/?a=b"}),
    "scheme-in-capitals": lambda f: f.yaml(cluster={"server": f.server.replace("https", "HTTPS")}),
    "without-a-scheme": lambda f: f.yaml(cluster={"server": f.server.removeprefix("https://")}),
    "a-space-behind": lambda f: f.yaml(cluster={"server": f.server + " "}),
    "no-server": lambda f: f.yaml(cluster={"server": ""}),
    "another-scheme": lambda f: f.yaml(cluster={"server": f.server.replace("https", "ftp")}),
    "server-as-a-number": lambda f: f.yaml(cluster={"server": 6443}),
    # the authority
    "wrapped": lambda f: f.yaml(cluster={"certificate-authority-data": wrapped(f.ca) + "\n"}),
    "wrapped-with-crlf": lambda f: f.yaml(cluster={"certificate-authority-data": wrapped(f.ca, end="\r\n")}),
    "literal": lambda f: f.yaml().replace(f.ca, "|\n      " + wrapped(f.ca, end="\n      ")),
    "folded": lambda f: f.yaml().replace(f.ca, ">\n      " + wrapped(f.ca, end="\n      ")),
    "a-space-in-front": lambda f: f.yaml(cluster={"certificate-authority-data": " " + f.ca}),
    "cut-short": lambda f: f.yaml(cluster={"certificate-authority-data": f.ca[:-3]}),
    "binary": lambda f: f.yaml().replace(f.ca, "!!binary " + f.ca),
    "binary-of-base64": lambda f: f.yaml().replace(f.ca, "!!binary " + encoded(f.ca)),
    "text-around": lambda f: f.authority_of(f"subject=CN = a\n{f.pem}\nissuer\n{f.pem}end".encode()),
    "hangul-in-between": lambda f: f.authority_of(f"# 인증 기관\n{f.pem}".encode()),
    "latin-2-in-between": lambda f: f.authority_of("# Fő\n".encode("iso8859-2") + f.pem.encode()),
    "bundle-with-crlf": lambda f: f.authority_of(f.pem.replace("\n", "\r\n").encode()),
    "bundle-with-bom": lambda f: f.authority_of(b"\xef\xbb\xbf" + f.pem.encode()),
    "broken-before-good": lambda f: f.authority_of(
        f"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{f.pem}".encode()
    ),
    "a-key-in-the-bundle": lambda f: f.authority_of((f.authority.issue("x")[1] + f.pem).encode()),
    "no-certificate": lambda f: f.authority_of(b"nothing"),
    "trusted-certificate": lambda f: f.authority_of(f.pem.replace(" CERT", " TRUSTED CERT").encode()),
    "authority-empty": lambda f: f.yaml(cluster={"certificate-authority-data": ""}),
    "authority-file": lambda f: f.yaml(
        cluster={"certificate-authority-data": None, "certificate-authority": f.file("ca", f.pem)}
    ),
    "authority-file-missing": lambda f: f.yaml(
        cluster={"certificate-authority-data": None, "certificate-authority": "missing"}
    ),
    "authority-twice": lambda f: f.yaml(cluster={"certificate-authority": f.file("ca", f.pem)}),
    "insecure": lambda f: f.yaml(
        cluster={"certificate-authority-data": "", "insecure-skip-tls-verify": True}
    ),
    "insecure-yes": lambda f: f.yaml().replace(
        f"certificate-authority-data: {f.ca}", "insecure-skip-tls-verify: yes"
    ),
    "insecure-and-authority": lambda f: f.yaml(cluster={"insecure-skip-tls-verify": True}),
    "insecure-as-text": lambda f: f.yaml(
        cluster={"certificate-authority-data": "", "insecure-skip-tls-verify": "true"}
    ),
    "tls-server-name": lambda f: f.yaml(cluster={"tls-server-name": "api.test"}),
    "another-tls-server-name": lambda f: f.yaml(cluster={"tls-server-name": "b.test"}),
    "no-compression": lambda f: f.yaml(cluster={"disable-compression": True}),
    # the proxy: names of schemes that are refused; those that are used are in test_proxies
    "proxy-without-a-scheme": lambda f: f.yaml(cluster={"proxy-url": "127.0.0.1:3128"}),
    "proxy-ftp": lambda f: f.yaml(cluster={"proxy-url": "ftp://127.0.0.1:3128"}),
    "proxy-socks5h": lambda f: f.yaml(cluster={"proxy-url": "socks5h://127.0.0.1:3128"}),
    "proxy-empty": lambda f: f.yaml(cluster={"proxy-url": ""}),
    # the user
    "a-number-as-token": lambda f: f.yaml(user={"token": 12345}),
    "token-with-a-line-break": lambda f: f.yaml(user={"token": "secret\n"}),
    "token-file": lambda f: f.yaml(user={"tokenFile": f.file("token", "secret\n")}),
    "token-file-missing": lambda f: f.yaml(user={"tokenFile": "missing"}),
    "token-file-missing-but-token": lambda f: f.yaml(user={"token": "secret", "tokenFile": "missing"}),
    "password": lambda f: f.yaml(user={"username": "kim", "password": "secret"}),
    "token-and-password": lambda f: f.yaml(user={"token": "t", "username": "kim", "password": "secret"}),
    "certificate": lambda f: f.yaml(user=f.pair()),
    "certificate-and-token": lambda f: f.yaml(user={**f.pair(), "token": "t"}),
    "certificate-without-key": lambda f: f.yaml(
        user={"client-certificate-data": f.pair()["client-certificate-data"]}
    ),
    "certificate-and-anothers-key": lambda f: f.yaml(
        user={**f.pair(), "client-key-data": f.pair()["client-key-data"]}
    ),
    "certificate-with-hangul": lambda f: f.yaml(
        user={
            **(pair := f.pair()),
            "client-certificate-data": encoded(
                "# 학생\n" + base64.b64decode(pair["client-certificate-data"]).decode()
            ),
        }
    ),
    "certificate-twice": lambda f: f.yaml(user={**f.pair(), "client-certificate": f.file("crt", "x")}),
    "as": lambda f: f.yaml(user={"token": "t", "as": "kim", "as-groups": ["a", "b"], "as-uid": "7"}),
    "as-groups-alone": lambda f: f.yaml(user={"token": "t", "as-groups": ["a"]}),
    "as-groups-as-text": lambda f: f.yaml(user={"token": "t", "as": "kim", "as-groups": "a"}),
    "as-user-extra": lambda f: f.yaml(user={"token": "t", "as": "kim", "as-user-extra": {"a/b": ["1", "2"]}}),
    "auth-provider": lambda f: f.yaml(user={"auth-provider": {"name": "gcp"}}),
    "exec-v1": lambda f: f.plugin(),
    "exec-v1beta1": lambda f: f.plugin(
        apiVersion="client.authentication.k8s.io/v1beta1", interactiveMode=None
    ),
    "exec-v1alpha1": lambda f: f.plugin(
        apiVersion="client.authentication.k8s.io/v1alpha1", interactiveMode=None
    ),
    "exec-v1-without-mode": lambda f: f.plugin(interactiveMode=None),
    "exec-never": lambda f: f.plugin(interactiveMode="Never"),
    "exec-always": lambda f: f.plugin(interactiveMode="Always"),
    "exec-without-version": lambda f: f.plugin(apiVersion=None),
    "exec-version-2": lambda f: f.plugin(apiVersion="client.authentication.k8s.io/v2"),
    "exec-answers-in-another-version": lambda f: f.plugin(
        {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "kind": "ExecCredential",
            "status": {"token": "t"},
        }
    ),
    "exec-answers-nonsense": lambda f: f.plugin("nonsense"),
    "exec-without-token": lambda f: f.plugin(
        {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {}}
    ),
    "exec-missing": lambda f: f.plugin(command="no-such-plugin"),
}


@pytest.fixture
async def forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Forms]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "labgate"))
    authority = Authority()
    folder = tmp_path / "forms"
    folder.mkdir()
    async with AsyncExitStack() as stack:
        tls = server_context(tmp_path, authority.issue("api.test"))
        port = await stack.enter_async_context(answering(VERSION, tls))
        yield Forms(f"https://127.0.0.1:{port}", authority, folder)


async def kubectl_takes(program: str, path: Path) -> tuple[bool, str]:
    process = await asyncio.create_subprocess_exec(
        *(program, f"--kubeconfig={path}", "--context=c", "get", "--raw=/version", "--request-timeout=5s"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return b"gitVersion" in out, err.decode(errors="replace")


async def labgate_takes(path: Path) -> tuple[bool, str]:
    try:
        async with LiveCluster(Access.from_kubeconfig(path, "c")) as cluster:
            return await cluster.version() == "1.30.1", ""
    except (AccessProblem, CannotRead) as error:
        return False, error.message.render()


@pytest.mark.parametrize("name", FORMS)
async def test_both_take_it_or_none(forms: Forms, name: str) -> None:
    content = FORMS[name](forms)
    path = forms.folder / "kubeconfig"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    ours, why = await labgate_takes(path)
    for program in KUBECTLS:
        theirs, output = await kubectl_takes(program, path)
        if name in DIFFERENT:
            continue
        assert ours == theirs, f"{program}: {output or 'takes it'}\nLabgate: {why or 'takes it'}"
    if not ours:
        return
    pinned = pinned_kubeconfig(path, "c", forms.folder / "elsewhere")
    assert await labgate_takes(pinned.path) == (True, "")
    if name not in DIFFERENT:
        for program in KUBECTLS:
            assert (await kubectl_takes(program, pinned.path))[0], "what the lab's commands get"


async def test_they_differ_where_it_is_reported(forms: Forms) -> None:
    for name in DIFFERENT:
        path = forms.folder / name
        path.write_text(str(FORMS[name](forms)))
        ours, _ = await labgate_takes(path)
        theirs = [(await kubectl_takes(program, path))[0] for program in KUBECTLS]
        assert ours == (name != "user-that-is-not-there"), name
        assert not all(theirs), f"{name}: no difference any more"
