"""The token Secret that each ServiceAccount had until Kubernetes 1.24."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable

from runner.practice.controllers.controller import Controller
from runner.practice.controllers.generated_names import generated
from runner.practice.controllers.object_helpers import going, name_of, uid_of
from runner.practice.machinery.store import Change, Key, Object, key_of

RESOURCE = "serviceaccounts"
GONE_SINCE = 24
ACCOUNT, ACCOUNT_UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"
TYPE = "kubernetes.io/service-account-token"


class Tokens(Controller):
    """Makes the Secret, and takes it away with its account."""

    watches = frozenset({RESOURCE, "secrets"})

    def keys(self, change: Change) -> Iterable[Key]:
        if self.life.minor >= GONE_SINCE:
            return ()
        if change.key.resource == RESOURCE:
            return [change.key]
        account = (change.object["metadata"].get("annotations") or {}).get(ACCOUNT)
        return [Key(RESOURCE, change.key.namespace, account)] if account else ()

    def reconcile(self, key: Key) -> None:
        account = self.store.get(key)
        mine = [
            secret for secret in self.store.list("secrets", key.namespace) if _account_of(secret) == key.name
        ]
        if account is None or going(account):
            for secret in mine:
                self.store.delete(key_of("secrets", secret))
            return
        home = self.store.get(Key("namespaces", "", key.namespace))
        if home is None or going(home):
            return
        valid = [secret for secret in mine if not going(secret)]
        if not valid:
            valid = [self.store.create("secrets", self._secret(account))]
        named = [{"name": name_of(secret)} for secret in valid]
        self.store.mutate(key, lambda obj: {**obj, "secrets": obj.get("secrets") or named})

    def _secret(self, account: Object) -> Object:
        namespace = account["metadata"]["namespace"]
        data = {
            "ca.crt": self.life.settings.ca_certificate,
            "namespace": namespace,
            "token": secrets.token_urlsafe(48),
        }
        meta = {
            "name": generated(f"{name_of(account)}-token-"),
            "namespace": namespace,
            "annotations": {ACCOUNT: name_of(account), ACCOUNT_UID: uid_of(account)},
        }
        encoded = {name: base64.b64encode(value.encode()).decode() for name, value in data.items()}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": TYPE, "data": encoded}


def _account_of(secret: Object) -> str:
    if secret.get("type") != TYPE:
        return ""
    return str((secret["metadata"].get("annotations") or {}).get(ACCOUNT, ""))
