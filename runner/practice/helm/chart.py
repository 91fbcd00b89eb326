"""What a chart is here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReleaseName:
    """Whose objects a chart makes."""

    name: str
    namespace: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of a repository, in one version.

    `objects` are those of a release, `notes` what is printed after its installation; both get the chart's values with
    the user's over them.
    """

    name: str
    repository: str
    """The address that `helm repo add` is given."""
    version: str
    app_version: str
    description: str
    values: Values
    objects: Callable[[ReleaseName, Values], list[Object]]
    notes: Callable[[ReleaseName, Values], str]

    def full_name(self, release: ReleaseName) -> str:
        """What a release's objects are called: its name, with the chart's behind it where it is not in it."""
        name = release.name if self.name in release.name else f"{release.name}-{self.name}"
        return name[:63].rstrip("-")


def chart_labels(chart: str, version: str, app_version: str, release: str) -> dict[str, str]:
    """The labels that charts give to what they make (helm.sh, Labels and Annotations)."""
    return {
        "app.kubernetes.io/instance": release,
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/name": chart,
        "app.kubernetes.io/version": app_version,
        "helm.sh/chart": f"{chart}-{version}",
    }
