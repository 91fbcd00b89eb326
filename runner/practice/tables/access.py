"""Tables of who may do what: role bindings, certificate requests."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.tables.cells import NONE
from runner.practice.machinery.tables.columns import Object, Printer, View, printer


def binding(obj: Object, view: View) -> list[Any]:
    role, subjects = obj.get("roleRef") or {}, obj.get("subjects") or ()
    by_kind: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in subjects:
        name = subject.get("name", "")
        if subject.get("kind") == "ServiceAccount":
            name = f"{subject.get('namespace', '')}/{name}"
        by_kind.setdefault(subject.get("kind", ""), []).append(name)
    who = [", ".join(by_kind[kind]) for kind in ("User", "Group", "ServiceAccount")]
    return [obj["metadata"]["name"], f"{role.get('kind', '')}/{role.get('name', '')}", view.age(obj), *who]


def certificate_request(obj: Object, view: View) -> list[Any]:
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


_BINDING = printer(binding, "Name", "Role", "Age", wide=("Users", "Groups", "ServiceAccounts"))

PRINTERS: dict[str, Printer] = {
    "rolebindings.rbac.authorization.k8s.io": _BINDING,
    "clusterrolebindings.rbac.authorization.k8s.io": _BINDING,
    "certificatesigningrequests.certificates.k8s.io": printer(
        certificate_request, "Name", "Age", "SignerName", "Requestor", "RequestedDuration@22", "Condition"
    ),
}
