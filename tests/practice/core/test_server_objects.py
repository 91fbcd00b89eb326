"""What the server keeps about itself; names and numbers of 1.20 are those of a real 1.20.2."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from runner.practice.cluster import PracticeCluster
from runner.practice.kinds import registry_of
from runner.practice.machinery.served_resources import minor_of
from runner.practice.machinery.tables.columns import View

FLOW = "flowcontrol.apiserver.k8s.io"


@pytest.mark.parametrize("version", ["1.19", "1.20", "1.32", "1.34"])
async def test_every_served_version_has_its_apiservice(version):
    async with PracticeCluster("own", version, speed=50, nodes=0) as cluster:
        store = cluster.store
        services = {
            each["metadata"]["name"]: each for each in store.list("apiservices.apiregistration.k8s.io")
        }
        served = {f"{name}.{group}" for group, names in cluster.registry.groups() for name in names}
        served -= {"v1.apiregistration.k8s.io", "v1beta1.apiregistration.k8s.io"}
        assert set(services) == served
        assert services["v1.apps"]["spec"] == {
            "group": "apps",
            "groupPriorityMinimum": 17800,
            "version": "v1",
            "versionPriority": 15,
        }
        assert services["v1."]["status"]["conditions"][0]["reason"] == "Local"

        names = {each["metadata"]["name"] for each in store.list("componentstatuses")}
        assert names == {"controller-manager", "scheduler", "etcd-0"}
        levels = {each["metadata"]["name"] for each in store.list(f"prioritylevelconfigurations.{FLOW}")}
        schemas = store.list(f"flowschemas.{FLOW}")
        assert bool(schemas) is (version != "1.19")
        assert {each["spec"]["priorityLevelConfiguration"]["name"] for each in schemas} <= levels


async def test_flow_control_of_1_20():
    async with PracticeCluster("own", "1.20", speed=50, nodes=0) as cluster:
        found = {
            each["metadata"]["name"]: each["spec"]["matchingPrecedence"]
            for each in cluster.store.list(f"flowschemas.{FLOW}")
        }
        assert found == {
            "catch-all": 10000,
            "exempt": 1,
            "global-default": 9900,
            "kube-controller-manager": 800,
            "kube-scheduler": 800,
            "kube-system-service-accounts": 900,
            "service-accounts": 9000,
            "system-leader-election": 100,
            "system-nodes": 500,
            "workload-leader-election": 200,
        }


@pytest.mark.parametrize(
    ("version", "shares"), [("1.25", "AssuredConcurrencyShares"), ("1.26", "NominalConcurrencyShares")]
)
def test_the_columns_of_priority_levels(version, shares):
    kind = registry_of(version).by_key(f"prioritylevelconfigurations.{FLOW}").builtin
    level = {
        "metadata": {"name": "system", "creationTimestamp": None},
        "spec": {
            "type": "Limited",
            "limited": {"nominalConcurrencyShares": 30, "limitResponse": {"queuing": {"queues": 64}}},
        },
    }
    minor = minor_of(version)
    cells = kind.printer.cells(level, View(datetime.now(UTC), minor))
    assert cells[:5] == ["system", "Limited", 30, 30, 64]
    assert len(cells) == len(kind.printer.columns)
    shown = [column.name for column in kind.printer.columns if column.since <= minor <= column.until]
    assert shown == ["Name", "Type", shares, "Queues", "HandSize", "QueueLengthLimit", "Age"]
