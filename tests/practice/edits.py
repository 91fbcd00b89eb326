"""Changes straight in a store, past all that a write goes through: for what a test needs, not for what anybody could write."""

from __future__ import annotations

import copy
from collections.abc import Callable

from runner.practice.machinery.store import Key, Object, Store


def edit(
    store: Store, key: Key, change: Callable[[Object], Object | None], *, status: bool = False
) -> Object | None:
    """`change` gets a copy; None leaves the object alone. Gives the object as stored, None where it does not exist."""
    old = store.get(key)
    new = change(copy.deepcopy(old)) if old is not None else None
    return store.update(key.resource, new, status=status) if new is not None else old
