"""manifest generate, and revision tags: tag set, list, remove."""

from __future__ import annotations

import copy
import json
from argparse import Namespace

from runner.practice.istio_release.istioctl.install_command import settings_of
from runner.practice.istio_release.istioctl.kubectl_cluster import Cluster, Failed, Object, words
from runner.practice.istio_release.release_objects import all_objects, as_text

TAG = "istio.io/tag"
WEBHOOKS = "mutatingwebhookconfigurations.admissionregistration.k8s.io"


def manifest(cluster: Cluster, asked: Namespace) -> int:
    """manifest generate: the objects, and no cluster is needed."""
    if asked.what != "generate":
        raise Failed(f'unknown command "{asked.what}" for "istioctl manifest"')
    print(as_text(all_objects(settings_of(cluster, asked))), end="")
    return 0


def tag(cluster: Cluster, asked: Namespace) -> int:
    """tag list, set NAME --revision R, remove NAME."""
    hooks = cluster.get(WEBHOOKS)
    tags = [hook for hook in hooks if TAG in (hook["metadata"].get("labels") or {})]
    if asked.what == "list":
        return _list(cluster, tags)
    if not asked.name:
        raise Failed(
            "must provide a tag for creation" if asked.what == "set" else "must provide a tag for removal"
        )
    name = f"istio-revision-tag-{asked.name}"
    if asked.what == "remove":
        if not any(hook["metadata"]["name"] == name for hook in tags):
            raise Failed(f'cannot remove tag "{asked.name}": cannot find MutatingWebhookConfiguration for it')
        done = cluster.run("delete", WEBHOOKS, name)
        if done.returncode != 0:
            raise Failed(words(done.stderr))
        print(f"Revision tag {asked.name} removed")
        return 0
    if not asked.revision:
        raise Failed("must specify a revision")
    return _set(cluster, hooks, asked, name)


def _list(cluster: Cluster, tags: list[Object]) -> int:
    if not tags:
        print("No Istio revision tag MutatingWebhookConfigurations to list")
        return 0
    namespaces = cluster.get("namespaces")
    rows = [["TAG", "REVISION", "NAMESPACES"]]
    for hook in tags:
        labels = hook["metadata"]["labels"]
        used = [
            n["metadata"]["name"]
            for n in namespaces
            if n["metadata"].get("labels", {}).get("istio.io/rev") == labels[TAG]
        ]
        rows.append([labels[TAG], labels.get("istio.io/rev", ""), ",".join(used)])
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print(" ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _set(cluster: Cluster, hooks: list[Object], asked: Namespace, name: str) -> int:
    own = next(
        (hook for hook in hooks if (hook["metadata"].get("labels") or {}).get("istio.io/rev") == asked.revision
         and TAG not in hook["metadata"]["labels"]), None,
    )  # fmt: skip
    if own is None:
        raise Failed(
            f'cannot create tag for revision "{asked.revision}": it has no MutatingWebhookConfiguration'
        )
    made = copy.deepcopy(own)
    labels = {**made["metadata"]["labels"], TAG: asked.name, "istio.io/rev": asked.revision}
    made["metadata"] = {"name": name, "labels": labels}
    for hook in made["webhooks"]:
        for selector in (hook.get("namespaceSelector"), hook.get("objectSelector")):
            for each in (selector or {}).get("matchExpressions") or ():
                if each["key"] == "istio.io/rev" and each.get("values") == [asked.revision]:
                    each["values"] = [asked.name]
    done = cluster.run("apply", "-f", "-", stdin=json.dumps(made))
    if done.returncode != 0:
        raise Failed(words(done.stderr))
    print(
        f'Revision tag "{asked.name}" created, referencing control plane revision "{asked.revision}". '
        f"To enable injection using this\nrevision tag, use 'kubectl label namespace <NAMESPACE> istio.io/rev={asked.name}'"
    )
    return 0
