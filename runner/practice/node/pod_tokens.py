"""The tokens of ServiceAccounts in a pod's volumes: each is renewed when most of its time is over."""

from __future__ import annotations

import time

from runner.practice.authentication.account_tokens import ISSUER, AccountTokens
from runner.practice.machinery.store import Key, Object, Store

SECONDS = 3600
RENEWED_AFTER = 0.8
"""Of its time (kubernetes: pkg/kubelet/token)."""


class PodTokens:
    """Those of one pod."""

    def __init__(self, store: Store, tokens: AccountTokens) -> None:
        self._store, self._tokens = store, tokens
        self._made: dict[tuple[str, int], tuple[str, float]] = {}
        """(token, when it is to be renewed) by audience and duration."""

    def token(self, pod: Object, source: Object) -> str:
        """That of a serviceAccountToken source; "" where the account is gone."""
        audience, seconds = source.get("audience") or ISSUER, int(source.get("expirationSeconds") or SECONDS)
        token, renewed = self._made.get((audience, seconds), ("", 0.0))
        if time.time() < renewed:
            return token
        name = pod["spec"].get("serviceAccountName") or "default"
        account = self._store.get(Key("serviceaccounts", pod["metadata"]["namespace"], name))
        if account is None:
            return token
        token = self._tokens.issue(account, [audience], seconds, {**pod, "kind": "Pod"})
        self._made[audience, seconds] = (token, time.time() + RENEWED_AFTER * seconds)
        return token

    @property
    def renewal(self) -> float | None:
        """When the first of them is to be renewed, in seconds since 1970."""
        return min((renewed for _, renewed in self._made.values()), default=None)
