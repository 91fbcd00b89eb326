"""Removes each object that the lab created: which check notices?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from checks.base import CannotRead, Check, LooksAt, Outcome, World
from runner.authoring.prove.frozen import FrozenWorld, instead, without
from runner.authoring.prove.proof import CheckProof, Fault, Proof
from runner.session.judge import Judge
from runner.words import phrase
from runner.world.everything import Everything, Key
from runner.world.web_requests import Web

OF_THE_CLUSTER = (LooksAt.CLUSTER, LooksAt.WEB)
"""The kinds of checks that can be tested this way."""
FEW = 8
"""Objects that are named in one sentence."""


async def mutate(proof: Proof, judge: Judge, earlier: Mapping[Key, Everything], now: Everything) -> None:
    """Records in each check which missing objects it would notice. `earlier`: for each object that a step changed,
    the cluster before it."""
    web = Web(judge.cluster)
    checks = [each for each in _looking(proof) if await _passes(each.check, judge.world.look())]
    for each in checks:
        each.notices = ()
    for key, state in _mutants(proof, earlier, now):
        proof.asked.add(key)
        world = FrozenWorld(state, judge.world.look(), web)
        for each in checks:
            if not await _passes(each.check, world):
                each.notices = (*(each.notices or ()), key)


def faults(proof: Proof) -> Iterator[Fault]:
    """Checks that notice no missing object, and objects that no check notices."""
    for each in _looking(proof):
        early = each.at_start is not None and each.at_start.passed  # reported already
        blind = (
            each.notices == ()
            and not each.check.given
            and not early
            and not _found_effect(each, each.at_start)
        )
        if blind and _anything_made(proof):
            yield Fault(
                "notices-nothing",
                each.path,
                phrase("this check still passes, whichever of the objects that the lab created is removed"),
                phrase("let it check an object that the step creates or changes"),
            )
    for step in proof.steps:
        unseen = [key for key in (*step.made, *step.changed) if key in proof.asked and not proof.notice(key)]
        if unseen and step.passes and not any(_found_effect(each, each.before) for each in step.checks):
            yield Fault(
                "unnoticed",
                (*step.path, "checks") if step.checks else step.path,
                phrase(
                    "no check would fail if this were missing or different: {objects}",
                    objects=named(unseen),
                ),
                grave=False,
            )


def _found_effect(each: CheckProof, before: Outcome | None) -> bool:
    """Whether the work since `before` made the difference to a check that finds effects: requests that were not answered
    so, a line that no log had. Which object did it, nobody can tell without taking it away."""
    after = each.after
    turned = before is not None and not before.verdict.passes and after is not None and after.verdict.passes
    return each.check.finds_effects and turned


def named(keys: Sequence[Key]) -> tuple[str, ...]:
    """The objects as text; if there are many, the number of each kind."""
    if len(keys) <= FEW:
        return tuple(str(key) for key in keys)
    return tuple(f"{kind} ({number})" for kind, number in Counter(key.kind for key in keys).items())


def _anything_made(proof: Proof) -> bool:
    return any(step.made or step.changed for step in proof.steps)


def _looking(proof: Proof) -> Iterator[CheckProof]:
    for step in proof.steps:
        yield from (each for each in step.checks if step.passes and each.check.looks_at in OF_THE_CLUSTER)


def _mutants(
    proof: Proof, earlier: Mapping[Key, Everything], now: Everything
) -> Iterator[tuple[Key, Everything]]:
    seen = set()
    for step in proof.steps:
        for key in step.made:
            if key in now.objects and key not in seen:
                seen.add(key)
                yield key, without(now, key)
        for key in step.changed:
            before = earlier[key].objects.get(key)
            if key in now.objects and before is not None and key not in seen:
                seen.add(key)
                yield key, instead(now, key, before)


async def _passes(check: Check, world: World) -> bool:
    try:
        return (await check.evaluate(world)).verdict.passes
    except CannotRead:
        return False
