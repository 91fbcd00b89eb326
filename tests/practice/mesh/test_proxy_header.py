"""The header that Envoy and the runtime send each other."""

from __future__ import annotations

from runner.practice.containers.mesh.proxy_header import MEANT, PEER, Ends, ends_of, header_of
from runner.practice.mesh.translation.access_log import PEER_TLV
from runner.practice.mesh.translation.envoy_types import DESTINATION_TLV


def test_both_sides_have_the_same_types_of_values() -> None:
    assert (PEER, MEANT) == (PEER_TLV, DESTINATION_TLV)


def test_a_header_says_who_sends_and_what_is_meant() -> None:
    ends = Ends("10.244.0.5", 40000, "10.96.0.9", 443)
    plain = header_of(ends)
    assert ends_of(plain + b"GET") == (ends, len(plain))
    values = b""
    for kind, value in ((PEER, b"sleep.default"), (3, b"sum"), (MEANT, b"a.example:443")):
        values += bytes([kind]) + len(value).to_bytes(2, "big") + value
    data = plain[:14] + (12 + len(values)).to_bytes(2, "big") + plain[16:] + values
    assert ends_of(data + b"GET") == (
        Ends("10.244.0.5", 40000, "10.96.0.9", 443, "sleep.default", "a.example:443"),
        len(data),
    )
    assert ends_of(data[:-1]) is None
