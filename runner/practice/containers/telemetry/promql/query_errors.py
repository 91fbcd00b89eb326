"""Why a query has no answer, with Prometheus' kinds of errors."""

from __future__ import annotations

from typing import Literal

ErrorType = Literal["bad_data", "execution", "timeout", "not_found", "unavailable", "internal"]


class QueryError(Exception):
    """`kind` is the errorType of the HTTP API."""

    def __init__(self, kind: ErrorType, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message
