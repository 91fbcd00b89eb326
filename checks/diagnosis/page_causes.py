"""Why a page does not answer or shows something else, from the host name to its content."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from checks.base import CannotRead, Finding, Object, Reply
from checks.diagnosis.evidence import ref
from checks.diagnosis.ways import forwarding
from checks.object_fields import at, mappings_at, name_of, number_at, text_at
from checks.patterns import excerpt, quotation
from checks.phrase import Phrase, phrase

INTERNAL = {
    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
    "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
    "networking.gke.io/load-balancer-type": "Internal",
    "cloud.google.com/load-balancer-type": "Internal",
    "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
}
"""Annotations that make a load balancer internal to the cloud's network."""
NLB_CLASS = "service.k8s.aws/nlb"
SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
HOSTNAME = "status.loadBalancer.ingress[0].hostname"
PATHS = {"kiali": "/kiali"}
"""The paths of the consoles that labs use, by Service name; others are at /."""
NO_PAGES = re.compile(r"(^|-)(grpc|metrics)(-|$)")


def no_answer(service: Object, port: int, error: CannotRead) -> Finding | None:
    """For a Service's page that did not answer at its external address."""
    ingress = at(service, "status", "loadBalancer", "ingress", 0)
    if error.stage == "name" and text_at(ingress, "hostname"):
        return _name_not_known(service, port)
    if error.stage in ("connect", "refused", "answer") and ingress:
        return _internal(service, port, error) or _not_let_through(service, port, error)
    if error.stage in ("speech", "tls"):
        return _other_speech(service, port, error)
    return None


def other_answer(service: Object | None, port: int, path: str, reply: Reply) -> Finding | None:
    """For an answer with the wrong page."""
    body = excerpt(reply.body)
    source = f"GET {reply.url}"
    about = ref(service) if service is not None else None
    if reply.status == 400 and "HTTP request to an HTTPS server" in reply.body:
        return Finding(
            "wants-https",
            phrase("This port uses https, but the request used http"),
            phrase("Use https, or the Service's http port."),
            about,
            body,
            source=source,
        )
    if reply.status == 503 and re.search(r"no healthy upstream|upstream connect error", reply.body):
        return Finding(
            "no-upstream",
            phrase("The gateway responds, but there is no pod to handle the request (status 503)"),
            phrase("Check that the pods behind it are ready: {command}", command="kubectl get pods -A"),
            about,
            body,
            source=source,
        )
    if reply.status == 404 and service is not None:
        return _not_found(service, port, path, body, source)
    return None


def url_without_answer(url: str, error: CannotRead) -> Finding | None:
    """For any other page whose host can't be reached."""
    if error.stage == "name":
        cause = phrase("DNS can't resolve the host name of the address")
        remedy = phrase("Check the spelling. A new name takes a few minutes to reach DNS.")
        return Finding("name-not-known", cause, remedy, None, url, source=f"GET {url}")
    if error.stage == "tls" and url.startswith("https:"):
        return Finding(
            "speaks-http",
            phrase("The server at this address does not use https"),
            phrase("Use http: the address starts with http://"),
            None,
            excerpt(error.message.render()),
            source=f"GET {url}",
        )
    return None


def _name_not_known(service: Object, port: int) -> Finding:
    return Finding(
        "name-not-known",
        phrase("The load balancer's host name is not in DNS yet"),
        phrase(
            "Wait a few minutes until the new name is in DNS. Until then, use a port-forward: {command}",
            command=forwarding(service, port),
        ),
        ref(service),
        f"hostname: {text_at(service, *_INGRESS, 'hostname')}",
        HOSTNAME,
    )


_INGRESS = ("status", "loadBalancer", "ingress", 0)


def _internal(service: Object, port: int, error: CannotRead) -> Finding | None:
    """Its addresses are private and can't be reached from here."""
    hostname = text_at(service, *_INGRESS, "hostname")
    known = error.addresses or tuple(filter(None, [text_at(service, *_INGRESS, "ip")]))
    if not known or not all(_private(address) for address in known):
        return None
    annotations = at(service, "metadata", "annotations")
    annotations = annotations if isinstance(annotations, dict) else {}
    text = next((f"{key}: {value}" for key, value in INTERNAL.items() if annotations.get(key) == value), "")
    of_aws = text_at(service, "spec", "loadBalancerClass") == NLB_CLASS or hostname.endswith(".amazonaws.com")
    if text or of_aws:
        where = text or f"loadBalancerClass: {text_at(service, 'spec', 'loadBalancerClass') or '-'}"
        evidence = quotation(f"{hostname or 'address'}: {', '.join(known)}; {where}")
        return Finding(
            "balancer-internal",
            phrase("The load balancer is internal: its address belongs to the cloud's internal network"),
            _to_the_internet(service, of_aws=of_aws),
            ref(service),
            evidence,
            f"{HOSTNAME.rpartition('.')[0]}.{'hostname' if hostname else 'ip'}",
        )
    return Finding(
        "address-private",
        phrase("The address is private and can't be reached from this machine"),
        phrase("Reach the Service with a port-forward: {command}", command=forwarding(service, port)),
        ref(service),
        f"{hostname or 'ip'}: {', '.join(known)}",
        f"{HOSTNAME.rpartition('.')[0]}.{'hostname' if hostname else 'ip'}",
    )


def _to_the_internet(service: Object, *, of_aws: bool) -> Phrase:
    if not of_aws:
        return phrase(
            "Remove the annotation that makes it internal; the cloud then creates a new load balancer."
        )
    where = f"{name_of(service)} -n {text_at(service, 'metadata', 'namespace')}"
    return phrase(
        "AWS makes it internal by default. To make it external: {command}",
        command=f"kubectl annotate service {where} --overwrite {SCHEME}=internet-facing",
    )


def _private(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_private and not _loopback(address)
    except ValueError:
        return False


def _loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def _not_let_through(service: Object, port: int, error: CannotRead) -> Finding | None:
    """The name resolves, but connections time out: something on the way drops them."""
    if error.stage != "connect":
        return None
    node_port = next(
        (
            number_at(p, "nodePort")
            for p in mappings_at(service, "spec", "ports")
            if number_at(p, "port") == port
        ),
        0,
    )
    return Finding(
        "connection-swallowed",
        phrase(
            "The address is known, but port {port} does not respond: most likely a firewall or "
            "security group blocks it",
            port=port,
        ),
        phrase(
            "Open port {port} in the cloud's security group (and node port {node} of the nodes for the load balancer), "
            "or use a port-forward: {command}",
            port=port,
            node=node_port or "-",
            command=forwarding(service, port),
        ),
        ref(service),
        quotation(error.message.render()),
        source=f"connection to port {port}",
    )


def _other_speech(service: Object, port: int, error: CannotRead) -> Finding | None:
    """The port answers with a protocol that no browser understands."""
    for index, each in enumerate(mappings_at(service, "spec", "ports")):
        name = text_at(each, "name")
        if number_at(each, "port") == port and NO_PAGES.search(name):
            return Finding(
                "port-without-pages",
                phrase("Port {port} is not for browsers: its name is {name}", port=port, name=name),
                _right_port(service, port),
                ref(service),
                f"name: {name}, port: {port}; {excerpt(error.message.render())}",
                f"spec.ports[{index}].name",
            )
    return None


def _not_found(service: Object, port: int, path: str, body: str, source: str) -> Finding | None:
    right = PATHS.get(name_of(service))
    ports = mappings_at(service, "spec", "ports")
    name = next((text_at(p, "name") for p in ports if number_at(p, "port") == port), "")
    evidence = f"404: {body}" if body else "404"
    if NO_PAGES.search(name):
        cause = phrase("Port {port} is not for browsers: its name is {name}", port=port, name=name)
        return Finding(
            "port-without-pages", cause, _right_port(service, port), ref(service), evidence, source=source
        )
    if right and not path.startswith(right):
        return Finding(
            "wrong-path",
            phrase("The server responds, but has no page at {path}", path=path),
            phrase("Its page is at {path} of the same address.", path=right),
            ref(service),
            evidence,
            source=source,
        )
    return None


def _right_port(service: Object, port: int) -> Phrase:
    others: Sequence[int] = [
        number
        for each in mappings_at(service, "spec", "ports")
        if (number := number_at(each, "port"))
        and number != port
        and not NO_PAGES.search(text_at(each, "name"))
    ]
    if not others:
        return phrase("Use another Service's port: this one has none for browsers.")
    return phrase("Use port {port} of the same address, with http.", port=others[0])
