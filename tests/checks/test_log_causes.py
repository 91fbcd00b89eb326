"""What a program's log names as the cause of its end, at the edges of the rules."""

from __future__ import annotations

import pytest
from fake_world import make
from pod_world import at, ended, event, pod, rule, waiting, world

from checks.diagnosis.crashes import crashes
from checks.diagnosis.log_causes import waits_for_a_host
from checks.diagnosis.probes import liveness_kills

LOOPS = "CrashLoopBackOff"
NAMESPACE = "istio-system"


async def cause(log, *objects, code=1, container=None, pod_spec=None):
    spec = {"containers": [{"name": "app", **(container or {})}], **(pod_spec or {})}
    dead = pod(waiting(LOOPS, "back-off", **ended(code)), spec=spec)
    return await crashes(world(*objects, logs={("web-1", "app"): log}), dead)


@pytest.mark.parametrize(
    ("log", "host"),
    [
        ("curl: (6) Could not resolve host: nosuch", "nosuch"),
        ("ERROR 2005 (HY000): Unknown MySQL server host 'nosuch' (-2)", "nosuch"),
        ('nginx: [emerg] host not found in upstream "nosuch" in /etc/nginx/conf.d/default.conf:1', "nosuch"),
        ("wget: bad address 'nosuch:8080'", "nosuch"),
        ("wget: unable to resolve host address 'nosuch'", "nosuch"),
        (
            'psql: error: could not translate host name "nosuch" to address: Name or service not known',
            "nosuch",
        ),
        ("Error: getaddrinfo ENOTFOUND nosuch", "nosuch"),
        ("dial tcp: lookup nosuch on 10.96.0.10:53: no such host", "nosuch"),
        ("Caused by: java.net.UnknownHostException: nosuch: Name or service not known", "nosuch"),
        ("Could not connect to Redis at nosuch:6379: Name or service not known", "nosuch"),
        ("ping: nosuch: Name or service not known\nbye", "nosuch"),
        ("** server can't find nosuch.istio-system.svc.cluster.local: NXDOMAIN", "nosuch"),
        ("** server can't find nosuch.cluster.local: NXDOMAIN", "nosuch"),
    ],
)
async def test_a_host_without_a_service(log, host):
    finding = await cause(log, make("Namespace", NAMESPACE, None))
    assert (rule(finding), finding.source) == ("host-unknown", "log of container app")
    assert finding.cause.values == {"host": host, "namespace": NAMESPACE}
    assert finding.evidence in log


async def test_a_host_of_another_namespace():
    log = "lookup db.shop.svc.cluster.local: no such host"
    finding = await cause(log, make("Namespace", "shop", None))
    assert finding.cause.values == {"host": "db.shop", "namespace": "shop"}
    assert (
        rule(await cause(log, make("Namespace", "shop", None), make("Service", "db", "shop"))) == "crash-loop"
    )


@pytest.mark.parametrize(
    ("log", "objects"),
    [
        ("curl: (6) Could not resolve host: db", [make("Service", "db")]),
        ("curl: (6) Could not resolve host: api.example.com", []),
        ("curl: (6) Could not resolve host: api.example", []),
        ("connection refused", []),
        ("", []),
    ],
)
async def test_other_names_are_no_cause(log, objects):
    assert rule(await cause(log, *objects)) == "crash-loop"


async def test_the_variable_with_the_wrong_name_is_said():
    log, services = "Unknown MySQL server host 'mysqll'", [make("Service", "mysql")]
    plain = await cause(log, *services, container={"env": [{"name": "DB_HOST", "value": "mysqll:3306"}]})
    assert plain.remedy.values == {"variable": "DB_HOST", "near": "mysql"}
    settings = make("ConfigMap", "settings", data={"host": "mysqll", "other": "x"})
    source = {"configMapKeyRef": {"name": "settings", "key": "host"}}
    keyed = await cause(log, settings, container={"env": [{"name": "DB_HOST", "valueFrom": source}]})
    assert "DB_HOST (key host of the ConfigMap settings)" in keyed.remedy.render()
    all_of = {"envFrom": [{"configMapRef": {"name": "settings"}, "prefix": "DB_"}]}
    assert (
        "DB_host (key host of the ConfigMap settings)"
        in (await cause(log, settings, container=all_of)).remedy.render()
    )
    assert (await cause(log, *services)).remedy.values == {"near": "mysql"}
    assert "kubectl get services" in (await cause(log, container=all_of)).remedy.render()


@pytest.mark.parametrize(
    ("log", "name"),
    [
        (
            "Error: Database is uninitialized.\n       You must specify POSTGRES_PASSWORD to a non-empty value",
            "POSTGRES_PASSWORD",
        ),
        (
            "You need to specify one of the following as an environment variable:\n- MYSQL_ROOT_PASSWORD\n- MYSQL_X",
            "MYSQL_ROOT_PASSWORD",
        ),
        ("sh: API_KEY: must be set", "API_KEY"),
        ("bash: line 1: API_KEY: unbound variable", "API_KEY"),
        ("KeyError: 'DB_HOST'", "DB_HOST"),
        ("panic: required key API_TOKEN missing value", "API_TOKEN"),
        ("Error: environment variable DB_HOST is not set", "DB_HOST"),
        ("Missing required environment variable: PORT", "PORT"),
        ("Could not resolve placeholder 'DB_URL' in value", "DB_URL"),
    ],
)
async def test_a_variable_that_is_missing(log, name):
    finding = await cause(log)
    assert rule(finding) == "variable-missing"
    assert finding.cause.values == {"name": name}
    there = {"env": [{"name": name, "value": "x"}]}
    assert rule(await cause(log, container=there)) == "crash-loop"
    from_elsewhere = {"env": [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]}
    assert rule(await cause(log, container=from_elsewhere)) == "crash-loop"


async def test_a_variable_with_nearly_the_right_name():
    finding = await cause("sh: API_KEY: must be set", container={"env": [{"name": "APIKEY", "value": "x"}]})
    assert finding.remedy.values == {"near": "APIKEY", "name": "API_KEY"}


READ_ONLY = 'nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)'
DENIED = "/start.sh: line 3: can't create /var/run/app.pid: Permission denied"


async def test_files_that_may_not_be_written():
    locked = {"securityContext": {"readOnlyRootFilesystem": True}}
    finding = await cause(READ_ONLY, container=locked)
    assert rule(finding) == "root-read-only"
    assert finding.cause.values == {"path": "/var/cache/nginx/client_temp"}
    assert finding.remedy.values == {"folder": "/var/cache/nginx"}
    assert rule(await cause(READ_ONLY)) == "crash-loop"
    for where in (
        {"container": {"securityContext": {"runAsUser": 1000}}},
        {"pod_spec": {"securityContext": {"runAsUser": 1000}}},
    ):
        finding = await cause(DENIED, **where)
        assert rule(finding) == "user-may-not"
        assert finding.cause.values == {"user": 1000, "path": "/var/run/app.pid"}
    assert rule(await cause(DENIED)) == "crash-loop"


async def test_a_hook_that_ends_the_container():
    dead = pod(waiting(LOOPS, **ended(137)))
    said = event("FailedPostStartHook", "PostStartHook failed", about={"fieldPath": "spec.containers{app}"})
    other = event("FailedPostStartHook", "PostStartHook failed", about={"fieldPath": "spec.containers{x}"})
    assert rule(await crashes(world(said), dead)) == "start-hook-fails"
    assert rule(await crashes(world(other), dead)) == "crash-loop"


@pytest.mark.parametrize(
    ("killed", "seconds", "expected"),
    [
        ("Container app failed liveness probe, will be restarted", 5, "liveness-fails"),
        ("Container app failed startup probe, will be restarted", 5, "startup-fails"),
        ("Container x failed liveness probe, will be restarted", 5, "ends-by-itself"),
        ("Container app failed liveness probe, will be restarted", 500, "ends-by-itself"),
        ("Stopping container app", 5, "ends-by-itself"),
    ],
)
async def test_a_program_that_ends_well_may_have_been_told_to(killed, seconds, expected):
    dead = pod(waiting(LOOPS, **ended(0, startedAt=at(60))))
    events = [
        {**event("Killing", killed, seconds=seconds), "type": "Normal"},
        event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 404"),
        event("Unhealthy", "Startup probe failed: connection refused"),
    ]
    assert rule(await crashes(world(*events), dead)) == expected


async def test_a_probe_that_is_a_command():
    probe = {"livenessProbe": {"exec": {"command": ["cat", "/x"]}}}
    dead = pod(waiting(LOOPS, **ended(137)), spec={"containers": [{"name": "app", **probe}]})
    said = event("Unhealthy", "Liveness probe failed: cat: can't open '/x': No such file or directory")
    assert "its command fails" in (await liveness_kills(world(said), dead)).cause.render()


@pytest.mark.parametrize(
    ("status", "log", "expected"),
    [
        ({"state": {"running": {"startedAt": at(60)}}}, "nslookup: bad address 'db'", "host-unknown"),
        ({"state": {"running": {"startedAt": at(5)}}}, "nslookup: bad address 'db'", None),
        ({"state": {"running": {"startedAt": at(60)}}}, "working", None),
        ({"state": {"waiting": {"reason": "PodInitializing"}}}, "nslookup: bad address 'db'", None),
    ],
)
async def test_an_init_container_that_waits_for_a_host(status, log, expected):
    waits = pod(init=[{"name": "wait", "image": "x", **status}], spec={"initContainers": [{"name": "wait"}]})
    assert rule(await waits_for_a_host(world(logs={("web-1", "wait"): log}), waits)) == expected
    ready = pod({"name": "wait", "image": "x", "ready": True, **status})
    assert await waits_for_a_host(world(logs={("web-1", "wait"): log}), ready) is None
