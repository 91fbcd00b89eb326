"""Sends the same case to a real API server and to a practice cluster, and reports where the answers differ.

By hand: `python tests/control_plane/both_servers.py 2500 [--seed N] [--show] [--files a.yaml …]` with
$KUBEBUILDER_ASSETS; --files mutates those manifests instead of the project's own.
"""

from __future__ import annotations

import argparse
import base64
import importlib.util
import json
import ssl
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import urllib3
import yaml

Object = dict[str, Any]

urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # loopback

NAMESPACE = "mutants"
NO_ANSWER = "no answer"
MEDIA = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
    "apply": "application/apply-patch+yaml",
}


def beside(name: str) -> ModuleType:
    """A module of this folder, which is no package."""
    known = sys.modules.get(f"control_plane_{name}")
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location(
        f"control_plane_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Answer:
    code: int
    message: str

    @property
    def accepted(self) -> bool:
        return self.code < 300


class Server:
    """One side, by its kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self._address = cluster["server"]
        self._headers = {"Authorization": f"Bearer {user['token']}", "User-Agent": "tests/1"}
        trust = ssl._create_unverified_context()
        if data := cluster.get("certificate-authority-data"):
            trust = ssl.create_default_context(cadata=base64.b64decode(data).decode())
        self._pool = urllib3.PoolManager(ssl_context=trust, retries=False)
        self._resources: dict[tuple[str, str], tuple[str, bool]] = {}

    def ask(
        self, method: str, path: str, body: Any = None, media: str = "application/json"
    ) -> tuple[int, Any]:
        """(code, the answer as data, or its text)."""
        headers = {**self._headers, "Content-Type": media}
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        try:
            got = self._pool.request(method, self._address + path, body=sent, headers=headers, timeout=30)
        except urllib3.exceptions.HTTPError as error:  # a server that panics ends the connection
            return 500, f"{NO_ANSWER}: {error}"
        try:
            return got.status, json.loads(got.data)
        except ValueError:
            return got.status, got.data.decode(errors="replace")

    def path(self, api_version: str, kind: str, namespace: str = NAMESPACE) -> str:
        """Where objects of a kind are; waits for definitions that were just made."""
        end = time.monotonic() + 15
        while (api_version, kind) not in self._resources:
            root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
            found = self.ask("GET", root)[1]
            for one in found.get("resources", ()) if isinstance(found, dict) else ():
                if "/" not in one["name"]:
                    self._resources[api_version, one["kind"]] = (f"{root}|{one['name']}", one["namespaced"])
            if time.monotonic() > end:
                raise LookupError(f"{self._address} serves no {kind} of {api_version}")
            time.sleep(0.05)
        text, namespaced = self._resources[api_version, kind]
        root, _, plural = text.partition("|")
        return f"{root}/namespaces/{namespace}/{plural}" if namespaced else f"{root}/{plural}"

    def prepare(self, definition: Object) -> None:
        """The namespace and the custom resource that the cases are about."""
        self.ask("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        self.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
        path = self.path(f"{definition['spec']['group']}/v1", definition["spec"]["names"]["kind"])
        end = time.monotonic() + 15
        while self.ask("GET", path)[0] != 200 and time.monotonic() < end:
            time.sleep(0.05)

    def answer(self, case: Any) -> Answer:
        """What this server says to a case; nothing of the case is left behind."""
        collection = self.path(case.base["apiVersion"], case.base["kind"])
        name = case.base["metadata"]["name"]
        one = f"{collection}/{name}"
        if case.way == "create":
            code, expected = self.ask("POST", collection, case.body)
            made = (
                (expected.get("metadata") or {}).get("name") if isinstance(expected, dict) else ""
            ) or name
            one = f"{collection}/{made}"
        else:
            first, expected = self.ask("POST", collection, case.base)
            if first >= 300:
                return Answer(first, f"the base: {_message(expected)}")
            code, expected = self._write(case, one)
            if code == 409 and _expects_current(case):  # the server itself has written meanwhile
                code, expected = self._write(case, one)
        if code < 300 or case.way != "create":
            self._remove(one)
        return Answer(code, _message(expected))

    def _write(self, case: Any, one: str) -> tuple[int, Any]:
        if case.way in ("update", "status"):
            body = case.body
            if _expects_current(case):
                body = {**body, "metadata": {**body["metadata"], "resourceVersion": self._version(one)}}
            return self.ask("PUT", one + ("/status" if case.way == "status" else ""), body)
        query = "?fieldManager=tests&force=true" if case.way == "apply" else ""
        return self.ask("PATCH", one + query, case.body, MEDIA[case.way])

    def _version(self, one: str) -> str:
        found = self.ask("GET", one)[1]
        return str(found["metadata"]["resourceVersion"])

    def _remove(self, one: str) -> None:
        options = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}
        code, expected = self.ask("DELETE", one, options)
        if code == 200 and isinstance(expected, dict) and (expected.get("metadata") or {}).get("finalizers"):
            self.ask("PATCH", one, {"metadata": {"finalizers": None}}, MEDIA["merge"])
        if "/namespaces/" in one and one.count("/") == 4:  # nobody else lets it go: no controllers
            name = one.rpartition("/")[2]
            self.ask("PUT", f"{one}/finalize", {"metadata": {"name": name}, "spec": {"finalizers": []}})


def _expects_current(case: Any) -> bool:
    meta = case.body.get("metadata") if isinstance(case.body, dict) else None
    return isinstance(meta, dict) and meta.get("resourceVersion") == beside("mutations").CURRENT


def _message(expected: Any) -> str:
    if not isinstance(expected, dict):
        return str(expected)
    return str(expected.get("message", "")) if expected.get("kind") == "Status" else ""


@dataclass(frozen=True)
class Result:
    case: Any
    real: Answer
    practice: Answer

    @property
    def same(self) -> bool:
        """Accepted by both, or refused by both; an internal error is neither."""
        return self.real.accepted == self.practice.accepted and not self.failed

    @property
    def failed(self) -> bool:
        return self.practice.code >= 500 and self.real.code < 500

    @property
    def same_code(self) -> bool:
        return self.real.code == self.practice.code

    def __str__(self) -> str:
        case = self.case
        return (
            f"#{case.number} {case.way} {case.kind}: {case.reported}\n"
            f"    real     {self.real.code} {self.real.message[:400]}\n"
            f"    practice {self.practice.code} {self.practice.message[:400]}"
        )


def definitions_of(server: Server) -> Object:
    found: Object = server.ask("GET", "/openapi/v2")[1]["definitions"]
    return found


def compare(real: Server, practice: Server, cases: Sequence[Any]) -> list[Result]:
    """Every case on both sides, at the same time."""
    answers: dict[str, list[Answer]] = {"real": [], "practice": []}
    wrong: list[BaseException] = []

    def work(side: str, server: Server) -> None:
        try:
            answers[side] = [server.answer(case) for case in cases]
        except BaseException as error:
            wrong.append(error)

    threads = [
        threading.Thread(target=work, args=pair, daemon=True)
        for pair in (("real", real), ("practice", practice))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
    results = [Result(*each) for each in zip(cases, answers["real"], answers["practice"], strict=True)]
    # There is nothing to compare with where the real server has ended the connection: that version panics.
    return [one for one in results if not one.real.message.startswith(NO_ANSWER)]


def summary(results: Sequence[Result]) -> str:
    """Rates over all and for each kind that has a difference."""
    refused = [one for one in results if not one.real.accepted and not one.practice.accepted]
    words = sum(one.real.message == one.practice.message for one in refused)
    lines = [
        f"{len(results)} cases; accepted by the real server: {sum(one.real.accepted for one in results)}",
        f"same answer {_rate(sum(one.same for one in results), len(results))}",
        f"same code   {_rate(sum(one.same_code for one in results), len(results))}",
        f"same words  {_rate(words, len(refused))} of what both refuse",
        f"internal errors {sum(one.failed for one in results)}",
    ]
    total, bad = (
        Counter(one.case.kind for one in results),
        Counter(one.case.kind for one in results if not one.same),
    )
    lines += [
        f"  {kind}: {_rate(total[kind] - bad[kind], total[kind])}" for kind in sorted(total) if bad[kind]
    ]
    ways, off = (
        Counter(one.case.way for one in results),
        Counter(one.case.way for one in results if not one.same),
    )
    lines += [f"  {way}: {_rate(ways[way] - off[way], ways[way])}" for way in sorted(ways)]
    return "\n".join(lines)


def _rate(part: int, whole: int) -> str:
    return f"{part}/{whole} = {100 * part / max(whole, 1):.1f} %"


@contextmanager
def _practice(folder: Path, version: str) -> Iterator[Path]:
    """A practice cluster in a process of its own."""
    import subprocess

    script = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom runner.practice.cluster import PracticeCluster\n"
        "async def run():\n"
        f"    async with PracticeCluster('mutants', version={version!r}, speed=4) as cluster:\n"
        f"        cluster.kubeconfig(Path({str(folder / 'practice')!r}))\n"
        "        print('ready', flush=True)\n"
        "        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)\n"
        "asyncio.run(run())\n"
    )
    with (folder / "practice.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
    try:
        assert process.stdout and process.stdout.readline() == b"ready\n", f"see {folder}/practice.log"
        yield folder / "practice"
    finally:
        process.kill()
        process.wait()


def compare_all(
    kubeconfig: Path, folder: Path, numbers: Iterable[int], seed: int, bases: tuple[str, ...] = ()
) -> list[Result]:
    """Cases of a seed on the server of `kubeconfig` and on a new practice cluster of its version."""
    mutations, real = beside("mutations"), Server(kubeconfig)
    version = real.ask("GET", "/version")[1]["gitVersion"].lstrip("v")
    with _practice(folder, version) as practice_config:
        practice = Server(practice_config)
        for side in (real, practice):
            side.prepare(mutations.custom_definition())
        definitions = definitions_of(real)
        cases = [mutations.case(number, definitions, seed, bases) for number in numbers]
        return compare(real, practice, cases)


def _files(paths: Iterable[Path]) -> tuple[str, ...]:
    found = []
    for path in paths:
        for one in yaml.safe_load_all(path.read_text()):
            if isinstance(one, dict) and one.get("kind") and isinstance(one.get("metadata"), dict):
                if one["kind"] != "CustomResourceDefinition":
                    one["metadata"]["name"] = f"{one['metadata'].get('name', 'a')}-NNN"
                one["metadata"].pop("namespace", None)
                found.append(json.dumps(one, default=str))
    return tuple(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=2500)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="tell each difference")
    parser.add_argument("--codes", action="store_true", help="tell those whose code alone differs, too")
    parser.add_argument("--real", type=Path, help="the kubeconfig of a control plane that runs already")
    parser.add_argument("--files", type=Path, nargs="*", default=[])
    parser.add_argument("--keep", type=Path, default=Path(tempfile.mkdtemp()), help="where logs stay")
    given = parser.parse_args()
    given.keep.mkdir(parents=True, exist_ok=True)
    mutations, planes = beside("mutations"), beside("control_plane")

    def run(kubeconfig: Path) -> None:
        seed = mutations.SEED if given.seed is None else given.seed
        numbers = range(given.first, given.first + given.count)
        results = compare_all(kubeconfig, given.keep, numbers, seed, _files(given.files))
        for one in results:
            if given.show and (not one.same or (given.codes and not one.same_code)):
                print(one)
        print(summary(results))

    if given.real:
        run(given.real)
        return
    binaries = planes.assets()
    if binaries is None:
        parser.error("set KUBEBUILDER_ASSETS")
    with planes.ControlPlane(given.keep / "plane", binaries, controllers=False) as plane:
        run(plane.kubeconfig)


if __name__ == "__main__":
    main()
