"""A Prometheus as another program in a pod asks it, over the pods' network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Request, Response


class PrometheusError(Exception):
    """It was not reached, or refused the query."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One element of a vector."""

    labels: Mapping[str, str]
    value: float

    def label(self, name: str, default: str = "unknown") -> str:
        return self.labels.get(name) or default


class PrometheusClient:
    """Asks the one at `url`, as in http://prometheus.istio-system:9090."""

    def __init__(self, call: Invocation, url: str) -> None:
        self._pod, self.url = call.container.pod, url.rstrip("/")

    async def vector(self, query: str) -> list[Sample]:
        """Raises PrometheusError."""
        answer = await self.get("/api/v1/query?" + urlencode({"query": query}))
        try:
            found: Any = json.loads(answer.body)
        except ValueError:
            raise PrometheusError(f"{self.url} answered {answer.status} without JSON") from None
        if found.get("status") != "success":
            raise PrometheusError(f"{found.get('errorType')}: {found.get('error')}")
        data = found["data"]
        if data["resultType"] == "scalar":
            return [Sample({}, float(data["result"][1].replace("Inf", "inf")))]
        if data["resultType"] != "vector":
            raise PrometheusError(f"the query gives a {data['resultType']}, no vector")
        return [
            Sample(each["metric"], float(each["value"][1].replace("Inf", "inf"))) for each in data["result"]
        ]

    async def get(
        self, path: str, method: str = "GET", body: bytes = b"", content_type: str = ""
    ) -> Response:
        """Any answer of it. Raises PrometheusError where there is none."""
        target = urlsplit(self.url)
        host, port = target.hostname or "prometheus", target.port or (443 if target.scheme == "https" else 80)
        headers = [("Host", target.netloc), *([("Content-Type", content_type)] if content_type else [])]
        asked = Request(method, (target.path.rstrip("/") + path), headers, body)
        try:
            return await self._pod.network.request(self._pod, host, port, asked, timeout=5)
        except ConnectError as error:
            raise PrometheusError(f"{self.url} is not reached: {error}") from None
