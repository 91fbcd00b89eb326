"""Stand-in pages: what the consoles of a lab answer, though no container runs.

A lab's `practice/pages/pages.yaml` is a list of pages:

    - service: kiali            # the Service that answers
      namespace: istio-system   # default: any
      port: 20001               # the Service's port by number or name; default: any
      path: /kiali              # answers this path and all below it; default /
      file: kiali.html          # beside pages.yaml
      status: 200
      content_type: text/html; charset=utf-8
      redirect: /kiali/         # instead of a file: answers with 302 to there

The longest path that fits is taken. A Service without a page answers a plain one that says what it is.
"""

from __future__ import annotations

import html
import logging
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from checks.path_state import beginning
from runner.practice.containers.lab_pages import MARK, Answer, Page, best, content
from runner.practice.controllers.object_helpers import is_ready
from runner.practice.machinery.store import Key, Object, Store

log = logging.getLogger(__name__)

INDEX = "pages.yaml"
MOST_BYTES, MOST_PAGES, MOST_DEPTH, MOST_ALIASES = 512 * 1024, 2000, 4, 30
"""Of a pages.yaml: nobody was asked yet when a practice cluster starts with it."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
KEYS = frozenset({"service", "namespace", "port", "path", "status", "file", "content_type", "redirect"})

_PLAIN = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{name} (practice cluster)</title>
<body style="font-family: sans-serif; max-width: 40em; margin: 3em auto">
<h1>{name}</h1>
<p>{what} <b>{namespace}/{name}</b> of a Labgate practice cluster answers here, on port {port}.
No container runs behind it: this page stands in for what a real cluster would show.</p>
<p>Labgate 연습용 클러스터의 <b>{namespace}/{name}</b>가 {port} 포트에서 응답합니다.
실제 컨테이너는 실행되지 않으며, 이 페이지가 실제 화면을 대신합니다.</p>
"""


class PagesError(ValueError):
    """A pages.yaml that can't be used; says where and why."""


class Pages:
    """The pages of labs, by their folders; of two that fit as well the first folder's is taken. With no folder, only
    plain ones. Raises PagesError if they can't be read."""

    def __init__(self, folders: Sequence[Path], store: Store) -> None:
        self._store = store
        self._pages = [page for folder in folders if (folder / INDEX).is_file() for page in _kept(folder)]

    def answer(
        self, kind: str, namespace: str, name: str, port: str, path: str, query: str = ""
    ) -> Answer | None:
        """What `kind` (services or pods) `name` answers on `port` (number or name); None if it does not exist."""
        obj = self._store.get(Key(kind, namespace, name))
        if obj is None:
            return None
        path = "/" + path.lstrip("/")
        if kind == "pods":
            services = self._services_of(obj)
        else:
            services = [obj]
            if obj["spec"].get("selector") and not self._has_ready_pod(obj):
                return _no_endpoints(name)
        for service in services:
            for entry in [port] if kind == "services" else _ports_to(service, obj, port):
                page = self._page(service, entry, path)
                if page:
                    return content(page, query)
        what = "The Service" if kind == "services" else "The pod"
        shown = {"name": html.escape(name), "namespace": html.escape(namespace), "port": html.escape(port)}
        body = _PLAIN.format(what=what, **shown)
        return 200, {"Content-Type": "text/html; charset=utf-8", **MARK}, body.encode()

    @property
    def listed(self) -> Sequence[Page]:
        """The pages of the labs' folders."""
        return self._pages

    def has_page(self, kind: str, namespace: str, name: str, port: str) -> bool:
        """Whether a lab has a page, of whatever path, for that port (number or name) of a Service or pod."""
        obj = self._store.get(Key(kind, namespace, name)) if self._pages else None
        if obj is None:
            return False
        return any(
            page.answers_for(service["metadata"], _names_of_port(service, entry))
            for service in ([obj] if kind == "services" else self._services_of(obj))
            for entry in ([port] if kind == "services" else _ports_to(service, obj, port))
            for page in self._pages
        )

    def _page(self, service: Object, port: str, path: str) -> Page | None:
        meta = service["metadata"]
        ports = _names_of_port(service, port)
        return best(self._pages, meta, ports, path)

    def _services_of(self, pod: Object) -> list[Object]:
        labels = pod["metadata"].get("labels") or {}
        return [
            service
            for service in self._store.list("services", pod["metadata"]["namespace"])
            if service["spec"].get("selector")
            and all(labels.get(key) == value for key, value in service["spec"]["selector"].items())
        ]

    def _has_ready_pod(self, service: Object) -> bool:
        selector = service["spec"]["selector"]
        for pod in self._store.list("pods", service["metadata"]["namespace"]):
            labels = pod["metadata"].get("labels") or {}
            if all(labels.get(key) == value for key, value in selector.items()) and is_ready(pod):
                return True
        return False


def read(folder: Path) -> Iterator[Page]:
    """The pages of a folder with a pages.yaml. Raises PagesError, also if that is larger than one ever is."""
    index = folder / INDEX
    try:
        data = beginning(index, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise PagesError(f"{index}: larger than {MOST_BYTES} bytes")
        text = data.decode("utf-8")
        _measure(text, index)
        entries = yaml.load(text, Loader=_LOADER) or []  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise error if isinstance(error, PagesError) else PagesError(f"{index}: {error}") from error
    if not isinstance(entries, list):
        raise PagesError(f"{index}: not a list of pages")
    if len(entries) > MOST_PAGES:
        raise PagesError(f"{index}: more than {MOST_PAGES} pages")
    for number, entry in enumerate(entries, 1):
        yield _read_page(folder, entry, f"{index}: page {number}")


def _measure(text: str, index: Path) -> None:
    """Before anything is built of it: a page is a flat thing, and what merges into what multiplies."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > MOST_DEPTH or aliases > MOST_ALIASES:
            what = "nested too deeply" if depth > MOST_DEPTH else f"more than {MOST_ALIASES} aliases"
            raise PagesError(f"{index}: line {event.start_mark.line + 1 if event.start_mark else 0}: {what}")


@lru_cache(maxsize=8)
def _read_once(folder: Path, _changed: float) -> tuple[Page, ...]:
    return tuple(read(folder))


def _kept(folder: Path) -> tuple[Page, ...]:
    """The pages, read once for many clusters in one process."""
    return _read_once(folder, (folder / INDEX).stat().st_mtime)


def _read_page(folder: Path, entry: Any, where: str) -> Page:
    if not isinstance(entry, dict) or not entry.get("service"):
        raise PagesError(f"{where}: `service` is missing")
    unknown = sorted(str(key) for key in entry if key not in KEYS)
    if unknown:
        raise PagesError(f"{where}: unknown: {', '.join(unknown)}")
    file = None
    if entry.get("file"):
        file = (folder / str(entry["file"])).resolve()
        if not file.is_relative_to(folder.resolve()) or not file.is_file():
            raise PagesError(f"{where}: no such file in this folder: {entry['file']}")
    status = entry.get("status", 302 if entry.get("redirect") else 200)
    if not isinstance(status, int) or not 100 <= status <= 599:
        raise PagesError(f"{where}: not an HTTP status: {status}")
    return Page(
        service=str(entry["service"]),
        namespace=str(entry.get("namespace", "")),
        port=str(entry.get("port", "")),
        path="/" + str(entry.get("path", "/")).lstrip("/"),
        status=status,
        file=file,
        content_type=str(entry.get("content_type", "")),
        redirect=str(entry.get("redirect", "")),
    )


def _names_of_port(service: Object, port: str) -> tuple[str, ...]:
    """The number and the name of a port that was given as one of them."""
    for entry in service["spec"].get("ports") or ():
        names = (str(entry["port"]), str(entry.get("name", "")))
        if port in names:
            return tuple(name for name in names if name)
    return (port,)


def _ports_to(service: Object, pod: Object, port: str) -> list[str]:
    """The Service's ports that lead to a pod's `port` (number or name); where none is named, any will do."""
    if not port:
        return [""]
    named = {
        entry["name"]: str(entry["containerPort"])
        for container in pod["spec"].get("containers") or ()
        for entry in container.get("ports") or ()
        if entry.get("name")
    }
    wanted = named.get(port, port)
    found = []
    for entry in service["spec"].get("ports") or ():
        target = str(entry.get("targetPort") or entry["port"])
        if named.get(target, target) == wanted:
            found.append(str(entry["port"]))
    return found


def _no_endpoints(name: str) -> Answer:
    output = f'no endpoints available for service "{name}"'
    return 503, {"Content-Type": "text/plain; charset=utf-8", **MARK}, output.encode()
