"""What a container's status repeats of its spec."""

from __future__ import annotations

from runner.practice.node.accepted_spec import accepted

SPEC = {
    "resources": {"requests": {"cpu": "100m"}, "limits": {}},
    "volumeMounts": [
        {"name": "d", "mountPath": "/d", "subPath": "x"},
        {"name": "t", "mountPath": "/t", "readOnly": True},
    ],
}
MOUNTS = [
    {"mountPath": "/d", "name": "d"},
    {"mountPath": "/t", "name": "t", "readOnly": True, "recursiveReadOnly": "Disabled"},
]


def test_by_version() -> None:
    assert accepted(SPEC, 30) == {}
    assert accepted(SPEC, 32) == {"volumeMounts": MOUNTS}
    resources = {"resources": {"requests": {"cpu": "100m"}}, "allocatedResources": {"cpu": "100m"}}
    assert accepted(SPEC, 33) == {"volumeMounts": MOUNTS, **resources}
    assert accepted({}, 34) == {"resources": {}}
