"""What is kept of managedFields."""

from __future__ import annotations

import pytest

from runner.world.field_managers import MOST, reduced

TIME = "2026-01-01T00:00:00Z"
SPEC = {
    "manager": "kubectl-edit",
    "operation": "Update",
    "time": TIME,
    "fieldsV1": {"f:spec": {"f:type": {}}},
}
STATUS = {"manager": "kube-controller-manager", "time": TIME, "fieldsV1": {"f:status": {}}}


def test_who_changed_it_and_when_is_kept_and_the_fields_only_where_they_are_read():
    both = {**SPEC, "fieldsV1": {"f:spec": {}, "f:status": {}}}
    assert reduced([SPEC, STATUS, both], whole=False) == [{"manager": "kubectl-edit", "time": TIME}] * 2
    assert reduced([SPEC, STATUS], whole=True) == [SPEC]
    assert reduced([{**SPEC, "subresource": "status"}], whole=True) == []


@pytest.mark.parametrize("odd", [None, 3, {}, [None, "x"], [{"manager": "a"}], [{"time": 3}]])
def test_what_is_no_list_of_changes_is_none(odd):
    assert reduced(odd, whole=False) == reduced(odd, whole=True) == []


def test_no_more_are_kept_than_anybody_reads():
    assert len(reduced([SPEC] * 1000, whole=False)) == MOST
