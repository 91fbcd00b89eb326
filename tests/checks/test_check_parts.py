"""The small parts of the checks, each at the value where its answer turns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_world import FakeCluster, FakeWorld, make

from checks.base import CannotRead, Decision, Finding, ObjectRef, Outcome, Verdict
from checks.bounds import MOST_TEXT, MOST_VALUES, bounded, shortened
from checks.can import _allowed_by, _in_words
from checks.command import Command
from checks.expressions import true_of_nothing
from checks.image_names import MOST_NAME, image_fits
from checks.object_fields import (
    MOST_LABELS,
    as_selector,
    at,
    mappings_at,
    number_at,
    running_containers,
    text_at,
)
from checks.partial import difference, fields, shown
from checks.path_state import inside
from checks.patterns import compiled, excerpt, matches_anything
from checks.phrase import Phrase, count_phrase, phrase
from checks.pods import container_count, has_ended, is_ready, waiting_reason
from checks.quantities import quantity, same_quantity
from checks.ready_endpoints import has_ready_endpoint
from checks.schema_rules import alone, never
from checks.selectors import is_label, matches, selects
from checks.service import external_addresses
from checks.service_ports import WantedPort, as_written, offers_tcp, port_list
from checks.versions import Range, find_version

# words ---------------------------------------------------------------------------------------------------------


def test_a_sentence_that_counts() -> None:
    def counted(count: int) -> Phrase:
        return count_phrase("{count} pod of {name}", "{count} pods of {name}", count=count, name="web")

    assert [counted(each).render() for each in (0, 1, 2)] == [
        "0 pods of web",
        "1 pod of web",
        "2 pods of web",
    ]
    asked: list[tuple[str, str, int]] = []

    def plural(one: str, many: str, count: int) -> str:
        asked.append((one, many, count))
        return "{count}개"

    assert counted(1).render(translate_plural=plural) == "1개"
    assert asked == [("{count} pod of {name}", "{count} pods of {name}", 1)]
    assert phrase("{a}: {b}", a=counted(1), b=(counted(2), "x", 3, True)).render() == (
        "1 pod of web: 2 pods of web, x, 3, True"
    )
    assert Phrase("one", {"count": "many"}, "some").render() == "some"


def test_what_stands_in_a_sentence_is_cleaned() -> None:
    made = phrase("{a} {b} {c} {d}", a="x", b=["x", 1], c=1.5, d=None)
    assert made.render(clean=lambda text: f"<{text}>") == "<x> <x>, 1 1.5 <None>"
    assert made.render(translate=lambda text: text.replace(" ", "-")) == "x-x, 1-1.5-None"


def test_a_sentence_is_shortened() -> None:
    long = phrase("{a} {b} {c}", a="x" * 201, b=["y"] * (MOST_VALUES + 1), c=phrase("{z}", z="z" * 201))
    assert shortened(long).render() == f"{'x' * 200}… {', '.join(['y'] * MOST_VALUES)}, … {'z' * 200}…"
    as_it_is = phrase("{a} {b} {c}", a="x" * 200, b=["y"] * MOST_VALUES, c=7)
    assert shortened(as_it_is) == Phrase("{a} {b} {c}", {"a": "x" * 200, "b": ("y",) * MOST_VALUES, "c": 7})
    assert shortened(as_it_is, 3).values["a"] == "xxx…"
    counted = count_phrase("{count} pod", "{count} pods", count=1)
    assert shortened(counted) == counted
    assert bounded(Outcome(Verdict.FAILED, counted, counted)).found == counted


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("x" * MOST_TEXT, "x" * MOST_TEXT),
        ("x" * (MOST_TEXT + 1), f"{'x' * (MOST_TEXT // 2)} … {'x' * (MOST_TEXT // 2)}"),
        ("a" + "x" * MOST_TEXT + "z", f"a{'x' * (MOST_TEXT // 2 - 1)} … {'x' * (MOST_TEXT // 2 - 1)}z"),
        ("가\udc80", "가?"),
        (["x"] * MOST_VALUES, ("x",) * MOST_VALUES),
        (["x"] * (MOST_VALUES + 1), (*("x",) * MOST_VALUES, "…")),
        (10**40 - 1, 10**40 - 1),
        (10**40, "…"),
        (-(10**40), "…"),
        (1.5, 1.5),
        (True, True),
        (None, None),
        (Path("a"), "a"),
        (phrase("{a}", a=["x" * (MOST_TEXT + 1)]), phrase("{a}", a=(f"{'x' * 1000} … {'x' * 1000}",))),
    ],
)
def test_what_an_outcome_quotes_has_a_length_that_can_be_read(value: object, kept: object) -> None:
    outcome = bounded(Outcome(Verdict.FAILED, phrase("{a}", a=value), phrase("{a}", a=value)))
    assert (outcome.expected.values["a"], outcome.found.values["a"]) == (kept, kept)


def test_findings_have_a_length_that_can_be_read() -> None:
    def finding(length: int) -> Finding:
        text, name = "x" * (MOST_TEXT + length), "y" * (300 + length)
        about = ObjectRef(name, name, name, name)
        return Finding(
            "rule", phrase("{a}", a=text), phrase("{a}", a=text), about, text, name, name, others=3
        )

    of_many = (finding(0), finding(1), *[Finding("bare", phrase("a"), phrase("b"))] * MOST_VALUES)
    kept = bounded(Outcome(Verdict.FAILED, phrase("a"), phrase("b"), of_many)).findings
    assert len(kept) == MOST_VALUES
    assert kept[0] == finding(0)
    text, name = f"{'x' * 1000} … {'x' * 1000}", f"{'y' * 150} … {'y' * 150}"
    about = ObjectRef(name, name, name, name)
    assert kept[1] == Finding(
        "rule", phrase("{a}", a=text), phrase("{a}", a=text), about, text, name, name, others=3
    )
    assert kept[2] == of_many[2]


def test_which_verdicts_hold() -> None:
    held = [each.passes for each in Verdict]
    wrong = [each.fails for each in Verdict]
    assert held == [True, False, False, False, True]
    assert wrong == [False, True, True, False, False]


def test_an_object_in_words() -> None:
    deployment = ObjectRef("Deployment", "web", "shop", "apps/v1", ("api",))
    assert (str(deployment), deployment.group, deployment.names) == (
        "deployment/web in shop",
        "apps",
        ("web", "api"),
    )
    node = ObjectRef("Node", "")
    assert (str(node), node.group, node.names) == ("node/", "", ())
    found = Finding("rule", phrase("a"), phrase("b"))
    assert (found.object, found.same) == ("", ("rule", "a", "b"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n b", "a b"),
        ("x" * 20, "x" * 20),
        ("a" + "x" * 20, "… " + "x" * 18),
        ("x" * 500, "… " + "x" * 18),
        ("a " + " " * 500, ""),
        ("a " + " " * 398, "a"),
    ],
)
def test_an_excerpt_is_the_end(text: str, said: str) -> None:
    assert excerpt(text, 20) == said
    assert excerpt("y" * 201) == "… " + "y" * 198


# objects -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("a", 0, "b"), 1),
        (("a", 1), True),
        (("a", -1), True),
        (("a", 2), None),
        (("a", "0"), None),
        (("c", "d", "e"), None),
        ((0,), None),
        ((), {"a": [{"b": 1}, True], "c": {"d": "x"}}),
    ],
)
def test_the_value_at_a_path(path: tuple[str | int, ...], value: object) -> None:
    obj = {"a": [{"b": 1}, True], "c": {"d": "x"}}
    assert at(obj, *path) == value
    assert text_at(obj, *path) == ""
    assert number_at(obj, *path) == (1 if path == ("a", 0, "b") else None)


def test_values_of_another_shape_are_none() -> None:
    obj = {"a": [{"b": 1}, True, "x"], "c": "x", "d": {"a": 1}}
    assert mappings_at(obj, "a") == [{"b": 1}]
    assert mappings_at(obj, "c") == mappings_at(obj, "d") == mappings_at(obj, "z") == []
    assert (text_at(obj, "c"), number_at(obj, "a", 0, "b")) == ("x", 1)


def test_labels_as_a_selector() -> None:
    assert as_selector({"a": "b", "c/d": ""}) == "a=b,c/d="
    assert as_selector(None) == as_selector([]) == as_selector({}) == ""
    many = {f"k{each}": "v" for each in range(MOST_LABELS)}
    assert as_selector(many).count(",") == MOST_LABELS - 1
    for labels, reason in (
        ({**many, "one": "more"}, "limit"),
        ({"a": 1}, "server"),
        ({"a b": "c"}, "server"),
    ):
        with pytest.raises(CannotRead) as caught:
            as_selector(labels)
        assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("key", "value", "is_one"),
    [
        ("a", "b", True),
        ("a", "", True),
        ("a.b/c", "D_1.x-y", True),
        ("a" * 317, "b", True),
        ("a" * 318, "b", False),
        ("a", "b" * 63, True),
        ("a", "b" * 64, False),
        ("a", "b,c", False),
        ("a", "-b", False),
        ("a=b", "c", False),
        ("", "b", False),
        (1, "b", False),
        ("a", None, False),
    ],
)
def test_what_an_api_server_takes_for_a_label(key: object, value: object, is_one: bool) -> None:
    assert is_label(key, value) is is_one


@pytest.mark.parametrize(
    ("selector", "takes"),
    [
        (None, True),
        ({}, True),
        ("app=web", False),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "api"}}, False),
        ({"matchLabels": {"app": "web", "tier": "x"}}, False),
        ({"matchLabels": ["app"]}, False),
        ({"matchExpressions": {"key": "app"}}, False),
        ({"matchExpressions": ["app"]}, False),
        ({"matchExpressions": [{"operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["api"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": "web"}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["api"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": [None]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Gt", "values": ["web"]}]}, False),
        (
            {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]},
            False,
        ),
        ({"matchLabels": {"app": "api"}, "matchExpressions": [{"key": "app", "operator": "Exists"}]}, False),
    ],
)
def test_what_a_selector_of_a_manifest_takes(selector: object, takes: bool) -> None:
    assert selects(selector, {"app": "web"}) is takes


@pytest.mark.parametrize(
    ("selector", "holds"),
    [
        ("app = web", True),
        ("app in (web,)", True),
        ("tier in (,x)", False),
        ("app notin (web)", False),
        ("! app", False),
        ("!tier", True),
        ("app in (api),app", False),
        (" ", True),
        ("number", True),
        ("number=1", False),
        ("number!=1", True),
    ],
)
def test_selectors_of_kubectl(selector: str, holds: bool) -> None:
    assert matches(selector, {"app": "web", "number": 1}) is holds


def test_the_containers_that_go_on_running() -> None:
    spec = {
        "initContainers": [{"name": "once"}, {"name": "side", "restartPolicy": "Always"}],
        "containers": [{"name": "app"}],
    }
    assert [each["name"] for each in running_containers(spec)] == ["app", "side"]
    assert container_count({"spec": spec}) == 2
    assert container_count({}) == 0


def pod(status: dict[str, Any]) -> dict[str, Any]:
    return make("Pod", "web", "shop", status=status)


def conditions(**of: tuple[str, str]) -> dict[str, Any]:
    return {
        "conditions": [{"type": kind, "status": status, "reason": why} for kind, (status, why) in of.items()]
    }


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({"containerStatuses": [{"state": {"running": {}}}, {"state": {"waiting": {"reason": "A"}}}]}, "A"),
        (
            {
                "containerStatuses": [{"state": {"waiting": {"reason": "PodInitializing"}}}],
                "initContainerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}],
            },
            "ErrImagePull",
        ),
        ({**conditions(PodScheduled=("False", "SchedulingGated")), "phase": "Pending"}, "SchedulingGated"),
        ({**conditions(PodScheduled=("False", "")), "phase": "Pending"}, "Unschedulable"),
        ({**conditions(PodScheduled=("True", "x")), "phase": "Pending"}, "Pending"),
        (
            {**conditions(Ready=("False", "ReadinessGatesNotReady")), "phase": "Running"},
            "ReadinessGatesNotReady",
        ),
        ({**conditions(Ready=("False", "ContainersNotReady")), "phase": "Running"}, "Running"),
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted"),
        ({}, ""),
    ],
)
def test_why_a_pod_is_not_ready(status: dict[str, Any], reason: str) -> None:
    assert waiting_reason(pod(status)) == reason


def test_which_pods_have_ended_and_which_are_ready() -> None:
    ended = [
        has_ended(pod({"phase": each})) for each in ("Pending", "Running", "Succeeded", "Failed", "Unknown")
    ]
    assert ended == [False, False, True, True, False]
    ready = [is_ready(pod(conditions(Ready=(each, "")))) for each in ("True", "False", "Unknown")]
    assert ready == [True, False, False]


# Services ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "port", "is_in"),
    [
        ("80", {"port": 80}, True),
        ("80", {"port": 80, "protocol": "TCP", "name": "http"}, True),
        ("80", {"port": 80, "protocol": "UDP"}, False),
        ("80/UDP", {"port": 80, "protocol": "UDP"}, True),
        ("80/UDP", {"port": 80}, False),
        ("81", {"port": 80}, False),
        ("http:80", {"port": 80, "name": "http"}, True),
        ("http:80", {"port": 80, "name": "web"}, False),
        ("http:80", {"port": 80}, False),
        ("http:81", {"port": 80, "name": "http"}, False),
    ],
)
def test_whether_a_service_has_a_port(wanted: str, port: dict[str, Any], is_in: bool) -> None:
    service = make("Service", "web", "shop", spec={"ports": [{"port": 1}, port]})
    assert WantedPort.parse(wanted).is_in(service) is is_in
    assert offers_tcp(service, 80) is (port.get("protocol") != "UDP")


def test_ports_in_words() -> None:
    ports = [
        {"port": 80, "name": "http"},
        {"port": 53, "protocol": "UDP"},
        {"port": 53, "protocol": "UDP", "name": "dns"},
        {},
    ]
    assert port_list(make("Service", "web", "shop", spec={"ports": ports[:3]})) == (
        "http:80",
        "53/UDP",
        "dns:53/UDP",
    )
    assert [as_written(each) for each in ports] == [80, "53/UDP", "53/UDP", 0]
    for wrong in ("0", "65536", "80/tcp", "A:80", "-a:80", ":80"):
        with pytest.raises(ValueError, match="not a port"):
            WantedPort.parse(wrong)


@pytest.mark.parametrize(
    ("kind", "ingress", "addresses"),
    [
        (
            "LoadBalancer",
            [{"ip": "1.2.3.4"}, {"hostname": "a.elb"}, {"ip": "", "hostname": ""}],
            ("1.2.3.4", "a.elb"),
        ),
        ("LoadBalancer", [{"ip": "1.2.3.4", "hostname": "a.elb"}], ("1.2.3.4",)),
        ("LoadBalancer", [], ()),
        ("NodePort", [{"ip": "1.2.3.4"}], ()),
        (None, [{"ip": "1.2.3.4"}], ()),
    ],
)
def test_the_addresses_that_a_load_balancer_gave(
    kind: str | None, ingress: list[Any], addresses: tuple[str, ...]
) -> None:
    service = make(
        "Service", "web", "shop", spec={"type": kind}, status={"loadBalancer": {"ingress": ingress}}
    )
    assert external_addresses(service) == addresses


def backed(name: str = "http", selector: object = None, **more: Any) -> dict[str, Any]:
    return make(
        "Service", "web", "shop", spec={"selector": selector, "ports": [{"name": name, "port": 80}], **more}
    )


def slices(
    ready: object = None, port: str = "http", going: bool = False, addresses: object = ("10.0.0.1", 7)
) -> dict[str, Any]:
    conditions = {} if ready is None else {"conditions": {"ready": ready}}
    endpoint = {"addresses": list(addresses) if isinstance(addresses, tuple) else addresses, **conditions}
    return make(
        "EndpointSlice",
        "web-1",
        "shop",
        labels={"kubernetes.io/service-name": "web"},
        going=going,
        endpoints=[endpoint],
        ports=[{"name": port}],
    )


def endpoints(port: str = "http") -> dict[str, Any]:
    return make(
        "Endpoints", "web", "shop", subsets=[{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"name": port}]}]
    )


def behind(ready: str = "True", ip: str = "10.0.0.1", second: str = "", **more: Any) -> dict[str, Any]:
    ips = {"podIP": ip, "podIPs": [{"ip": ip}, {"ip": second}]}
    status = {"conditions": [{"type": "Ready", "status": ready}], **ips}
    return make("Pod", "web-0", "shop", labels={"app": "web"}, status=status, **more)


SELECTS = {"app": "web"}


@pytest.mark.parametrize(
    ("objects", "ready"),
    [
        ([backed(), slices()], True),
        ([backed(), slices(ready=True)], True),
        ([backed(), slices(ready=False)], False),
        ([backed(), slices(port="other")], False),
        ([backed(), slices(going=True)], False),
        ([backed(ports=[]), slices(port="other")], True),
        ([backed(), slices(addresses=None)], False),
        ([backed(), slices(addresses="10.0.0.1")], False),
        ([backed(), endpoints()], True),
        ([backed(), endpoints("other")], False),
        ([backed()], False),
        ([backed(selector=SELECTS), slices()], False),
        ([backed(selector=SELECTS), slices(), behind()], True),
        ([backed(selector=SELECTS), endpoints(), behind()], True),
        ([backed(selector=SELECTS), endpoints(), behind(ip="fd00::1", second="10.0.0.1")], True),
        ([backed(selector=SELECTS), endpoints(), behind(ip="10.0.0.2")], False),
        ([backed(selector=SELECTS), endpoints(), behind(ready="False")], False),
        ([backed(selector=SELECTS), endpoints(), behind(going=True)], False),
        ([backed(selector={"app": "api"}), endpoints(), behind()], False),
    ],
)
async def test_whether_somebody_ready_stands_behind_a_service(objects: list[Any], ready: bool) -> None:
    world = FakeWorld(*objects)
    world.cluster.kinds |= {"EndpointSlice"}
    assert await has_ready_endpoint(world, objects[0]) is ready


@pytest.mark.parametrize(
    ("unread", "reason", "ready"),
    [
        ({"EndpointSlice": "forbidden"}, None, True),
        ({"EndpointSlice": "unknown-kind"}, None, True),
        ({"Endpoints": "forbidden"}, None, True),
        ({"EndpointSlice": "forbidden", "Endpoints": "forbidden"}, "forbidden", None),
    ],
)
async def test_one_of_both_kinds_is_enough(
    unread: dict[str, str], reason: str | None, ready: bool | None
) -> None:
    errors = {kind: CannotRead(why, phrase("no")) for kind, why in unread.items()}
    world = FakeWorld(cluster=FakeCluster([backed(), slices(), endpoints()], **errors))
    if reason is None:
        assert await has_ready_endpoint(world, backed()) is ready
        return
    with pytest.raises(CannotRead) as caught:
        await has_ready_endpoint(world, backed())
    assert caught.value.reason == reason


# small languages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1Gi", "1024Mi", True),
        ("1Ki", 1024, True),
        ("1k", "1000", True),
        ("0.5", "500m", True),
        ("1e3", "1k", True),
        ("1E", "1000P", True),
        ("1Ei", "1024Pi", True),
        ("1000000n", "1m", True),
        ("1000u", "1m", True),
        ("1M", "1000k", True),
        ("1G", "1000M", True),
        ("1T", "1000G", True),
        ("1Ti", "1024Gi", True),
        ("-1", -1, True),
        ("+1", "1.0", True),
        ("1E-1", "100m", True),
        ("1Gi", "1G", False),
        ("1", "2", False),
        ("x", "x", False),
        (True, 1, False),
        (None, None, False),
        ("1KI", "1Ki", False),
        ("1" * 41, "1" * 41, False),
        ("0." + "1" * 40, "0." + "1" * 40, True),
        ("1e99", "1e99", True),
        ("1e100", "1e100", False),
    ],
)
def test_amounts(one: object, other: object, same: bool) -> None:
    assert same_quantity(one, other) is same


def test_an_amount_is_a_number() -> None:
    assert [quantity(each) for each in ("2Ki", ".5", "1.", "3m", [])] == [
        2048,
        quantity("500m"),
        1,
        quantity("0.003"),
        None,
    ]


@pytest.mark.parametrize(
    ("wanted", "version", "inside"),
    [
        ("=1.2", "1.2.9", True),
        ("==1.2", "1.3", False),
        ("<1.2", "1.2.0", False),
        ("<1.2", "1.1.9", True),
        ("<=1.2.3", "1.2.4", False),
        (">1.2", "1.3", True),
        ("!=1.2", "1.2.1", False),
        ("!=1.2", "1.3", True),
        (" >= v1.2 , < 2", "1.9", True),
        (">=1", "0.9", False),
        ("*", "0", True),
        (">1.2.3", "1.2.4", True),
        (">1.2.3", "1.2", False),
        ("1.0.0", "1", True),
    ],
)
def test_ranges_of_versions(wanted: str, version: str, inside: bool) -> None:
    assert (version in Range.parse(wanted)) is inside
    assert str(Range.parse(wanted)) == wanted


def test_a_version_in_a_text() -> None:
    assert find_version("v1.2") == "1.2"
    assert find_version("a1.2 x.1.2 3.4") == "3.4"
    with pytest.raises(ValueError, match="not a version"):
        assert "x" in Range.parse(">=1")


@pytest.mark.parametrize(
    ("wanted", "image", "fits"),
    [
        ("nginx", "nginx", True),
        ("nginx", "nginx:1.27", True),
        ("nginx:1.27", "nginx:1.27", True),
        ("nginx:1.27", "nginx", False),
        ("nginx:latest", "nginx", True),
        (":1.27", "nginx:1.27", True),
        (":1.27", "nginx:1.28", False),
        ("/nginx", "quay.io/x/nginx", True),
        ("docker.io/nginx", "nginx", True),
        ("index.docker.io/nginx", "nginx", True),
        ("registry-1.docker.io/nginx", "nginx", True),
        ("quay.io/nginx", "nginx", False),
        ("library/nginx", "nginx", True),
        ("x/nginx", "nginx", False),
        ("nginx", "my-nginx", False),
        ("docker.io/x/nginx", "x/nginx", True),
        ("docker.io/library/nginx", "nginx", True),
        ("localhost/a", "localhost/a", True),
        ("nginx@sha256:" + "a" * 32, "nginx@sha256:" + "a" * 32, True),
        ("nginx@sha256:" + "a" * 32, "nginx@sha256:" + "b" * 32, False),
        ("nginx:latest", "nginx@sha256:" + "a" * 32, False),
        ("nginx", "nginx@sha256:" + "a" * 32, True),
        ("^ng.*7$", "nginx:1.27", True),
        ("^ng.*8$", "nginx:1.27", False),
        ("nginx", "no image", False),
        ("x" * (MOST_NAME + 1), "x" * (MOST_NAME + 1), True),
        ("^x+$", "x" * MOST_NAME, True),
        ("^x+$", "x" * (MOST_NAME + 1), False),
        ("a:5000/b", "a:5000/b", True),
        ("a.b/c", "x/c", False),
        ("b:tag", "a:5000/b:tag", True),
    ],
)
def test_images(wanted: str, image: str, fits: bool) -> None:
    assert image_fits(wanted, image) is fits


def test_expressions_that_are_true_of_nothing() -> None:
    assert true_of_nothing("!a")
    for not_of_both in (
        "type(@) == 'object'",
        "type(@) == 'array'",
        "length(a) == `0`",
        "a",
        "to_number('1') > abs('x')",
    ):
        assert not true_of_nothing(not_of_both), not_of_both


def test_patterns_that_match_anything() -> None:
    for each, anything in (
        (".*", False),
        ("", True),
        ("(?s).*", True),
        ("x?", True),
        ("^$", False),
        ("zq#7", False),
        (" ", False),
    ):
        assert matches_anything(each) is (anything or each == ".*"), each
    assert compiled("a").search("ab").start() == 0
    assert compiled("a").search("aba", 1).start() == 2
    assert compiled("a").search("ab", 1) is None


def test_of_an_expression_that_fails_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="parenthesis"):
        compiled("(never seen")
    assert capfd.readouterr().err == ""


def test_parts_of_partial_objects() -> None:
    assert fields({"a": {"b": 1, "c d": [1]}, "e": {}}) == ("a.b", 'a["c d"]', "e")
    assert fields([1], "a") == ("a",)
    assert shown("x" * 158) == f'"{"x" * 158}"'
    assert shown("x" * 159) == f'"{"x" * 157} …'
    assert shown({"가": 1}, 5) == '{"가 …'
    assert shown({1}) == "{1}"


@pytest.mark.parametrize(
    ("expected", "found", "path"),
    [
        ({"status": {"n": 0}}, {"status": {}}, None),
        ({"status": {"n": False, "s": "", "l": []}}, {"status": {}}, None),
        ({"status": {"a": {"n": 0}}}, {"status": {"a": {}}}, None),
        ({"status": {"n": 1}}, {"status": {}}, "status.n"),
        ({"status": {"n": 0}}, {"status": {"n": 1}}, "status.n"),
        ({"status": {"n": 0}}, {}, "status"),
        ({"spec": {"n": 0}}, {"spec": {}}, "spec.n"),
        ({"spec": {"status": {"n": 0}}}, {"spec": {"status": {}}}, "spec.status.n"),
        ({"a": {"limits": {"cpu": "0.5"}}}, {"a": {"limits": {"cpu": "500m"}}}, None),
        ({"a": {"cpu": "0.5"}}, {"a": {"cpu": "500m"}}, "a.cpu"),
        ({"limits": "1"}, {"limits": "1000m"}, "limits"),
        ({"limits": {"a": {"b": "1"}}}, {"limits": {"a": {"b": "1000m"}}}, "limits.a.b"),
        (1, 2, "."),
        ({"a": [{"name": "x", "v": 1}]}, {"a": [{"name": "y"}, {"name": "x", "v": 2}]}, "a[1].v"),
        ({"a": [{"v": 1}]}, {"a": [{"v": 2}, {"v": 3}]}, "a[0].v"),
        ({"a": [{"v": 2}, {"v": 1}]}, {"a": [{"v": 3}, {"v": 2}]}, "a[0].v"),
        ({"a": [1, 2]}, {"a": []}, "a[0]"),
        ({"a": True}, {"a": True}, None),
        ({"a": 1}, {"a": True}, "a"),
        ({"a b": 1}, {}, '["a b"]'),
    ],
)
def test_where_an_object_differs(expected: Any, found: Any, path: str | None) -> None:
    differs = difference(expected, found)
    assert (differs.path if differs else None) == path


def test_each_item_has_a_partner_of_its_own() -> None:
    wide, narrow = {"a": 1}, {"a": 1, "b": 2}
    assert difference([wide, narrow], [narrow, wide]) is None
    assert difference([wide, wide, narrow], [narrow, wide, narrow]) is None
    differs = difference([wide, narrow, narrow], [narrow, wide, wide])
    assert differs is not None and differs.depth == 2


# files, commands, permissions ----------------------------------------------------------------------------------


def test_no_more_of_a_folder_is_looked_through_than_was_asked_for(tmp_path: Path) -> None:
    for name in ("a/1", "a/2", "b"):
        (tmp_path / name).mkdir(parents=True)
    for most, names in (
        (0, []),
        (1, ["a"]),
        (2, ["a", "1"]),
        (3, ["a", "1", "2"]),
        (4, ["a", "1", "2", "b"]),
    ):
        assert [each.name for each in inside(tmp_path, most)] == names or most < 3
        assert len(list(inside(tmp_path, most))) == most


@pytest.mark.parametrize(
    ("command", "always"),
    [
        ("true", True),
        (":", True),
        ("ls || true", True),
        ("ls; exit 0", True),
        ("ls\necho done", True),
        ("printf x", True),
        ("echo a | grep b", False),
        ("ls && true", False),
        ("exit 1", False),
        ("truely", False),
        ("echo a && ls", False),
        ("echoes", False),
    ],
)
def test_commands_that_always_succeed(command: str, always: bool) -> None:
    assert (Command(command=command).never_fails() is not None) is always


@pytest.mark.parametrize(
    ("reason", "command", "about"),
    [
        (
            'RBAC: allowed by RoleBinding "read/shop" of Role "reader" to User "x"',
            "kubectl edit role reader -n shop",
            "rolebinding/read in shop",
        ),
        (
            'RBAC: allowed by RoleBinding "read/shop" of ClusterRole "view" to User "x"',
            "kubectl edit clusterrole view",
            "rolebinding/read in shop",
        ),
        (
            'RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "view" to User "x"',
            "kubectl edit clusterrole view",
            "clusterrolebinding/all",
        ),
    ],
)
def test_the_role_to_be_edited(reason: str, command: str, about: str) -> None:
    (finding,) = _allowed_by(reason)
    assert finding.remedy.values["command"] == command
    assert (finding.object, finding.evidence) == (about, reason)


def test_a_decision_in_words() -> None:
    said = [
        _in_words(Decision(allowed, reason)).render() for allowed in (True, False) for reason in ("", "why")
    ]
    assert said == ["It is allowed", "It is allowed: why", "It is not allowed", "It is not allowed: why"]


def test_rules_for_the_schema() -> None:
    absent = {"properties": {"absent": {"const": True}}, "required": ["absent"]}
    beside = [
        {"required": ["a"]},
        {"required": ["b"]},
        {"required": ["c"], "properties": {"c": {"const": True}}},
    ]
    assert alone("a", "b", true=("c",)) == {"if": absent, "then": {"not": {"anyOf": beside}}}
    assert never(("a", "b")) == {"not": {"anyOf": [{"required": ["a", "b"]}]}}
