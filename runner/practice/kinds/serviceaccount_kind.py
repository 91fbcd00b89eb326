"""ServiceAccount: an identity for what runs in pods."""

from __future__ import annotations

from typing import Any

from runner.practice.machinery.kind import Kind, Subresource
from runner.practice.machinery.patch.list_types import BY_NAME
from runner.practice.machinery.tables.columns import Object, View, printer


def cells(obj: Object, view: View) -> list[Any]:
    return [obj["metadata"]["name"], len(obj.get("secrets") or ()), view.age(obj)]


SERVICE_ACCOUNT = Kind(
    group="",
    name="ServiceAccount",
    plural="serviceaccounts",
    returns_deleted=True,
    short_names=("sa",),
    subresources=(
        Subresource(
            "token", verbs=("create",), kind="TokenRequest", group="authentication.k8s.io", version="v1"
        ),
    ),
    printer=printer(cells, "Name", "Secrets", "Age"),
    list_types={("secrets",): BY_NAME},
)
