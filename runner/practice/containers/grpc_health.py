"""The gRPC health protocol (grpc.health.v1): what its one call looks like as an HTTP request, as far as probes need it.

A stand-in of a gRPC server has a `Listener(http=…)` that answers it with `answer`.
"""

from __future__ import annotations

from runner.practice.containers.network_messages import Request, Response

PATH = "/grpc.health.v1.Health/Check"
UNIMPLEMENTED, NOT_FOUND = 12, 5
STATUSES = {0: "UNKNOWN", 1: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}
_CONTENT = [("Content-Type", "application/grpc")]


def question(service: str, client: str, port: int) -> Request:
    """HealthCheckRequest{service}."""
    name = service.encode()
    message = bytes([0x0A, len(name)]) + name if name else b""
    headers = [*_CONTENT, ("Te", "trailers")]
    return Request("POST", PATH, headers, _framed(message), client, port)


def answer(status: str = "SERVING") -> Response:
    """HealthCheckResponse{status}."""
    number = next(number for number, name in STATUSES.items() if name == status)
    return Response(200, [*_CONTENT, ("Grpc-Status", "0")], _framed(bytes([0x08, number])))


def status_of(response: Response) -> str | None:
    """The status in an answer; None where it is no answer of this protocol."""
    if response.header("Content-Type") != "application/grpc" or response.header("Grpc-Status", "0") != "0":
        return None
    message = response.body[5:]
    return STATUSES.get(message[1] if message[:1] == b"\x08" else 0)


def _framed(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message
