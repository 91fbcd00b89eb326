"""Output that is wider than the terminal, and the command that shows it whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.base import Ran
from runner.session.wrapping import Wrapped, wrapped

WIDE = "NAME   PORT(S)\nkiali  " + "20001:31943/TCP," * 10 + "\n"


@pytest.fixture(autouse=True)
def there_is_a_pager(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")


def ran(line: str, output: str = WIDE, code: int = 0) -> Ran:
    return Ran(line, code, output, Path("/"))


def test_a_table_that_is_wider_than_the_terminal_is_shown_whole_in_a_pager():
    found = wrapped(ran("kubectl get all -n istio-system"), 100)
    assert found == Wrapped(167, "kubectl get all -n istio-system | less -S")


def test_nothing_is_offered_without_a_pager(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _name: None)
    assert wrapped(ran("kubectl get all"), 100) is None


@pytest.mark.parametrize(
    "other",
    [
        ran("kubectl get all", output="NAME\nkiali\n"),
        ran("kubectl get all", output=""),
        ran("kubectl get all", code=1),
        ran("kubectl get all | grep kiali"),
        ran("kubectl get all; kubectl get ns"),
        ran("istioctl install --set profile=demo"),
    ],
)
def test_nothing_is_offered_where_it_fits_failed_or_is_no_table(other):
    assert wrapped(other, 100) is None
