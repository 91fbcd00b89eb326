"""PersistentVolumeClaims that are not bound, and why. The words are those of the persistent volume controller."""

from __future__ import annotations

from collections.abc import Iterator

from checks.base import CannotRead, Finding, Object, World
from checks.diagnosis.ages import settled
from checks.diagnosis.evidence import ref, warnings_about
from checks.object_fields import at, mappings_at, name_of, text_at
from checks.patterns import quotation
from checks.phrase import phrase

DEFAULT = "storageclass.kubernetes.io/is-default-class"


async def claim_not_bound(world: World, pod: Object) -> Finding | None:
    """A claim of the pod that does not exist or will never be bound."""
    namespace = text_at(pod, "metadata", "namespace")
    for name in _claims(pod):
        try:
            claim = await world.cluster.get("v1", "PersistentVolumeClaim", name, namespace)
        except CannotRead:
            return None
        if claim is None:
            finding = _absent(pod, name) if settled(world, pod) else None
        else:
            finding = await not_bound(world, claim)
        if finding:
            return finding
    return None


def _claims(pod: Object) -> Iterator[str]:
    for volume in mappings_at(pod, "spec", "volumes"):
        if name := text_at(volume, "persistentVolumeClaim", "claimName"):
            yield name


def _absent(pod: Object, name: str) -> Finding:
    namespace = text_at(pod, "metadata", "namespace")
    index = next(
        number
        for number, volume in enumerate(mappings_at(pod, "spec", "volumes"))
        if text_at(volume, "persistentVolumeClaim", "claimName") == name
    )
    return Finding(
        "claim-missing",
        phrase("The pod's PersistentVolumeClaim does not exist: {claim}", claim=name),
        phrase(
            "Create it, or correct claimName. To list what exists: {command}",
            command=f"kubectl get pvc -n {namespace}",
        ),
        ref(pod),
        name,
        f"spec.volumes[{index}].persistentVolumeClaim.claimName",
    )


async def not_bound(world: World, claim: Object) -> Finding | None:
    """Why the claim is not bound; None if it is bound or being bound."""
    if text_at(claim, "status", "phase") != "Pending":
        return None
    classes = await _classes(world)
    wanted = at(claim, "spec", "storageClassName")
    unknown = (
        classes is not None and isinstance(wanted, str) and wanted and wanted not in map(name_of, classes)
    )
    if unknown and not await _volumes_of(
        world, wanted
    ):  # # a class that exists by name only is enough for volumes created by hand
        return Finding(
            "storage-class-missing",
            phrase("The claim requests a StorageClass that the cluster does not have: {name}", name=wanted),
            phrase(
                "Choose an existing one, or remove storageClassName: {command}",
                command="kubectl get storageclass",
            ),
            ref(claim),
            wanted,
            "spec.storageClassName",
        )
    message = await warnings_about(world, claim, "ProvisioningFailed", "FailedBinding")
    if message:
        return Finding(
            "claim-not-provisioned",
            phrase("No volume can be created for the claim"),
            phrase("Fix what the message names. To see the claim: {command}", command=_describe(claim)),
            ref(claim),
            quotation(message[0]),
            source="event ProvisioningFailed",
        )
    if classes == [] and not wanted and not text_at(claim, "spec", "volumeName"):
        return Finding(
            "no-storage-class",
            phrase("The cluster has no StorageClass, so no volume is created for the claim"),
            phrase(
                "Install a storage provider, or create a PersistentVolume by hand: {command}",
                command=_describe(claim),
            ),
            ref(claim),
            "Pending",
            "status.phase",
        )
    return None


async def _classes(world: World) -> list[Object] | None:
    """The StorageClasses, None if they can't be read."""
    try:
        return list(await world.cluster.list("storage.k8s.io/v1", "StorageClass"))
    except CannotRead:
        return None


async def _volumes_of(world: World, name: str) -> bool:
    """Whether a PersistentVolume has this class; also where that can't be read."""
    try:
        volumes = await world.cluster.list("v1", "PersistentVolume")
    except CannotRead:
        return True
    return any(text_at(volume, "spec", "storageClassName") == name for volume in volumes)


def _describe(claim: Object) -> str:
    return f"kubectl describe pvc {name_of(claim)} -n {text_at(claim, 'metadata', 'namespace')}"
