"""ServiceAccount: every pod has an account and, unless turned off, its token."""

from __future__ import annotations

from typing import Any

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.generated_names import suffix
from runner.practice.machinery.store import Key

Object = dict[str, Any]

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path, not a password
TOKEN_SECONDS = 3607


@enter
class ServiceAccounts(Plugin):
    """Gives a new pod the account `default`, the account's pull secrets, and its token."""

    name = "ServiceAccount"
    resources = frozenset({"pods"})

    def admit(self, request: Request) -> None:
        if request.operation != "CREATE":
            return
        spec = dict(request.object.get("spec") or {})
        account = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
        found = request.store.get(Key("serviceaccounts", request.namespace, account))
        if found is None:
            raise request.forbidden(
                f"error looking up service account {request.namespace}/{account}:"
                f' serviceaccount "{account}" not found'
            )
        spec["serviceAccountName"] = spec["serviceAccount"] = account
        if not spec.get("imagePullSecrets") and found.get("imagePullSecrets"):
            spec["imagePullSecrets"] = found["imagePullSecrets"]
        if spec.get("automountServiceAccountToken", found.get("automountServiceAccountToken", True)):
            _mount_token(spec)
        request.object = {**request.object, "spec": spec}


def _mount_token(spec: Object) -> None:
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    wanting = [
        c for c in containers if not any(m["mountPath"] == TOKEN_PATH for m in c.get("volumeMounts") or ())
    ]
    if not wanting:
        return
    name = f"kube-api-access-{suffix()}"
    mount = {"mountPath": TOKEN_PATH, "name": name, "readOnly": True}
    for kind in ("initContainers", "containers"):
        if spec.get(kind):
            spec[kind] = [
                {**c, "volumeMounts": [*(c.get("volumeMounts") or ()), mount]} if c in wanting else c
                for c in spec[kind]
            ]
    certificate = {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
        {"configMap": certificate},
        {"downwardAPI": {"items": [{"fieldRef": field, "path": "namespace"}]}},
    ]
    volume = {"name": name, "projected": {"defaultMode": 420, "sources": sources}}
    spec["volumes"] = [*(spec.get("volumes") or ()), volume]
