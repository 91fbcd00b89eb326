"""What the server keeps about itself; names and numbers of 1.20 are those of a real 1.20.2."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from runner.practice.cluster import PracticeCluster
from runner.practice.kinds import registry_of
from runner.practice.kinds.definition_rules import not_structural
from runner.practice.machinery.served_resources import minor_of
from runner.practice.machinery.store import Key
from runner.practice.machinery.tables.columns import View
from runner.practice.machinery.write_pipeline import WriteOptions

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


def definition(*versions: str, name: str = "bricks") -> dict[str, object]:
    schema = {"openAPIV3Schema": {"type": "object"}}
    listed = [
        {"name": each, "served": True, "storage": each == versions[0], "schema": schema} for each in versions
    ]
    names = {
        "plural": name,
        "singular": name,
        "kind": name.capitalize(),
        "listKind": f"{name.capitalize()}List",
    }
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": listed}
    meta = {"name": f"{name}.example.com"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": meta,
        "spec": spec,
    }


async def until(holds):
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)


async def test_groups_of_definitions_have_their_apiservices():
    crds = "customresourcedefinitions.apiextensions.k8s.io"
    async with PracticeCluster("own", "1.32", speed=50, nodes=0) as cluster:
        context = cluster._control_plane.context

        def services():
            found = cluster.store.list("apiservices.apiregistration.k8s.io")
            return {
                each["metadata"]["name"]: each for each in found if "example.com" in each["metadata"]["name"]
            }

        context.create(crds, definition("v1", "v1beta1"))
        context.create(crds, definition("v1", name="stones"))
        await until(lambda: set(services()) == {"v1.example.com", "v1beta1.example.com"})
        made = services()["v1.example.com"]
        assert made["spec"] == {
            "group": "example.com",
            "groupPriorityMinimum": 1000,
            "version": "v1",
            "versionPriority": 100,
        }
        assert made["metadata"]["labels"] == {"kube-aggregator.kubernetes.io/automanaged": "true"}
        await until(lambda: services()["v1.example.com"]["status"]["conditions"][0]["reason"] == "Local")
        cluster.store.delete(Key("apiservices.apiregistration.k8s.io", "", "v1.example.com"))
        await until(lambda: "v1.example.com" in services())
        cluster.store.delete(Key(crds, "", "bricks.example.com"))
        await until(lambda: set(services()) == {"v1.example.com"})
        cluster.store.delete(Key(crds, "", "stones.example.com"))
        await until(lambda: not services())


@pytest.mark.parametrize(
    ("validation", "kept", "why"),
    [
        (None, True, "spec.preserveUnknownFields: Invalid value: true: must be false"),
        ({"type": "object"}, False, ""),
        (
            {"properties": {"spec": {"properties": {"a": {"type": "string"}}}}},
            True,
            "[spec.preserveUnknownFields: Invalid value: true: must be false, "
            "spec.versions[0].schema.openAPIV3Schema.properties[spec].type: Required value: must not be empty for "
            "specified object fields, "
            "spec.versions[0].schema.openAPIV3Schema.type: Required value: must not be empty at the root]",
        ),
        (
            {
                "type": "object",
                "anyOf": [{"type": "object"}],
                "properties": {
                    "spec": {
                        "type": "object",
                        "properties": {"a": {"description": "x"}, "m": {"type": "array"}},
                    },
                    "metadata": {"type": "object", "properties": {"labels": {"type": "object"}}},
                },
            },
            True,
            # As a real 1.20.2 says it.
            "[spec.preserveUnknownFields: Invalid value: true: must be false, "
            "spec.versions[0].schema.openAPIV3Schema.anyOf[0].type: Forbidden: must be empty to be structural, "
            "spec.versions[0].schema.openAPIV3Schema.properties[metadata]: Forbidden: must not specify anything other "
            "than name and generateName, but metadata is implicitly specified, "
            "spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[a].type: Required value: must not be "
            "empty for specified object fields, "
            "spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[m].items: Required value: must be "
            "specified]",
        ),
    ],
)
async def test_a_schema_that_is_not_structural_is_told(validation, kept, why):
    made = definition("v1")
    version = made["spec"]["versions"][0]
    version.pop("schema")
    if validation is not None:
        version["schema"] = {"openAPIV3Schema": validation}
    made["spec"]["preserveUnknownFields"] = kept
    assert not_structural(made, 20) == why


async def test_the_condition_of_a_schema_that_is_not_structural():
    names = {"plural": "loose", "singular": "loose", "kind": "Loose"}
    spec = {"group": "example.com", "version": "v1", "scope": "Namespaced", "names": names}
    body = {"apiVersion": "apiextensions.k8s.io/v1beta1", "kind": "CustomResourceDefinition", "spec": spec}
    async with PracticeCluster("own", "1.20", speed=50, nodes=0) as cluster:
        pipeline, key = cluster._control_plane.pipeline, "customresourcedefinitions.apiextensions.k8s.io"
        made = {**body, "metadata": {"name": "loose.example.com"}}
        pipeline.create(pipeline.resource(key), "v1beta1", made, WriteOptions())
        found = cluster.store.get(Key(key, "", "loose.example.com"))
        told = [(each["type"], each["status"], each["reason"]) for each in found["status"]["conditions"]]
        assert told[2:] == [("NonStructuralSchema", "True", "Violations")]


async def test_flow_control_since_1_23():
    async with PracticeCluster("own", "1.32", speed=50, nodes=0) as cluster:
        found = {each["metadata"]["name"]: each["spec"] for each in cluster.store.list(f"flowschemas.{FLOW}")}
        assert found["system-node-high"]["matchingPrecedence"] == 400
        assert found["endpoint-controller"]["priorityLevelConfiguration"] == {"name": "workload-high"}
        rules = found["workload-leader-election"]["rules"][0]["resourceRules"]
        assert [rule["resources"] for rule in rules] == [["endpoints", "configmaps"], ["leases"]]
        rules = found["system-leader-election"]["rules"][0]["resourceRules"]
        assert [rule["resources"] for rule in rules] == [["leases"]]
