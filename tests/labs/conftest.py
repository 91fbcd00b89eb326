"""A small lab to break."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from runner.labs.lab_problems import LabErrors
from runner.labs.load import load
from runner.practice.authentication.authority import Authority

GOOD = """\
format: 1
title: {en: A small lab, ko: 작은 실습}
summary: {en: It is small., ko: 작습니다.}
minutes: 10
level: beginner
requires:
  kubernetes: ">=1.18,<1.23"
  tools: {kubectl: ">=1.18", curl: "*"}
  access:
    - {verb: create, resource: namespaces}
variables:
  istio_version: {default: 1.11.3, pattern: '\\d+\\.\\d+\\.\\d+'}
  replicas: {default: 3}
practice: {kubernetes: 1.20}
after: another-lab
setup:
  - "true"
steps:
  - id: first
    title: {en: First, ko: 첫째}
    text: text/first
    run:
      - cd istio-{{istio_version}}
      - command: istioctl install
        answers: [{expect: 'Proceed\\?', send: y}]
        timeout: 10m
    checks:
      - deployment: istiod
        in: istio-system
        replicas: "{{replicas}}"
        ready: true
      - {service: kiali, in: istio-system, type: LoadBalancer, ports: [80, "http:8080"]}
      - {pods: {min: 1, max: 3}, in: istio-system, selector: app=istiod}
      - resource: Gateway
        api: networking.istio.io/v1beta1
        where: "[?metadata.name=='x']"
      - quiz: {en: "Which?", ko: "무엇?"}
        id: which
        choices:
          - {id: a, correct: true, text: {en: This, ko: 이것}}
          - {id: b, text: {en: That, ko: 저것}}
    within: 90
    hints:
      - {en: Look., ko: 보세요.}
    console: {service: kiali, in: istio-system, port: 20001, title: Kiali}
  - id: second
    title: Kubernetes
    text: {en: Read this., ko: 읽으세요.}
    checks:
      - http: {service: kiali, in: istio-system, port: 20001, path: /kiali}
        contains: Kiali
      - {tool: istioctl, version: ">=1.11"}
      - {file: "istio-{{istio_version}}/bin/istioctl", executable: true}
cleanup:
  title: {en: The end, ko: 끝}
  text: {en: Tidy up., ko: 정리하세요.}
  run: [kubectl delete namespace istio-system]
  checks:
    - {namespace: istio-system, absent: true}
"""


def write_lab(folder: Path, text: str | bytes) -> Path:
    """A lab's folder with the texts that GOOD names."""
    (folder / "text").mkdir(parents=True, exist_ok=True)
    (folder / "text" / "first.en.md").write_text("Version {{istio_version}}, \\{{as it is}}.\n")
    (folder / "text" / "first.ko.md").write_text("버전 {{ istio_version }}.\n")
    (folder / "lab.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def problems_of(folder: Path, values: Mapping[str, str] | None = None, language: str = "en") -> list[str]:
    """What the loader says, without the folder; nothing where the lab is right."""
    try:
        load(folder, values or {})
    except LabErrors as errors:
        return [problem.render(language).removeprefix(f"{folder}/") for problem in errors.problems]
    return []


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    return write_lab(tmp_path / "small-lab", GOOD)


@pytest.fixture
def broken(lab: Path) -> Callable[..., list[str]]:
    """The problems of GOOD with some parts of it replaced."""

    def change(*pairs: tuple[str, str]) -> list[str]:
        text = GOOD
        for old, new in pairs:
            assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
            text = text.replace(old, new)
        return problems_of(write_lab(lab, text))

    return change


@pytest.fixture
def serve_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """A https server on this machine, trusted by the test: gives the address of an index with that content."""
    authority = Authority.of(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.folder / "ca.crt"))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    answer: dict[str, object] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            leads_to = str(answer["leads_to"])
            self.send_response(302 if leads_to else 200)
            if leads_to:
                self.send_header("Location", leads_to)
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(answer["content"])  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            return

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.server)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def serve(content: bytes, leads_to: str = "") -> str:
            answer.update(content=content, leads_to=leads_to)
            return f"https://127.0.0.1:{server.server_address[1]}/all.yaml"

        yield serve
        server.shutdown()
