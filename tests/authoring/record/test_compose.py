"""Recordings into drafts: where a step begins and ends, what is checked, and what is taken away again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from runner.authoring.lab_draft import text_of, write
from runner.authoring.record.compose import compose, expected
from runner.authoring.record.object_diff import partial
from runner.authoring.record.recording import FOLDER, Recording, Typed
from runner.authoring.record.stretches import looking
from runner.labs.load import load
from tests.authoring.record.recordings import (
    ROOT,
    cluster,
    config,
    deployment,
    namespace,
    places,
    ran,
    recording,
    service,
)


async def lab_of(recorded: Recording, folder: Path) -> dict[str, Any]:
    """The lab as it is written; the loader takes it."""
    draft = await compose(recorded, "made", "en")
    write(draft, folder / "made")
    load(folder / "made")
    written: dict[str, Any] = yaml.safe_load(text_of(draft))
    return written


def commands(step: dict[str, Any]) -> list[str]:
    return [each if isinstance(each, str) else each["command"] for each in step["run"]]


SHOP = namespace("shop")


async def test_looking_goes_with_the_work_before_it_and_preparing_with_the_work_after_it(
    tmp_path: Path,
) -> None:
    lab = await lab_of(
        recording(
            (ran("cd somewhere"), cluster()),
            (ran("ls"), cluster()),
            (ran("kubectl create ns shop"), cluster(SHOP)),
            (ran("kubectl get ns"), cluster(SHOP)),
            (ran("cd elsewhere"), cluster(SHOP)),
            (ran("kubectl apply -f ."), cluster(SHOP, config("a"))),
        ),
        tmp_path,
    )
    assert [commands(step) for step in lab["steps"]] == [
        ["cd somewhere", "ls", "kubectl create ns shop", "kubectl get ns"],
        ["cd elsewhere", "kubectl apply -f ."],
    ]


async def test_what_failed_is_left_out_and_reported(tmp_path: Path) -> None:
    recorded = recording(
        (ran("kubecttl get ns", 127), cluster()),
        (ran("kubectl create ns shop"), cluster(SHOP)),
        (ran("kubectl get pods -w", 130), cluster(SHOP)),
        (ran("kubectl get nodez", 1), cluster(SHOP)),
    )
    lab = await lab_of(recorded, tmp_path)
    assert [commands(step) for step in lab["steps"]] == [["kubectl create ns shop"]]
    text = (tmp_path / "made" / "lab.yaml").read_text()
    assert "# skipped: kubecttl get ns (command not found)" in text
    assert "# skipped: kubectl get pods -w (it was interrupted)" in text
    assert "# skipped: kubectl get nodez (it failed, exit code 1)" in text


async def test_a_deployment_is_ready_where_it_came_to_be_at_any_time_later(tmp_path: Path) -> None:
    lab = await lab_of(
        recording(
            (ran("kubectl apply -f web"), cluster(SHOP, deployment("web", ready=False))),
            (None, cluster(SHOP, deployment("web"))),
        ),
        tmp_path,
    )
    assert {"deployment": "web", "in": "shop", "ready": True} in lab["steps"][0]["checks"]
    assert {"namespace": "shop"} in lab["steps"][0]["checks"]


async def test_a_deployment_that_never_came_up_is_only_there(tmp_path: Path) -> None:
    state = cluster(SHOP, deployment("web", ready=False))
    lab = await lab_of(recording((ran("kubectl apply -f web"), state)), tmp_path)
    assert {"deployment": "web", "in": "shop"} in lab["steps"][0]["checks"]


async def test_what_a_later_step_changes_was_right_once(tmp_path: Path) -> None:
    lab = await lab_of(
        recording(
            (ran("kubectl create ns shop"), cluster(SHOP)),
            (ran("kubectl create deployment web"), cluster(SHOP, deployment("web"))),
            (ran("kubectl scale --replicas=2"), cluster(SHOP, deployment("web", replicas=2))),
            (ran("kubectl scale --replicas=5"), cluster(SHOP, deployment("web", replicas=5))),
        ),
        tmp_path,
    )
    assert lab["steps"][1]["checks"] == [{"deployment": "web", "in": "shop", "ready": True}]
    assert lab["steps"][2]["checks"] == [
        {"deployment": "web", "in": "shop", "replicas": 2, "ready": True, "once": True}
    ]
    assert lab["steps"][3]["checks"] == [{"deployment": "web", "in": "shop", "replicas": 5, "ready": True}]


async def test_what_the_lab_itself_takes_away_is_no_check_and_that_is_reported(tmp_path: Path) -> None:
    lab = await lab_of(
        recording(
            (ran("kubectl create ns shop"), cluster(SHOP)),
            (ran("kubectl create cm a"), cluster(SHOP, config("a"))),
            (ran("kubectl delete cm a"), cluster(SHOP)),
        ),
        tmp_path,
    )
    assert lab["steps"][1]["checks"] == [{"resource": "ConfigMap", "name": "a", "in": "shop", "once": True}]
    assert "checks" not in lab["steps"][2]
    assert "TODO: nothing can be checked" in (tmp_path / "made" / "lab.yaml").read_text()


async def test_a_service_that_is_opened_by_an_editor(tmp_path: Path) -> None:
    keys = (":%s/ClusterIP/LoadBalancer/g", "enter", ":wq!", "enter")
    edited = ran("kubectl edit svc web -n shop", typed=Typed(keys=keys))
    recorded = recording(
        (ran("kubectl apply -f all"), cluster(SHOP, service("web"))),
        (edited, cluster(SHOP, service("web", kind="LoadBalancer"))),
        (
            ran("kubectl get svc -n shop"),
            cluster(SHOP, service("web", kind="LoadBalancer", address="1.2.3.4")),
        ),
    )
    lab = await lab_of(recorded, tmp_path)
    step = lab["steps"][1]
    patch = """kubectl patch service web -n shop --type merge -p '{"spec":{"type":"LoadBalancer"}}'"""
    assert step["run"][0] == {"command": edited.line, "keys": list(keys), "otherwise": patch}
    assert step["solution"] == [patch]
    assert step["checks"] == [
        {"service": "web", "in": "shop", "type": "LoadBalancer", "external": True, "or_forwarded": True}
    ]
    assert step["within"] == "5m"


async def test_answers_and_what_was_not_shown(tmp_path: Path) -> None:
    asked = Typed(answers=(("This installs it. Proceed? (y/N)", "y"),), hidden=("Password:",))
    lab = await lab_of(recording((ran("install", typed=asked), cluster(SHOP))), tmp_path)
    assert lab["steps"][0]["run"][0]["answers"] == [
        {"expect": r"Proceed\? \(y/N\)", "send": "y"},
        {"expect": "Password:", "send": "{{not_shown}}"},
    ]
    assert lab["variables"]["not_shown"]["default"] == "change-me"


async def test_what_was_read_without_a_question(tmp_path: Path) -> None:
    lab = await lab_of(recording((ran("read -s PW", typed=Typed(hidden=("",))), cluster(SHOP))), tmp_path)
    assert lab["steps"][0]["run"] == ["read -s PW <<< '{{not_shown}}'"]


async def test_files_programs_and_variables(tmp_path: Path) -> None:
    got = places({"tool": FOLDER, "tool/bin": FOLDER, "tool/bin/doit": "3 4", ".cache": FOLDER})
    with_path = places(got.files, ["doit"], PATH=f"/usr/bin:/bin:{ROOT}/tool/bin", COLOUR="blue")
    lab = await lab_of(
        recording(
            (ran("tar xf tool.tar"), cluster(), got),
            (ran(f'export COLOUR=blue PATH="$PATH:{ROOT}/tool/bin"'), cluster(), with_path),
        ),
        tmp_path,
    )
    assert lab["steps"][0]["checks"] == [{"file": "tool", "folder": True}]
    assert lab["steps"][1]["checks"] == [{"tool": "doit"}, {"environment": "COLOUR", "equals": "blue"}]
    assert commands(lab["steps"][1]) == ['export COLOUR=blue PATH="$PATH:$LABGATE_WORKSPACE/tool/bin"']


async def test_the_clean_up_deletes_namespaces_first_and_puts_back_what_was_changed(tmp_path: Path) -> None:
    recorded = recording(
        (ran("kubectl apply -f all"), cluster(SHOP, config("a"), config("b", "default"))),
        (
            ran("kubectl label ns default team=a"),
            cluster(SHOP, config("a"), config("b", "default"), namespace("default", team="a")),
        ),
    )
    lab = await lab_of(recorded, tmp_path)
    assert commands(lab["cleanup"]) == [
        "kubectl delete namespace shop --ignore-not-found",
        "kubectl delete configmap b -n default --ignore-not-found",
        """kubectl patch namespace default --type merge -p '{"metadata":{"labels":{"team":null}}}'""",
    ]
    assert lab["cleanup"]["checks"] == [
        {"namespace": "shop", "absent": True},
        {"resource": "ConfigMap", "name": "b", "in": "default", "absent": True},
    ]
    assert lab["steps"][1]["checks"] == [{"namespace": "default", "labels": {"team": "a"}}]


async def test_what_belongs_to_another_object_is_nobodys_work(tmp_path: Path) -> None:
    owned = {
        **config("child"),
        "metadata": {"name": "child", "namespace": "shop", "ownerReferences": [{"uid": "u"}]},
    }
    lab = await lab_of(recording((ran("kubectl create ns shop"), cluster(SHOP, owned))), tmp_path)
    assert lab["steps"][0]["checks"] == [{"namespace": "shop"}]


async def test_braces_are_what_they_are(tmp_path: Path) -> None:
    line = "kubectl get ns -o go-template='{{end}}'"
    lab = await lab_of(
        recording(
            (ran("kubectl create ns shop"), cluster(SHOP)),
            (ran(line, output="{{name}}"), cluster(SHOP)),
        ),
        tmp_path,
    )
    assert load(tmp_path / "made").steps[0].run[1].command == line
    assert lab


@pytest.mark.parametrize(
    ("line", "looks"),
    [
        ("kubectl get pods -n shop", True),
        ("kubectl -n shop get pods", True),
        ("kubectl get pods | grep web", True),
        ("kubectl get pods > pods.txt", False),
        ("kubectl rollout status deployment/web", True),
        ("kubectl rollout restart deployment/web", False),
        ("istioctl version", True),
        ("istioctl install", False),
        ("cd istio", False),
        ("export A=b", False),
    ],
)
def test_which_commands_do_nothing_but_look(line: str, looks: bool) -> None:
    assert looking(line) is looks


@pytest.mark.parametrize(
    ("question", "pattern"),
    [
        ("Proceed? (y/N)", r"Proceed\? \(y/N\)"),
        ("It will cost 3 $. Continue? [y]", r"Continue\? \[y\]"),
        ("", ""),
    ],
)
def test_the_pattern_for_a_question(question: str, pattern: str) -> None:
    assert expected(question) == pattern


_values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)
_objects = st.dictionaries(st.sampled_from(["spec", "data"]), _values, max_size=2)


@given(_objects, _objects)
def test_a_merge_patch_of_the_difference_makes_the_one_of_the_other(before: Any, after: Any) -> None:
    def merged(was: Any, patch: Any) -> Any:
        if not isinstance(patch, dict):
            return patch
        found = dict(was) if isinstance(was, dict) else {}
        for name, value in patch.items():
            if value is None:
                found.pop(name, None)
            else:
                found[name] = merged(found.get(name), value)
        return found

    def clean(value: Any) -> Any:  # a merge patch can't say null
        if isinstance(value, dict):
            return {name: clean(each) for name, each in value.items() if each is not None}
        return value

    was, now = clean({"metadata": {}, **before}), clean({"metadata": {}, **after})
    patch = partial(was, now, whole_lists=True)
    assert merged(was, patch) == now
