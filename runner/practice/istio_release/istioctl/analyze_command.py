"""analyze: of the cluster, of files, or of files as if they were applied."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import yaml

from runner.practice.istio_release.analysis.all_analysis import analyzed
from runner.practice.istio_release.analysis.analysis_messages import LEVELS, Finding, origin
from runner.practice.istio_release.analysis.analyzed_objects import AnalyzedObjects
from runner.practice.istio_release.istio_definitions import KINDS
from runner.practice.istio_release.istioctl.kubectl_cluster import Cluster, Failed, Object

CORE = "namespaces,services,pods,deployments"
ENDING = {"Error": 79, "Warning": 79, "Info": 0}
"""Exit codes by the worst level that is at or above --failure-threshold."""


def analyze(cluster: Cluster, asked: Namespace) -> int:
    """Findings go to standard output, that there are none to standard error. Exit 79 for errors."""
    minor = int(cluster.version.split(".")[1])
    files = _of_files(asked)
    objects = {
        _key(each): each for each in ([] if asked.use_kube == "false" else _of_cluster(cluster, minor))
    }
    own = asked.namespace or (cluster.namespace() if asked.use_kube != "false" else "default")
    for each in files:
        each["metadata"].setdefault("namespace", own if each["kind"] != "Namespace" else "")
        objects[_key(each)] = each
    namespaces = None if asked.all_namespaces else [own]
    image = _proxy_image(cluster) if asked.use_kube != "false" else ""
    found = analyzed(AnalyzedObjects(objects.values(), namespaces), minor, proxy_image=image)
    found = [
        each for each in found if LEVELS.index(each.level) >= LEVELS.index(asked.output_threshold.title())
    ]
    found = [each for each in found if not _suppressed(each, asked.suppress, minor)]
    _print(found, asked, minor, own, bool(files))
    threshold = LEVELS.index(asked.failure_threshold.title())
    return 79 if any(LEVELS.index(each.level) >= threshold for each in found) else 0


def _of_cluster(cluster: Cluster, minor: int) -> list[Object]:
    resources = ",".join(f"{kind.plural}.{kind.group}" for kind in KINDS if kind.since <= minor)
    objects = cluster.get(CORE, "--all-namespaces")
    for each in cluster.get("crd"):
        if each["spec"]["group"].endswith(".istio.io"):
            return [*objects, *cluster.get(resources, "--all-namespaces")]
    return objects


def _of_files(asked: Namespace) -> list[Object]:
    found: list[Object] = []
    for name in asked.files:
        path = Path(name)
        paths = sorted(path.rglob("*") if asked.recursive else path.glob("*")) if path.is_dir() else [path]
        for one in paths:
            if path.is_dir() and one.suffix not in (".yaml", ".yml", ".json"):
                continue
            try:
                text = sys.stdin.read() if name == "-" else one.read_text(encoding="utf-8")
                documents: list[Any] = list(yaml.safe_load_all(text))
            except OSError as error:
                raise Failed(
                    f"error opening file {name}: open {name}: {(error.strerror or '').lower()}"
                ) from None
            except yaml.YAMLError as error:
                raise Failed(f"error(s) adding files: {name}: {error}") from None
            found += [
                each
                for each in documents
                if isinstance(each, dict) and each.get("kind") and each.get("metadata")
            ]
    return found


def _key(obj: Object) -> tuple[str, str, str]:
    meta = obj["metadata"]
    return obj["kind"], meta.get("namespace", ""), meta["name"]


def _proxy_image(cluster: Cluster) -> str:
    """The image that would be injected now."""
    found = cluster.get("configmap", "istio-sidecar-injector", "-n", cluster.system)
    try:
        values = json.loads(found[0]["data"]["values"])["global"] if found else {}
    except (KeyError, ValueError):
        return ""
    image = (values.get("proxy") or {}).get("image") or "proxyv2"
    return f"{values['hub']}/{image}:{values['tag']}" if {"hub", "tag"} <= set(values) else ""


def _suppressed(finding: Finding, asked: list[str], minor: int) -> bool:
    """--suppress "IST0102=Namespace default", with * for any part of the name."""
    for each in asked:
        code, _, name = each.partition("=")
        shown = origin(finding.obj, minor)
        same = shown.startswith(name.removesuffix("*")) if name.endswith("*") else shown == name
        if code == finding.code and same:
            return True
    return False


def _print(found: list[Finding], asked: Namespace, minor: int, namespace: str, has_files: bool) -> None:
    if asked.output in ("json", "yaml"):
        shown = [
            {"code": each.code, "documentationUrl": f"https://istio.io/v1.{minor}/docs/reference/config/analysis/"
             f"{each.code.lower()}/", "level": each.level, "message": each.text, "origin": origin(each.obj, minor)}
            for each in found
        ]  # fmt: skip
        print(json.dumps(shown, indent="\t") if asked.output == "json" else yaml.safe_dump(shown), end="\n")
        return
    for each in found:
        print(each.shown(minor))
    if found:
        return
    where = "all namespaces" if asked.all_namespaces else f"namespace: {namespace}"
    if has_files and asked.use_kube == "false":
        print("✔ No validation issues found when analyzing files.", file=sys.stderr)
    else:
        print(f"✔ No validation issues found when analyzing {where}.", file=sys.stderr)
