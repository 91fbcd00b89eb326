"""From all the rules one finding; and how long something has been as it is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fake_world import NAMESPACE, FakeCluster, FakeWorkspace, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Finding, Ran
from checks.diagnosis import command_causes
from checks.diagnosis.ages import age, age_of_type, changed_at, seconds_since, settled
from checks.diagnosis.command_causes import RESTATING, from_commands
from checks.diagnosis.question import Question
from checks.diagnosis.rule import MOST, first, merged
from checks.phrase import phrase
from checks.registry import AnyCheck

ANY = TypeAdapter(AnyCheck)
KIALI = {"service": "kiali", "in": "istio-system"}
HERE = Path("/nowhere")


def question(check, *ran, objects=(NAMESPACE,), root=HERE, **error_of) -> Question:
    """`ran`: a line, or (line, exit code, output[, ended])."""
    workspace = FakeWorkspace(root)
    rows = [(each, 0, "") if isinstance(each, str) else each for each in ran]
    workspace.history = [Ran(line, code, output, root, *ended) for line, code, output, *ended in rows]
    world = FakeWorld(cluster=FakeCluster(objects, **error_of), workspace=workspace)
    return Question(world, ANY.validate_python(check), workspace.history)


# from all rules, one finding


def finding(rule="a", cause="c") -> Finding:
    return Finding(rule, phrase(cause), phrase("r"))


@pytest.mark.parametrize(
    ("told", "said", "left"),
    [
        ([], finding(), ["a"]),
        ([finding("b")], finding(), ["a"]),
        ([finding("b"), finding("a", "other words")], finding(), []),
        ([finding("b")], finding("namespace-missing"), []),
        ([], finding("namespace-missing"), ["namespace-missing"]),
        ([], None, []),
    ],
)
async def test_nothing_is_told_twice(monkeypatch, told, said, left):
    async def quiet(_question):
        return None

    async def speaks(_question):
        return said

    monkeypatch.setattr(command_causes, "COMMAND_RULES", (quiet, speaks))
    asked = question(KIALI)
    assert [each.rule for each in await from_commands(asked.world, asked.check, told)] == left
    asked.world.workspace.running = "kubectl apply -f x"
    assert await from_commands(asked.world, asked.check, told) == ()
    assert "namespace-missing" in RESTATING


async def test_the_first_rule_that_sees_something_is_told():
    async def quiet(_world, _obj):
        return None

    async def one(_world, _obj):
        return finding("one")

    async def two(_world, _obj):
        return finding("two")

    assert (await first((quiet, one, two), FakeWorld(), {})).rule == "one"
    assert await first((quiet,), FakeWorld(), {}) is None


def test_what_most_objects_show_comes_first():
    told = merged(
        [finding("a"), finding("b"), finding("c"), finding("b"), finding("d"), finding("c"), finding("b")]
    )
    assert [(each.rule, each.others) for each in told] == [("b", 2), ("c", 1), ("a", 0)]
    assert len(told) == MOST == 3
    from_one = Finding("e", phrase("c"), phrase("r"), others=4)
    assert [(each.rule, each.others) for each in merged([finding("a"), from_one, from_one])] == [
        ("e", 9),
        ("a", 0),
    ]


# ages


def stamped(created="", fields=()):
    made = make("Service", "web")
    made["metadata"] |= {"creationTimestamp": created, "managedFields": list(fields)}
    return made


def entry(time, manager="kubectl", field="f:type"):
    return {"manager": manager, "time": time, "fieldsV1": {"f:spec": {field: {}}}}


@pytest.mark.parametrize(
    ("when", "seconds"),
    [
        ("2026-01-01T11:59:50Z", 10),
        ("2026-01-01T11:59:50", 10),
        ("2026-01-01T12:59:50+01:00", 10),
        ("2026-01-01T12:00:10Z", 0),
        ("soon", 0),
        ("", 0),
    ],
)
def test_seconds_since(when, seconds):
    assert seconds_since(FakeWorld(), when) == age(FakeWorld(), stamped(when)) == seconds


@pytest.mark.parametrize(
    ("when", "is_settled"), [("2026-01-01T11:59:57Z", True), ("2026-01-01T11:59:58Z", False), ("", False)]
)
def test_what_has_been_there_for_three_seconds_is_settled(when, is_settled):
    assert settled(FakeWorld(), stamped(when)) is is_settled


def test_when_the_type_was_set():
    created = "2026-01-01T11:00:00Z"
    early, late = entry("2026-01-01T11:58:00Z"), entry("2026-01-01T11:59:00Z")
    other = entry("2026-01-01T11:59:59Z", field="f:ports")
    assert age_of_type(FakeWorld(), stamped(created, [late, early, other])) == 60
    assert age_of_type(FakeWorld(), stamped(created, [other])) == 3600


@pytest.mark.parametrize(
    ("fields", "minute"),
    [
        ([], 0),
        ([entry("2026-01-01T11:05:00Z"), entry("2026-01-01T11:03:00Z")], 5),
        ([entry("2026-01-01T11:05:00Z", "kubelet"), entry("2026-01-01T11:03:00Z")], 3),
        ([entry("2026-01-01T11:05:00Z", "kube-controller-manager")], 0),
    ],
)
def test_when_somebody_changed_it_last(fields, minute):
    assert (
        changed_at(stamped("2026-01-01T11:00:00Z", fields))
        == datetime(2026, 1, 1, 11, minute, tzinfo=UTC).timestamp()
    )
    assert changed_at(stamped("")) == 0
