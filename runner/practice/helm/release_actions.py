"""Install, upgrade, roll back and uninstall."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from runner.practice.helm.chart import Chart, ReleaseName
from runner.practice.helm.chart_values import merged_values
from runner.practice.helm.cluster_access import Cluster
from runner.practice.helm.helm_error import HelmError
from runner.practice.helm.release import Release, Releases, metadata_of, time_now

Object = Mapping[str, Any]
KEEP = "helm.sh/resource-policy"
"""With the value keep it leaves an object when its release goes."""


@dataclass(frozen=True, slots=True)
class Options:
    """How an action is done. `seconds`: how long to wait with `wait`."""

    create_namespace: bool = False
    wait: bool = False
    seconds: float = 300.0


def manifest_of(objects: Sequence[Object], chart: str) -> str:
    """As YAML documents, each with its source, as helm prints them."""
    documents = [
        f"---\n# Source: {chart}/templates/{each['kind'].lower()}.yaml\n{yaml.safe_dump(dict(each), sort_keys=False)}"
        for each in objects
    ]
    return "".join(documents)


def planned(name: str, namespace: str, chart: Chart, config: Mapping[str, Any]) -> Release:
    """The release that these values make, before anything is applied. Raises HelmError."""
    release = ReleaseName(name, namespace)
    values = merged_values(chart.values, config)
    try:
        objects, notes = chart.objects(release, values), chart.notes(release, values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise HelmError(
            f"the values do not fit the chart {chart.name}: {error}. Its own: helm show values"
        ) from None
    now = time_now()
    return Release(
        name, namespace, 1, "deployed", metadata_of(chart), chart.values, config,
        manifest_of(objects, chart.name), notes, now, now, "Install complete",
    )  # fmt: skip


def install(cluster: Cluster, release: Release, options: Options) -> Release:
    """Raises HelmError."""
    releases = Releases(cluster)
    earlier = releases.all(release.namespace, release.name)
    if earlier and earlier[-1].status != "uninstalled":
        raise HelmError("cannot re-use a name that is still in use")
    if not cluster.exists("namespace", release.namespace):
        if not options.create_namespace:
            raise HelmError(f'create: failed to create: namespaces "{release.namespace}" not found')
        cluster.run("create", "namespace", release.namespace)
    _refuse_others(cluster, release)
    return _made(cluster, release, options)


def upgrade(cluster: Cluster, before: Release, release: Release, options: Options) -> Release:
    """Raises HelmError."""
    release = replace(release, revision=before.revision + 1, first=before.first)
    if release.description == "Install complete":
        release = replace(release, description="Upgrade complete")
    done = _made(cluster, release, options)
    kept = {_identity(each) for each in objects_of(done)}
    _remove(cluster, [each for each in objects_of(before) if _identity(each) not in kept])
    Releases(cluster).change_status(before, "superseded")
    return done


def roll_back(cluster: Cluster, name: str, namespace: str, revision: int, options: Options) -> Release:
    """To a revision, 0: the one before the last. Raises HelmError."""
    known = Releases(cluster).all(namespace, name)
    if not known:
        raise HelmError("release: not found")
    number = revision or known[-1].revision - 1
    wanted = next((each for each in known if each.revision == number), None)
    if wanted is None:
        raise HelmError("release has no {} version".format(number if revision else "previous"))
    again = replace(wanted, status="deployed", description=f"Rollback to {number}", changed=time_now())
    return upgrade(cluster, known[-1], again, options)


def uninstall(cluster: Cluster, name: str, namespace: str, *, keep_history: bool) -> Release:
    """Raises HelmError."""
    releases = Releases(cluster)
    known = releases.all(namespace, name)
    if not known:
        raise HelmError(f"uninstall: Release not loaded: {name}: release: not found")
    last = known[-1]
    _remove(cluster, list(reversed(objects_of(last))))
    if keep_history:
        releases.change_status(last, "uninstalled", "Uninstallation complete")
    else:
        releases.forget(known)
    return last


def objects_of(release: Release) -> list[Object]:
    return [each for each in yaml.safe_load_all(release.manifest) if isinstance(each, dict)]


def _made(cluster: Cluster, release: Release, options: Options) -> Release:
    releases = Releases(cluster)
    status = "pending-install" if release.revision == 1 else "pending-upgrade"
    releases.keep(replace(release, status=status, description="Preparing"))
    began = time.monotonic()
    try:
        cluster.apply(_marked(release))
        if options.wait:
            _wait(cluster, release, began + options.seconds)
    except HelmError as error:
        releases.keep(
            replace(release, status="failed", description=f"Release {release.name!r} failed: {error}")
        )
        raise
    releases.keep(release)
    return release


def _marked(release: Release) -> list[Object]:
    """The objects, each with whose it is (helm.sh, annotations meta.helm.sh/…)."""
    owner = {"meta.helm.sh/release-name": release.name, "meta.helm.sh/release-namespace": release.namespace}
    return [
        {
            **each,
            "metadata": {
                **each["metadata"],
                "annotations": {**each["metadata"].get("annotations", {}), **owner},
            },
        }
        for each in objects_of(release)
    ]


def _refuse_others(cluster: Cluster, release: Release) -> None:
    """Objects of these names that are there already belong to somebody else."""
    for name in cluster.existing(objects_of(release))[:1]:
        raise HelmError(
            f"Unable to continue with install: {name} exists and cannot be imported into the current release: "
            "invalid ownership metadata"
        )


def _wait(cluster: Cluster, release: Release, until: float) -> None:
    for each in objects_of(release):
        if each["kind"] in ("Deployment", "DaemonSet", "StatefulSet"):
            left = max(1.0, until - time.monotonic())
            name = f"{each['kind'].lower()}/{each['metadata']['name']}"
            cluster.run(
                "rollout",
                "status",
                name,
                "-n",
                each["metadata"]["namespace"],
                f"--timeout={left:.0f}s",
                seconds=left + 10,
            )


def _remove(cluster: Cluster, objects: Sequence[Object]) -> None:
    cluster.delete([each for each in objects if each["metadata"].get("annotations", {}).get(KEEP) != "keep"])


def _identity(obj: Object) -> tuple[str, str, str]:
    group = obj["apiVersion"].rpartition("/")[0].partition("/")[0]
    kind = f"{obj['kind'].lower()}.{group}" if group else obj["kind"].lower()
    return kind, obj["metadata"]["name"], obj["metadata"].get("namespace", "")
