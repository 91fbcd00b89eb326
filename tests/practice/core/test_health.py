"""Health endpoints, in the words of a real API server (1.20.2 where it was asked)."""

from __future__ import annotations

import pytest

from runner.practice.machinery.api.health import health, is_health
from runner.practice.machinery.errors import ApiError


def test_a_check_of_its_own_and_all_of_them():
    assert health("/livez", 20, verbose=False) == "ok"
    assert health("/healthz/etcd", 20, verbose=True) == "ok"
    assert health("/livez/poststarthook/rbac/bootstrap-roles", 32, verbose=False) == "ok"
    message = health("/livez", 20, verbose=True).splitlines()
    assert message[:4] == [
        "[+]ping ok",
        "[+]log ok",
        "[+]etcd ok",
        "[+]poststarthook/start-kube-apiserver-admission-initializer ok",
    ]
    assert message[-1] == "livez check passed"
    assert len(message) == 22


def test_readiness_counts_more():
    message = health("/readyz", 20, verbose=True, excluded=["etcd", "nothing"]).splitlines()
    assert "[+]etcd excluded: ok" in message
    assert message[3] == "[+]informer-sync ok"
    assert message[-3:] == [
        "[+]shutdown ok",
        'warn: some health checks cannot be excluded: no matches for "nothing"',
        "readyz check passed",
    ]
    assert "[+]shutdown ok" not in health("/livez", 20, verbose=True)


@pytest.mark.parametrize("path", ["/livez/nothing", "/healthz/", "/livez/shutdown", "/readyz/ping/"])
def test_checks_that_there_are_not(path):
    with pytest.raises(ApiError) as refused:
        health(path, 32, verbose=False)
    assert refused.value.code == 404


def test_paths():
    assert is_health("/livez")
    assert is_health("/healthz/ping")
    assert not is_health("/livezz")
