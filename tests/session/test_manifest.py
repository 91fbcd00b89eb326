"""An object as kubectl writes it, and where its fields stand."""

from __future__ import annotations

import base64
import subprocess
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.session.manifest import HIDDEN, manifest, place

POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "web",
        "labels": {"app.kubernetes.io/name": "web", "version": "1.10", "on": "true"},
        "managedFields": [{"manager": "kubectl"}],
    },
    "spec": {"containers": [{"name": "a", "args": ["--x", "message: no"]}, {"name": "b", "image": "i"}]},
    "status": {
        "conditions": [{"type": "Ready", "message": "no"}, {"type": "B", "message": "two\nlines"}],
        "containerStatuses": [{"name": "a", "state": {"waiting": {"reason": "X", "message": "no"}}}],
    },
}


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("status.conditions[0].message", ["  - message: 'no'"]),
        ("status.conditions[1].message", ["  - message: |-", "      two", "      lines"]),
        ("status.containerStatuses[0].state.waiting.message", ["        message: 'no'"]),
        ("metadata.labels.app.kubernetes.io/name", ["    app.kubernetes.io/name: web"]),
        ('metadata.labels["app.kubernetes.io/name"]', ["    app.kubernetes.io/name: web"]),
        ("spec.containers[1]", ["  - image: i"]),
        ("spec.containers[0].args[1]", ["    - 'message: no'"]),
        ("status", ["status:"]),
    ],
)
def test_a_field_is_found_where_it_stands(path, lines):
    text = manifest(POD).replace('"no"', "'no'")
    found = place(text, path)
    assert found is not None and found.whole
    assert [line.replace('"', "'") for line in text.splitlines()[found.start : found.end]] == lines


def test_of_a_field_that_is_not_there_the_nearest_is_found():
    text = manifest(POD)
    found = place(text, "spec.containers[2].image")
    assert found is not None and not found.whole
    assert text.splitlines()[found.start] == "  containers:"
    assert place(text, "nothing.of.it") is None


def test_what_a_secret_holds_is_not_shown():
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "s",
            "annotations": {
                "a": "b",
                "kubectl.kubernetes.io/last-applied-configuration": '{"data": "c2VjcmV0"}',
            },
        },
        "data": {"password": base64.b64encode(b"secret").decode()},
        "stringData": {"user": "secret"},
    }
    text = manifest(secret)
    assert "secret" not in text and "c2VjcmV0" not in text
    assert f"password: {HIDDEN}" in text and "a: b" in text
    found = place(text, "data.password")
    assert found is not None and found.whole


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abcde./-", min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), trees, max_size=4))
def test_the_yaml_is_the_object(content):
    assert yaml.safe_load(manifest({"kind": "X", "metadata": {}, "spec": content}))["spec"] == content


def test_it_reads_as_kubectl_writes_it():
    given_ = {**POD, "metadata": {"name": "web", "labels": POD["metadata"]["labels"]}}
    ran = subprocess.run(  # asks no server
        ["kubectl", "label", "--local", "-f", "-", "--overwrite", "on=true", "-o", "yaml"],
        input=yaml.safe_dump(given_),
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(manifest(given_).splitlines()) - set(ran.stdout.splitlines()) == set()
