"""Which Istio is installed: version, profile, and what `--set` and files change of it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

Json = dict[str, Any]

FIRST, CURRENT = "1.11.3", "1.30.3"
VERSIONS = (FIRST, CURRENT)
"""The releases that there are stand-ins of."""

HUB = "docker.io/istio"
CORE, ISTIOD, INGRESS, EGRESS = "Istio core", "Istiod", "Ingress gateways", "Egress gateways"
PROFILES: dict[str, tuple[str, ...]] = {
    "default": (CORE, ISTIOD, INGRESS),
    "demo": (CORE, ISTIOD, INGRESS, EGRESS),
    "empty": (),
    "minimal": (CORE, ISTIOD),
}
LISTED = {
    11: ("default", "demo", "empty", "external", "minimal", "openshift", "preview", "remote"),
    22: ("ambient", "default", "demo", "empty", "minimal", "openshift", "openshift-ambient", "preview", "remote", "stable"),
}  # fmt: skip
"""What `istioctl profile list` shows, since which version."""
OLDEST_KUBERNETES = {11: 17, 13: 19, 16: 20, 18: 23, 20: 24, 22: 25, 23: 27, 25: 28, 27: 29, 29: 31, 30: 32}
NEWEST_KUBERNETES = {11: 24}
"""Of 1.11: from 1.25 on there is no policy/v1beta1."""
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class BadSetting(ValueError):
    """A setting that can't be."""


@dataclass(frozen=True, slots=True)
class ReleaseSettings:
    """An installation as it is asked for. `spec` is the IstioOperator's: meshConfig, values, components, revision."""

    version: str = FIRST
    profile: str = "default"
    hub: str = HUB
    tag: str = FIRST
    spec: Json = field(default_factory=dict)

    @property
    def minor(self) -> int:
        return int(self.version.split(".")[1])

    @property
    def revision(self) -> str:
        """ "" for the one without a name."""
        own = str(self.spec.get("revision") or "")
        return "" if own == "default" else own

    @property
    def components(self) -> list[str]:
        """Those of the profile, and those that are switched on or off beside it."""
        named = {CORE: "base", ISTIOD: "pilot", INGRESS: "ingressGateways", EGRESS: "egressGateways"}
        chosen = PROFILES[self.profile]
        return [name for name, key in named.items() if self._switched(key, name in chosen)]

    def value(self, *path: str, default: Any = None) -> Any:
        found: Any = self.spec
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        return default if found is None else found

    def _switched(self, key: str, default: bool) -> bool:
        own = self.value("components", key)
        if isinstance(own, list):
            own = own[0] if own else {}
        enabled = own.get("enabled") if isinstance(own, dict) else None
        return default if enabled is None else bool(enabled)


def read_settings(version: str, given: Sequence[str], files: Sequence[str] = ()) -> ReleaseSettings:
    """Of `--set name=value` and the texts of `-f` files. Raises BadSetting."""
    spec: Json = {}
    for text in files:
        try:
            found = yaml.safe_load(text) or {}
        except yaml.YAMLError as error:
            raise BadSetting(f"could not read the file: {error}") from None
        if found.get("kind") not in (None, "IstioOperator"):
            raise BadSetting(f"unknown kind {found.get('kind')}: an IstioOperator is wanted")
        spec = _laid_over(spec, found.get("spec") or {})
    for one in given:
        key, equals, value = one.partition("=")
        if not equals or not key:
            raise BadSetting(f"bad argument for --set: {one} (wanted: name=value)")
        _set(spec, key, yaml.safe_load(value) if value else "")
    own = (spec.get("values") or {}).get("global") or {}
    profile = str(spec.get("profile") or "default")
    if profile not in PROFILES:
        raise BadSetting(f"unknown profile: {profile} (the practice stand-in has: {', '.join(PROFILES)})")
    hub, tag = spec.get("hub") or own.get("hub") or HUB, spec.get("tag") or own.get("tag") or version
    return ReleaseSettings(version, profile, str(hub), str(tag), spec)


def of_minor(table: dict[int, Any], minor: int) -> Any:
    """The entry of the newest version that is not newer than `minor`; None where there is none."""
    return next((table[since] for since in sorted(table, reverse=True) if since <= minor), None)


def _laid_over(under: Json, over: Json) -> Json:
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = (
            _laid_over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
        )
    return result


def _set(spec: Json, path: str, value: Any) -> None:
    r"""Put a value at a.b[0].c; `\.` is a dot in a name."""
    steps: list[str | int] = []
    for name, index in _PART.findall(path.replace("\\.", "\0")):
        steps.append(int(index) if index else name.replace("\0", "."))
    at: Any = spec
    for step, after in itertools.pairwise(steps):
        empty: Any = [] if isinstance(after, int) else {}
        if isinstance(step, int):
            at.extend({} for _ in range(step + 1 - len(at)))
            at = at[step]
        else:
            if not isinstance(at.get(step), dict | list):
                at[step] = empty
            at = at[step]
    if isinstance(at, list) and isinstance(steps[-1], int):
        at.extend(None for _ in range(steps[-1] + 1 - len(at)))
        at[steps[-1]] = value
    else:
        at[steps[-1]] = value
