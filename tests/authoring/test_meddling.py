"""Who changed an object while a check looked: somebody's command, or a controller."""

from __future__ import annotations

from typing import Any

import pytest

from runner.authoring.prove.meddling import Meddling
from runner.world.everything import Everything, Key

KEY = Key("ConfigMap", "shop", "a")


def state(**objects: dict[str, Any]) -> Everything:
    found = {Key("ConfigMap", "shop", name): obj for name, obj in objects.items()}
    return Everything(found, {("", "ConfigMap")})


def config(value: str, *managers: str) -> dict[str, Any]:
    fields = [{"manager": each, "operation": "Update"} for each in managers]
    return {"metadata": {"name": "a", "namespace": "shop", "managedFields": fields}, "data": {"a": value}}


class Then(Meddling):
    """Reads what it is given."""

    def __init__(self, now: Everything) -> None:
        self._now = now

    async def state(self) -> Everything:
        return self._now


@pytest.mark.parametrize(
    ("manager", "reported"),
    [
        ("kubectl-client-side-apply", True),
        ("kubectl", True),
        ("helm", True),
        ("python-requests", True),
        ("kube-controller-manager", False),
        ("helm-controller", False),
        ("pilot-discovery", False),
        ("curler-operator", False),
    ],
)
async def test_a_controller_may_write_meanwhile(manager, reported):
    made = await Then(state(a=config("1", manager))).touched(state())
    assert made == ((KEY,) if reported else ())
    changed = await Then(state(a=config("2", "kubectl-create", manager))).touched(
        state(a=config("1", "kubectl-create"))
    )
    assert changed == ((KEY,) if reported else ())


async def test_what_is_gone_was_deleted_and_what_is_the_same_was_left_alone():
    same = state(a=config("1", "kubectl-create"))
    assert await Then(same).touched(state(a=config("1", "kubectl-create"))) == ()
    assert await Then(state()).touched(same) == (KEY,)


async def test_an_object_with_nothing_in_it_has_no_managers():
    empty = {"metadata": {"name": "a", "namespace": "shop"}}
    assert await Then(state(a=empty)).touched(state()) == (KEY,)
