"""ServiceAccount: every pod has an account and, unless turned off, its token."""

from __future__ import annotations

from typing import Any

from runner.practice.admission.admission_chain import Plugin, enter
from runner.practice.machinery.admission_request import Request
from runner.practice.machinery.generated_names import suffix
from runner.practice.machinery.store import Key

Object = dict[str, Any]

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path, not a password
BOUND_SINCE, ROOT_CA_SINCE = 21, 20
"""Minors: of tokens bound to pods, and of the ConfigMap with the cluster's certificate in every namespace."""
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
            _mount_token(spec, _token_secret(found, request.minor), request.minor)
        request.object = {**request.object, "spec": spec}


def _token_secret(account: Object, minor: int) -> str:
    """The Secret with the account's own token, which pods mounted before tokens were bound to them; "" where none is."""
    if minor >= BOUND_SINCE:
        return ""
    beginning = f"{account['metadata']['name']}-token-"
    return next(
        (str(each["name"]) for each in account.get("secrets") or () if each["name"].startswith(beginning)), ""
    )


def _mount_token(spec: Object, secret: str, minor: int) -> None:
    """From that Secret, or a token of the pod's own."""
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    wanting = [
        c for c in containers if not any(m["mountPath"] == TOKEN_PATH for m in c.get("volumeMounts") or ())
    ]
    if not wanting:
        return
    volumes = [each["name"] for each in spec.get("volumes") or ()]
    kept = next((each for each in volumes if each == secret or each.startswith("kube-api-access-")), "")
    name = kept or secret or f"kube-api-access-{suffix()}"
    mount = {"mountPath": TOKEN_PATH, "name": name, "readOnly": True}
    for kind in ("initContainers", "containers"):
        if spec.get(kind):
            spec[kind] = [
                {**c, "volumeMounts": [*(c.get("volumeMounts") or ()), mount]} if c in wanting else c
                for c in spec[kind]
            ]
    if kept:  # of containers that a webhook has added
        return
    if secret:
        volume: Object = {"name": name, "secret": {"defaultMode": 420, "secretName": secret}}
        spec["volumes"] = [*(spec.get("volumes") or ()), volume]
        return
    certificate = {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
        *([{"configMap": certificate}] if minor >= ROOT_CA_SINCE else []),
        {"downwardAPI": {"items": [{"fieldRef": field, "path": "namespace"}]}},
    ]
    volume = {"name": name, "projected": {"defaultMode": 420, "sources": sources}}
    spec["volumes"] = [*(spec.get("volumes") or ()), volume]
