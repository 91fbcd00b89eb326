"""Fields and types of built-in kinds, from the committed table."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.kinds import BY_KEY
from runner.practice.kinds.generate_fields import TABLE, text
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.validation.decoding import check_fields, prune
from runner.practice.machinery.validation.field_table import fields_of, type_of


def test_the_table_is_fresh() -> None:
    """Else: `make schemas`."""
    assert TABLE.read_text(encoding="utf-8") == text()


def deployment(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def test_unknown_fields_are_reported_with_their_place() -> None:
    pod = {"containers": [{"name": "a"}, {"imag": "b"}], "hostnetwork": True}
    given = deployment(replica=1, template={"spec": pod}) | {"extra": 1}
    assert check_fields(BY_KEY["deployments.apps"], "apps/v1", given) == [
        'unknown field "spec.replica"',
        'unknown field "spec.template.spec.containers[1].imag"',
        'unknown field "spec.template.spec.hostnetwork"',
        'unknown field "extra"',
    ]
    assert prune(BY_KEY["deployments.apps"], given) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"containers": [{"name": "a"}, {}]}}},
    }


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            {"replicas": "1"},
            "cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            {"replicas": 1.5},
            "cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type",
        ),
        (
            {"selector": []},
            "cannot unmarshal array into Go struct field DeploymentSpec.spec.selector of type v1.Label",
        ),
        (
            {"template": {"spec": {"containers": [{"env": [{"name": "A", "value": 1}]}]}}},
            "cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
        ),
        (
            {"template": {"spec": {"containers": {}}}},
            "cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
        ),
        (
            {"template": {"spec": {"containers": [{"resources": {"limits": {"cpu": "lots"}}}]}}},
            "quantities must match the regular expression",
        ),
    ],
)
def test_wrong_types(spec: dict[str, Any], words: str) -> None:
    with pytest.raises(ApiError, match="cannot be handled as a Deployment") as caught:
        check_fields(BY_KEY["deployments.apps"], "apps/v1", deployment(**spec))
    assert words in caught.value.message
    assert caught.value.code == 400


def test_base64() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {}, "data": {"a": "a*=="}}
    with pytest.raises(ApiError, match="illegal base64 data at input byte 1"):
        check_fields(BY_KEY["secrets"], "v1", secret)


def test_numbers_and_texts_where_both_are_meant() -> None:
    rolling = {"maxSurge": 1, "maxUnavailable": "25%"}
    assert (
        check_fields(BY_KEY["deployments.apps"], "apps/v1", deployment(strategy={"rollingUpdate": rolling}))
        == []
    )


def test_old_versions() -> None:
    assert type_of(BY_KEY["cronjobs.batch"], "batch/v1beta1") == "V1CronJob"
    assert (
        type_of(BY_KEY["horizontalpodautoscalers.autoscaling"], "autoscaling/v2beta2")
        == "V2HorizontalPodAutoscaler"
    )
    given = {"spec": {"backend": {"serviceName": "web", "service": {}}}}
    assert check_fields(BY_KEY["ingresses.extensions"], "extensions/v1beta1", given) == [
        'unknown field "spec.backend.service"'
    ]


def test_required_fields_are_marked() -> None:
    fields = fields_of("V1Container")
    assert fields is not None
    assert fields["name"].required
    assert not fields["image"].required
