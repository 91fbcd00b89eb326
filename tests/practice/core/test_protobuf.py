"""Bodies in Kubernetes' protobuf envelope, as newer kubectls send them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.practice.machinery.api.protobuf import decode
from runner.practice.machinery.errors import ApiError

CONFIG_MAP = bytes.fromhex(
    "6b3873000a0f0a02763112" + b"\x09ConfigMap".hex() + "121b0a110a016112001a002200"
    "2a00320038004200" + "12060a01781201791a002200"
)  # fmt: skip
"""What kubectl 1.32 sends for `create configmap a --from-literal=x=y`."""


def part(number: int, content: bytes) -> bytes:
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def number(field: int, value: int) -> bytes:
    return bytes([field << 3, value])


def body(api_version: str, kind: str, raw: bytes) -> bytes:
    message = part(1, part(1, api_version.encode()) + part(2, kind.encode()))
    return b"k8s\0" + message + part(2, raw)


def test_what_kubectl_sends() -> None:
    assert decode(CONFIG_MAP) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a"},
        "data": {"x": "y"},
    }


def test_zeros_that_were_meant() -> None:
    strategy = part(4, b"")
    raw = part(1, part(1, b"web")) + part(2, number(1, 0) + strategy + number(5, 0))
    found = decode(body("apps/v1", "Deployment", raw))
    # replicas is a pointer: zero was said. minReadySeconds is none: zero is what Go writes for nothing.
    assert found["spec"] == {"replicas": 0}


def test_ports_by_number_and_by_name() -> None:
    by_number = part(1, b"http") + number(3, 80) + part(4, number(1, 0) + number(2, 90) + part(3, b""))
    by_name = number(3, 81) + part(4, number(1, 1) + number(2, 0) + part(3, b"web"))
    found = decode(body("v1", "Service", part(2, part(1, by_number) + part(1, by_name))))
    assert [port["targetPort"] for port in found["spec"]["ports"]] == [90, "web"]


def test_bytes_and_inlined_structs() -> None:
    found = decode(body("v1", "Secret", part(2, part(1, b"k") + part(2, b"\xff"))))
    assert found["data"] == {"k": "/w=="}
    reference = part(1, b"A") + part(3, part(4, part(1, part(1, b"name")) + part(2, b"key")))
    pod = decode(body("v1", "Pod", part(2, part(2, part(1, b"c") + part(7, reference)))))
    env = pod["spec"]["containers"][0]["env"][0]
    assert env["valueFrom"]["secretKeyRef"] == {"name": "name", "key": "key"}


def test_kinds_that_are_not_known() -> None:
    with pytest.raises(ApiError) as refused:
        decode(body("example.com/v1", "Odd", b""))
    assert refused.value.code == 415


@given(st.binary(max_size=60))
def test_nonsense_is_refused(content: bytes) -> None:
    try:
        found: Any = decode(b"k8s\0" + content)
    except ApiError as error:
        assert error.code in (400, 415)
    else:
        assert isinstance(found, dict)


@given(st.integers(0, len(CONFIG_MAP)), st.binary(max_size=4))
def test_torn_bodies_are_refused_or_read(at: int, noise: bytes) -> None:
    try:
        decode(CONFIG_MAP[:at] + noise + CONFIG_MAP[at + len(noise) :])
    except ApiError as error:
        assert error.code in (400, 415)
