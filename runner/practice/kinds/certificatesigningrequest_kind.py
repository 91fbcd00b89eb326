"""CertificateSigningRequest: asks a signer for a certificate."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.rbac_rules import any_name
from runner.practice.machinery.kind import STATUS, Conversion, Kind, SelectableField, Subresource, Version
from runner.practice.machinery.tables.cells import NONE
from runner.practice.machinery.tables.columns import Object, View, printer


def v1beta1_to_storage(obj: Object) -> Object:
    spec = obj.get("spec")
    if spec is not None:
        spec.setdefault("usages", ["digital signature", "key encipherment"])
    return obj


def cells(obj: Object, view: View) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    types = {condition.get("type") for condition in status.get("conditions") or ()}
    words = [word for word in ("Denied", "Approved", "Failed") if word in types] or ["Pending"]
    if status.get("certificate"):
        words.append("Issued")
    seconds = spec.get("expirationSeconds")
    return [
        obj["metadata"]["name"],
        view.age(obj),
        spec.get("signerName") or NONE,
        spec.get("username", ""),
        NONE if seconds is None else f"{seconds}s",
        ",".join(words),
    ]


CERTIFICATE_SIGNING_REQUEST = Kind(
    group="certificates.k8s.io",
    name="CertificateSigningRequest",
    plural="certificatesigningrequests",
    versions=(Version("v1"), Version("v1beta1", until=21)),
    short_names=("csr",),
    namespaced=False,
    subresources=(Subresource("approval", writes_status=True), STATUS),
    keeps_spec=True,
    conversions={"v1beta1": Conversion(v1beta1_to_storage)},
    optional_in={"v1beta1": (("spec", "signerName"), ("status", "conditions", "status"))},
    printer=printer(cells, "Name", "Age", "SignerName", "Requestor", "RequestedDuration@22", "Condition"),
    selectable_fields=(SelectableField("spec.signerName"),),
    initial_status=lambda obj: {},
    name_rule=any_name,
)
