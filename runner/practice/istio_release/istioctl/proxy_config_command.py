"""proxy-config: what a pod's Envoy is configured with, from its own config_dump."""

from __future__ import annotations

import base64
import json
import re
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from runner.practice.istio_release.dumps import dump_tables as tables
from runner.practice.istio_release.dumps.envoy_dump import (
    camel,
    clusters,
    listeners,
    of_type,
    place_of,
    routes,
)
from runner.practice.istio_release.istioctl.kubectl_cluster import Cluster, Failed, Object, words
from runner.practice.istio_release.istioctl.text_columns import columns

NAMES = {
    "c": "cluster", "cluster": "cluster", "clusters": "cluster", "l": "listener", "listener": "listener",
    "listeners": "listener", "r": "route", "route": "route", "routes": "route", "ep": "endpoint", "endpoint": "endpoint",
    "endpoints": "endpoint", "b": "bootstrap", "bootstrap": "bootstrap", "o": "log", "log": "log", "s": "secret",
    "secret": "secret", "secrets": "secret", "a": "all", "all": "all",
}  # fmt: skip
GAP = 5


class ProxyDump:
    """What one proxy answers; each part is asked for once."""

    def __init__(self, cluster: Cluster, asked: Namespace) -> None:
        self._cluster, self._asked = cluster, asked
        self._config: Object | None = None

    @property
    def config(self) -> Object:
        if self._config is None:
            if self._asked.file:
                self._config = json.loads(Path(self._asked.file).read_text(encoding="utf-8"))
            else:
                self._config = json.loads(self.ask("GET", "config_dump"))
        assert self._config is not None
        return self._config

    @property
    def account(self) -> str:
        """The end of the name of the proxy's own certificate: /namespace/ServiceAccount; "" where it is not known."""
        if self._asked.file:
            return ""
        name, namespace = pod_name(self._cluster, self._asked.pod, self._asked.namespace)
        found = self._cluster.get(name, "-n", namespace)
        if not found:
            return ""
        spec = found[0]["spec"]
        spec = spec["template"]["spec"] if "template" in spec else spec
        return f"/{namespace}/{spec.get('serviceAccountName') or 'default'}"

    def ask(self, method: str, path: str) -> str:
        """Of Envoy's administration interface. Raises Failed."""
        name, namespace = pod_name(self._cluster, self._asked.pod, self._asked.namespace)
        where = ["exec", name, "-n", namespace, "-c", "istio-proxy", "--"]
        done = self._cluster.run(*where, "pilot-agent", "request", method, path)
        if done.returncode != 0:
            problem = words(done.stderr)
            raise Failed(
                f"failed to execute command on {name.removeprefix('pod/')}.{namespace} sidecar: {problem}"
            )
        return done.stdout


def pod_name(cluster: Cluster, given: str, namespace: str | None) -> tuple[str, str]:
    """(what kubectl exec takes, namespace) of pod, pod.namespace, deploy/name. Raises Failed."""
    if not given:
        raise Failed("requires pod name")
    kind, slash, name = given.rpartition("/")
    name, dot, place = name.partition(".")
    namespace = place if dot and place else namespace or cluster.namespace()
    if slash and kind not in ("pod", "pods", "po"):
        return f"{kind}/{name}", namespace
    if not cluster.get("pod", name, "-n", namespace):
        raise Failed(f'unable to retrieve Pod: pods "{name}" not found')
    return f"pod/{name}", namespace


def proxy_config(cluster: Cluster, asked: Namespace) -> int:
    kind = NAMES.get(asked.what)
    if kind is None:
        raise Failed(f'unknown command "{asked.what}" for "istioctl proxy-config"')
    dump, minor = ProxyDump(cluster, asked), int(cluster.version.split(".")[1])
    show: dict[str, Callable[[], None]] = {
        "cluster": lambda: _print(asked, _clusters(dump, asked), tables.cluster_rows),
        "listener": lambda: _print(
            asked, _listeners(dump, asked), lambda found: tables.listener_rows(found, minor), 1
        ),
        "route": lambda: _print(asked, _routes(dump, asked), lambda found: tables.route_rows(found, minor)),
        "endpoint": lambda: _print(asked, _endpoints(dump, asked), lambda found: _of_endpoints(found, asked)),
        "bootstrap": lambda: print(json.dumps(camel(of_type(dump.config, "Bootstrap")), indent=4)),
        "secret": lambda: print(columns(_secret_rows(dump.config, dump.account), GAP), end=""),
        "log": lambda: _log(dump, asked),
    }
    if kind == "all":
        for number, each in enumerate(("cluster", "listener", "route", "endpoint")):
            print(end="\n" if number else "")
            show[each]()
        return 0
    show[kind]()
    return 0


def _print(
    asked: Namespace, found: list[Object], rows: Callable[[list[Object]], tables.Rows], gap: int = GAP
) -> None:
    if asked.output == "json":
        print(json.dumps(camel(found), indent=4))
    elif asked.output == "yaml":
        print(yaml.safe_dump(camel(found), sort_keys=False), end="")
    else:
        print(columns(rows(found), gap), end="")


def _clusters(dump: ProxyDump, asked: Namespace) -> list[Object]:
    def wanted(cluster: Object) -> bool:
        direction, port, subset, host = tables.subset_key(cluster["name"])
        return (
            (
                not asked.fqdn
                or host == asked.fqdn
                or cluster["name"] == asked.fqdn
                or _within(asked.fqdn, host)
            )
            and (not asked.port or port == str(asked.port))
            and (not asked.subset or subset == asked.subset)
            and (not asked.direction or direction == asked.direction)
        )

    return [each for each in clusters(dump.config) if wanted(each)]


def _within(short: str, host: str) -> bool:
    """reviews.default of reviews.default.svc.cluster.local, as the newer istioctl takes it."""
    return "." in short and host.startswith(f"{short}.")


def _listeners(dump: ProxyDump, asked: Namespace) -> list[Object]:
    def wanted(listener: Object) -> bool:
        address, port = place_of(listener["address"])
        return (not asked.address or address == asked.address) and (not asked.port or port == asked.port)

    return [each for each in listeners(dump.config) if wanted(each)]


def _routes(dump: ProxyDump, asked: Namespace) -> list[Object]:
    return [each for each in routes(dump.config) if not asked.name or each.get("name") == asked.name]


def _endpoints(dump: ProxyDump, asked: Namespace) -> list[Object]:
    text = dump.ask("GET", "clusters?format=json")
    return [
        each for each in json.loads(text).get("cluster_statuses") or ()
        if not asked.cluster or each.get("name") == asked.cluster
    ]  # fmt: skip


def _of_endpoints(found: list[Object], asked: Namespace) -> tables.Rows:
    header, *rows = tables.endpoint_rows(found)
    kept = [
        row for row in rows
        if (not asked.address or row[0].rpartition(":")[0] == asked.address)
        and (not asked.port or row[0].rpartition(":")[2] == str(asked.port))
        and (not asked.status or row[1].lower() == asked.status.lower())
    ]  # fmt: skip
    return [header, *kept]


def _log(dump: ProxyDump, asked: Namespace) -> None:
    if asked.level:
        raise Failed(
            "the practice stand-in does not change log levels: one Envoy serves the proxies of all pods"
        )
    print(dump.ask("POST", "logging").rstrip())


def _secret_rows(config: Object, account: str) -> tables.Rows:
    """The proxy's own certificate and the root, as Istio names them."""
    rows = [["RESOURCE NAME", "TYPE", "STATUS", "VALID CERT", "SERIAL NUMBER", "NOT AFTER", "NOT BEFORE"]]
    for each in of_type(config, "Secrets").get("dynamic_active_secrets") or ():
        secret = each.get("secret") or {}
        chain = (secret.get("tls_certificate") or {}).get("certificate_chain")
        trusted = (secret.get("validation_context") or {}).get("trusted_ca")
        data = chain or trusted or {}
        text = data.get("inline_string") or base64.b64decode(data.get("inline_bytes", "")).decode(
            errors="replace"
        )
        if not re.search("BEGIN CERTIFICATE", text):
            continue
        if chain and not str(secret.get("name", "")).endswith(account):
            continue  # another pod's: one Envoy keeps those of all
        name = "default" if chain else "ROOTCA"
        row = [name, "Cert Chain" if chain else "CA", "ACTIVE", "true", *_dates(text)]
        if row not in rows:
            rows.append(row)
    return rows


def _dates(text: str) -> list[str]:
    from cryptography import x509

    found: Any = x509.load_pem_x509_certificate(text.encode())
    form = "%Y-%m-%dT%H:%M:%SZ"
    after, before = found.not_valid_after_utc, found.not_valid_before_utc
    return [str(found.serial_number), after.strftime(form), before.strftime(form)]
