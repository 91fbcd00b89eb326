"""How the lists of a pod merge, and those of a pod template."""

from __future__ import annotations

from runner.practice.machinery.patch.list_types import BY_NAME, METADATA_LISTS, ListRule, Path, keyed

_CONTAINER: dict[Path, ListRule] = {
    ("env",): BY_NAME,
    ("ports",): keyed("containerPort", "protocol", protocol="TCP"),
    ("volumeMounts",): keyed("mountPath"),
    ("volumeDevices",): keyed("devicePath"),
    ("resources", "claims"): ListRule(keys=("name",)),
}


POD_LISTS: dict[Path, ListRule] = {
    ("spec", "volumes"): BY_NAME,
    ("spec", "imagePullSecrets"): keyed("name", name=""),
    ("spec", "hostAliases"): keyed("ip"),
    ("spec", "topologySpreadConstraints"): keyed("topologyKey", "whenUnsatisfiable"),
    ("spec", "resourceClaims"): BY_NAME,
    ("spec", "schedulingGates"): BY_NAME,
    ("status", "podIPs"): keyed("ip"),
    **{("spec", kind): BY_NAME for kind in ("containers", "initContainers", "ephemeralContainers")},
    **{
        ("spec", kind, *path): rule
        for kind in ("containers", "initContainers", "ephemeralContainers")
        for path, rule in _CONTAINER.items()
    },
}


def template_lists(*at: str) -> dict[Path, ListRule]:
    """The lists of a pod template that is at a place of its own: ("spec", "template")."""
    return {(*at, *path): rule for path, rule in {**METADATA_LISTS, **POD_LISTS}.items()}
