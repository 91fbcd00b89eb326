"""Images that can't be pulled."""

from __future__ import annotations

from checks.base import Object
from tests.faults.case import Case
from tests.faults.manifests import READY, applied, cleared, deployment, rolled_out, with_fault

WEB = deployment()
PILOT = deployment(image="docker.io/istio/pilot:1.11.3")
GRAFANA = deployment(image="docker.io/grafana/grafana:7.5.5")
OLD_HUB = deployment(image="gcr.io/istio-release/pilot:1.11.3")


def pulled(
    rule: str, because: str, evidence: str, name: str = "", of: Object = PILOT, facts: tuple[str, ...] = ()
) -> Case:
    bring = with_fault("image-pull", of, because=because)
    return Case(rule, name, READY, bring, cleared, evidence=evidence, about="pod/web-", facts=facts)


CASES = (
    pulled("pull-limit", "rate-limit", "toomanyrequests", facts=("F10",)),
    pulled("pull-limit", "rate-limit", "toomanyrequests", "addon", of=GRAFANA, facts=("F24",)),
    pulled("registry-retired", "retired", "403 Forbidden", of=OLD_HUB, facts=("F11",)),
    pulled("image-not-found", "not-found", "not found"),
    pulled("image-denied", "denied", "pull access denied"),
    pulled("registry-unreachable", "dns", "no such host"),
    pulled("registry-unreachable", "timeout", "i/o timeout", "timeout"),
    pulled("image-platform", "platform", "no match for platform"),
    Case(
        "image-misspelled",
        "name",
        READY,
        applied(deployment(image="ngnix:1.21")),
        applied(WEB),
        evidence="denied",
    ),
    Case(
        "image-misspelled",
        "tag-in-use",
        READY,
        applied(deployment(image="nginx:1.21-broken")),
        applied(WEB),
        before=rolled_out(deployment("other", image="nginx:1.21")),
    ),
    Case(
        "image-name",
        "",
        READY,
        applied(deployment(image="nginx:1.21:2")),
        applied(WEB),
        evidence="nginx:1.21:2",
    ),
    Case(
        "image-not-on-node",
        "",
        READY,
        applied(deployment(image="my/app:1", container={"imagePullPolicy": "Never"})),
        applied(WEB),
        evidence="Never",
    ),
)
