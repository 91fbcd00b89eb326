"""kube-inject -f FILE: the workloads of a file with their proxy, by what the cluster's istiod is configured with."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

import yaml

from runner.practice.containers.istiod.injection_settings import settings_of
from runner.practice.containers.istiod.workload_injection import injected_workload
from runner.practice.istio_release.istioctl.kubectl_cluster import SYSTEM, Cluster, Failed, image_tag


def kube_inject(cluster: Cluster, asked: Namespace) -> int:
    """Writes YAML to standard output, or to -o."""
    if not asked.filename:
        raise Failed("filename not specified (see --filename or -f)")
    revision = asked.revision or "default"
    suffix = "" if revision == "default" else f"-{revision}"
    data = {name: _data(cluster, f"{name}{suffix}") for name in ("istio", "istio-sidecar-injector")}
    pilots = cluster.get("pods", "-n", SYSTEM, "-l", "app=istiod")
    tag = image_tag(pilots[0]["spec"]["containers"][0]) if pilots else ""
    injector = data["istio-sidecar-injector"]
    made = []
    try:
        settings = settings_of(
            data["istio"].get("mesh", ""),
            injector.get("values", ""),
            injector.get("config", ""),
            revision=revision,
            tag=tag,
        )
        for path in asked.filename:
            text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
            for document in yaml.safe_load_all(text):
                if document:
                    made.append(injected_workload(document, settings, _warn))
    except OSError as error:
        raise Failed(f"open {error.filename}: {(error.strerror or '').lower()}") from None
    except (ValueError, yaml.YAMLError) as error:
        raise Failed(str(error)) from None
    written = "".join(f"{yaml.safe_dump(each, sort_keys=False)}---\n" for each in made)
    if asked.output:
        Path(asked.output).write_text(written, encoding="utf-8")
    else:
        print(written, end="")
    return 0


def _data(cluster: Cluster, name: str) -> dict[str, str]:
    found = cluster.get("configmap", name, "-n", SYSTEM)
    if not found:
        raise Failed(
            f'could not read valid configmap "{name}" from namespace "{SYSTEM}": configmaps "{name}" not found - '
            f"Use --meshConfigFile or re-run kube-inject with `-i <istioSystemNamespace> and ensure valid MeshConfig exists"
        )
    return dict(found[0].get("data") or {})


def _warn(line: str) -> None:
    print(line, end="", file=sys.stderr)
