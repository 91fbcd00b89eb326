"""Times as HTTP and access logs write them."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache


@lru_cache(maxsize=4)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)


def http_date(seconds: float | None = None) -> str:
    """Of now, or of seconds since 1970: Tue, 01 Dec 2026 00:00:00 GMT."""
    return _http_date(int(time.time() if seconds is None else seconds))


@lru_cache(maxsize=4)
def _log_time(second: int) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))


def log_time() -> str:
    """01/Dec/2026:00:00:00 +0000"""
    return _log_time(int(time.time()))
