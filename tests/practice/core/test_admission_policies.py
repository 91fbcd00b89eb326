"""ValidatingAdmissionPolicies: expressions that refuse and warn."""

from __future__ import annotations

from typing import Any

import aiohttp

Object = dict[str, Any]
GROUP = "/apis/admissionregistration.k8s.io/v1"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def rule(*operations: str, resources: str = "configmaps") -> Object:
    return {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": list(operations or ("CREATE", "UPDATE")),
        "resources": [resources],
    }


async def post(http: aiohttp.ClientSession, path: str, body: Object) -> tuple[int, Object, list[str]]:
    async with http.post(path, json=body) as answer:
        return answer.status, await answer.json(), answer.headers.getall("Warning", [])


async def policy(http: aiohttp.ClientSession, spec: Object, binding: Object | None = None) -> None:
    kind = {"apiVersion": "admissionregistration.k8s.io/v1"}
    spec = {"matchConstraints": {"resourceRules": [rule()]}, **spec}
    made = {**kind, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "p"}, "spec": spec}
    code, answer, _ = await post(http, f"{GROUP}/validatingadmissionpolicies", made)
    assert code == 201, answer
    bound = {"policyName": "p", "validationActions": ["Deny"], **(binding or {})}
    made = {**kind, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": "b"}, "spec": bound}
    code, answer, _ = await post(http, f"{GROUP}/validatingadmissionpolicybindings", made)
    assert code == 201, answer


async def config_map(
    http: aiohttp.ClientSession, name: str = "c", labels: Object | None = None, **data: str
) -> tuple[int, str, list[str]]:
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": labels or {}},
        "data": data,
    }
    code, answer, warnings = await post(http, CONFIG_MAPS, body)
    return code, answer.get("message", ""), warnings


START = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: "


async def test_a_policy_denies(http: aiohttp.ClientSession) -> None:
    await policy(
        http,
        {
            "validations": [
                {"expression": "'a' in object.data", "message": "a is missing", "reason": "Forbidden"},
                {"expression": "object.data.a != 'x'"},
            ]
        },
    )
    assert await config_map(http, b="1") == (403, f'configmaps "c" is forbidden: {START}a is missing', [])
    code, message, _ = await config_map(http, a="x")
    assert (code, message) == (
        422,
        f"configmaps \"c\" is forbidden: {START}failed expression: object.data.a != 'x'",
    )
    assert (await config_map(http, a="y"))[0] == 201


async def test_a_policy_warns(http: aiohttp.ClientSession) -> None:
    await policy(
        http,
        {
            "validations": [
                {
                    "expression": "size(object.data) < 2",
                    "messageExpression": "'has ' + string(size(object.data))",
                }
            ]
        },
        {"validationActions": ["Warn", "Audit"]},
    )
    code, _, (warning,) = await config_map(http, a="1", b="2")
    assert code == 201
    assert "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': has 2" in warning


async def test_variables_conditions_and_parameters(http: aiohttp.ClientSession) -> None:
    assert (await config_map(http, "limits", labels={"free": "yes"}, most="1"))[0] == 201
    await policy(
        http,
        {
            "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
            "matchConditions": [
                {
                    "name": "bound",
                    "expression": "!has(object.metadata.labels) || !('free' in object.metadata.labels)",
                }
            ],
            "variables": [{"name": "most", "expression": "int(params.data.most)"}],
            "validations": [
                {"expression": "size(object.data) <= variables.most", "message": "too many"},
                {
                    "expression": "request.userInfo.username == 'practice-admin' && namespaceObject.metadata.name == 'default'"
                },
            ],
        },
        {"paramRef": {"name": "limits", "namespace": "default", "parameterNotFoundAction": "Deny"}},
    )
    assert (await config_map(http, a="1", b="2"))[1].endswith("denied request: too many")
    assert (await config_map(http, labels={"free": "yes"}, a="1", b="2"))[0] == 201
    assert (await config_map(http, "d", a="1"))[0] == 201
    async with http.delete(f"{CONFIG_MAPS}/limits") as answer:
        assert answer.status == 200
    assert "no params found for policy binding with `Deny`" in (await config_map(http, "e", a="1"))[1]


async def test_an_expression_that_fails(http: aiohttp.ClientSession) -> None:
    await policy(http, {"validations": [{"expression": "object.data.nothing == 'x'"}]})
    _, message, _ = await config_map(http, a="1")
    assert message.endswith("expression 'object.data.nothing == 'x'' resulted in error: no such key: nothing")


async def test_failures_may_be_ignored(http: aiohttp.ClientSession) -> None:
    spec = {"failurePolicy": "Ignore", "validations": [{"expression": "object.data.nothing == 'x'"}]}
    await policy(http, spec)
    assert (await config_map(http, a="1"))[0] == 201


async def test_a_policy_may_keep_what_is_there(http: aiohttp.ClientSession) -> None:
    constraints = {"resourceRules": [rule("DELETE")]}
    await policy(
        http,
        {
            "matchConstraints": constraints,
            "validations": [{"expression": "oldObject.data.keep != 'yes'", "message": "kept"}],
        },
    )
    await config_map(http, keep="yes")
    await config_map(http, "d", keep="no")
    async with http.delete(f"{CONFIG_MAPS}/c") as answer:
        assert (answer.status, (await answer.json())["message"].endswith("kept")) == (422, True)
    async with http.delete(
        CONFIG_MAPS, params={"fieldSelector": "metadata.name!=kube-root-ca.crt"}
    ) as answer:
        assert answer.status == 422, await answer.json()
    async with http.get(f"{CONFIG_MAPS}/d") as answer:
        assert answer.status == 200, "none of a collection is gone where one of it may not go"
    async with http.delete(f"{CONFIG_MAPS}/d") as answer:
        assert answer.status == 200


async def test_what_a_policy_may_not_say(http: aiohttp.ClientSession) -> None:
    made = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "wrong"},
        "spec": {
            "matchConstraints": {"resourceRules": [rule()]},
            "validations": [
                {"expression": "object.x <"},
                {"expression": "variables.y > 1"},
                {"expression": "1"},
            ],
        },
    }
    code, answer, _ = await post(http, f"{GROUP}/validatingadmissionpolicies", made)
    message = [(cause["field"], cause["message"].splitlines()[0]) for cause in answer["details"]["causes"]]
    assert code == 422
    assert [field for field, _ in message] == [f"spec.validations[{n}].expression" for n in range(3)]
    assert (
        "Syntax error" in message[0][1]
        and "undefined field 'y'" in message[1][1]
        and "must evaluate to bool" in message[2][1]
    )
