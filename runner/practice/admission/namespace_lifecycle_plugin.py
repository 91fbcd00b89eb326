"""NamespaceLifecycle: refuses new objects in a missing or terminating namespace; some namespaces can't be deleted."""

from __future__ import annotations

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.errors import Cause, forbidden, not_found
from runner.practice.machinery.store import Key

NAMESPACES = "namespaces"
IMMORTAL = ("default", "kube-system", "kube-public")


@enter
class NamespaceLifecycle(Plugin):
    name = "NamespaceLifecycle"

    def admit(self, request: Request) -> None:
        namespace = request.namespace
        if request.operation != "CREATE" or not namespace or request.resource == NAMESPACES:
            return
        found = request.store.get(Key(NAMESPACES, "", namespace))
        if found is None:
            raise not_found(NAMESPACES, namespace)
        if "deletionTimestamp" in found["metadata"]:
            why = f"unable to create new content in namespace {namespace} because it is being terminated"
            message = f"namespace {namespace} is being terminated"
            cause = Cause("metadata.namespace", message, "NamespaceTerminating")
            raise forbidden(request.kind.key, request.meta["name"], why, [cause])

    def check(self, request: Request) -> None:
        immortal = request.resource == NAMESPACES and request.name in IMMORTAL
        if request.operation == "DELETE" and immortal:
            raise forbidden(NAMESPACES, request.name, "this namespace may not be deleted")
