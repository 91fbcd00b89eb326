"""The Secrets that hold a ServiceAccount's token for good: one for each account until Kubernetes 1.24, and those asked for."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from runner.practice.authentication.account_tokens import ACCOUNT, ACCOUNT_UID, SECRET_TYPE, AccountTokens
from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.object_helpers import going, name_of, uid_of
from runner.practice.machinery.generated_names import generated
from runner.practice.machinery.store import Change, Key, Object, key_of

RESOURCE = "serviceaccounts"
GONE_SINCE = 24


@enter
class Tokens(Controller):
    """Fills such Secrets, makes each account's own where that is usual, and takes them away with the account."""

    watches = frozenset({RESOURCE, "secrets"})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == RESOURCE:
            return [change.key]
        account = _account_of(change.object)
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
        valid = [secret for secret in mine if not going(secret) and self._fill(secret, account)]
        if self.cluster.minor < GONE_SINCE:
            self._provide(key, account, valid)

    def _fill(self, secret: Object, account: Object) -> bool:
        """Whether the Secret is this very account's; one of an account of that name before goes away."""
        meta = secret["metadata"]
        annotations = meta.get("annotations") or {}
        if annotations.get(ACCOUNT_UID, uid_of(account)) != uid_of(account):
            self.store.delete(key_of("secrets", secret))
            return False
        missing = {name: value for name, value in self._data(secret, account).items() if value}
        data = {**(secret.get("data") or {}), **missing}
        if missing or ACCOUNT_UID not in annotations:
            meta = {**meta, "annotations": {**annotations, ACCOUNT_UID: uid_of(account)}}
            self.cluster.change(
                key_of("secrets", secret), lambda obj: {**obj, "metadata": meta, "data": data}
            )
        return True

    def _data(self, secret: Object, account: Object) -> dict[str, str]:
        """What the Secret should hold and does not, base64."""
        authority, held = self.cluster.settings.authority, secret.get("data") or {}
        found: dict[str, str] = {}
        if authority is not None and not held.get("token"):
            tokens = AccountTokens(self.store, authority, self.cluster.minor)
            found["token"] = tokens.of_secret(account, name_of(secret))
        if not held.get("ca.crt"):
            found["ca.crt"] = self.cluster.settings.ca_certificate
        if not held.get("namespace"):
            found["namespace"] = account["metadata"]["namespace"]
        return {name: base64.b64encode(value.encode()).decode() for name, value in found.items()}

    def _provide(self, key: Key, account: Object, valid: list[Object]) -> None:
        """A Secret of its own for an account that refers to none, and no reference to one that is gone."""
        home = self.store.get(Key("namespaces", "", key.namespace))
        if home is None or going(home):
            return
        names = [name_of(secret) for secret in valid]
        given = account.get("secrets") or []
        kept = [
            one for one in given if one["name"] in names or not one["name"].startswith(f"{key.name}-token-")
        ]
        if not any(one["name"] in names for one in kept):
            made = self.cluster.create("secrets", self._secret(account))
            self._fill(made, account)
            kept = [*kept, {"name": name_of(made)}]
        if kept != given:
            self.cluster.change(key, lambda obj: {**obj, "secrets": kept})

    def _secret(self, account: Object) -> Object:
        meta = {
            "name": generated(f"{name_of(account)}-token-"),
            "namespace": account["metadata"]["namespace"],
            "annotations": {ACCOUNT: name_of(account), ACCOUNT_UID: uid_of(account)},
        }
        return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": SECRET_TYPE}


def _account_of(secret: Object) -> str:
    if secret.get("type") != SECRET_TYPE:
        return ""
    return str((secret["metadata"].get("annotations") or {}).get(ACCOUNT, ""))
