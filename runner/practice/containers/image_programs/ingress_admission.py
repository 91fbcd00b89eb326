"""The validating webhook of ingress-nginx: what the API takes is taken here, too."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import Listener, Request, Response


def admission_listener(call: Invocation, options: Mapping[str, str]) -> Listener:
    """With the certificate that --validating-webhook-certificate and -key name, if it is there."""
    files, found = ContainerFiles(call.container), ""
    with contextlib.suppress(OSError):
        for part in ("key", "certificate"):
            if path := options.get(f"validating-webhook-{part}"):
                found += files.read_text(path)
    return Listener(http=_admit, tls=True, program="nginx-ingress-controller", certificate=found.encode())


async def _admit(request: Request) -> Response:
    asked = json.loads(request.body or b"{}")
    verdict = {"uid": (asked.get("request") or {}).get("uid", ""), "allowed": True}
    review = {"apiVersion": asked.get("apiVersion"), "kind": "AdmissionReview", "response": verdict}
    return Response(200, [("Content-Type", "application/json")], json.dumps(review).encode())
