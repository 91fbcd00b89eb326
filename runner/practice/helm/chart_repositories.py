"""The repositories that were added, and the charts that the stand-in has of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import yaml

from runner.practice.helm.chart import Chart
from runner.practice.helm.charts.ingress_nginx_chart import CHART as INGRESS_NGINX
from runner.practice.helm.charts.metrics_server_chart import CHART as METRICS_SERVER
from runner.practice.helm.charts.nginx_chart import CHART as NGINX
from runner.practice.helm.helm_error import HelmError

CHARTS = (INGRESS_NGINX, METRICS_SERVER, NGINX)


def repositories_file(environment: Mapping[str, str] | None = None) -> Path:
    """Not helm's own file: the learner's real repositories stay as they are."""
    known = os.environ if environment is None else environment
    home = known.get("LABGATE_WORKSPACE") or known.get("HOME") or "."
    return Path(home, ".helm-stand-in", "repositories.yaml")


def repositories() -> dict[str, str]:
    """Addresses by name."""
    try:
        found = yaml.safe_load(repositories_file().read_text(encoding="utf-8"))
        return {str(each["name"]): str(each["url"]) for each in found["repositories"]}
    except (OSError, yaml.YAMLError, TypeError, KeyError, UnicodeDecodeError):
        return {}


def keep(known: Mapping[str, str]) -> None:
    path = repositories_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = [{"name": name, "url": url} for name, url in known.items()]
    path.write_text(yaml.safe_dump({"apiVersion": "", "repositories": listed}), encoding="utf-8")


def charts_at(address: str) -> list[Chart]:
    return [each for each in CHARTS if each.repository.rstrip("/") == address.rstrip("/")]


def find_chart(reference: str, address: str, version: str) -> Chart:
    """The chart `repository/name`, or `name` of the repository at `address`. Raises HelmError."""
    if (
        reference.startswith(("./", "../", "/", "oci://", "http://", "https://"))
        or Path(reference, "Chart.yaml").exists()
    ):
        raise HelmError(
            f"{reference}: the stand-in for helm on the practice cluster has charts of its own only "
            f"({', '.join(sorted(each.name for each in CHARTS))}). For other charts install helm: it works with this cluster."
        )
    repository, slash, name = reference.partition("/")
    if address:
        repository, name = address, reference
    elif not slash:
        raise HelmError(f"non-absolute URLs should be in form of repo_name/path_to_chart, got: {reference}")
    elif repository not in repositories():
        raise HelmError(f"repo {repository} not found")
    else:
        address = repositories()[repository]
    chart = next((each for each in charts_at(address) if each.name == name), None)
    if chart is None:
        raise HelmError(f'chart "{name}" not found in {address} repository')
    if version and version.lstrip("v") != chart.version:
        raise HelmError(
            f'chart "{name}" version "{version}" not found in {address} repository: the stand-in has {chart.version}'
        )
    return chart
