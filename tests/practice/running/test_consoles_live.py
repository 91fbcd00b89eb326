"""Prometheus, Kiali and an autoscaler's adapter in pods of a practice cluster, with the real kubectl."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from runner.practice.cluster import PracticeCluster
from runner.practice.istio_release.release_settings import FIRST
from runner.practice.istio_release.stand_in_download import make_download
from tests.practice.running.test_istio_on_practice import Learner

pytestmark = [
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH"),
    pytest.mark.asyncio(loop_scope="module"),
]
COUNTER = (
    'istio_requests_total{reporter=\\"destination\\",source_workload=\\"unknown\\",source_workload_namespace=\\"unknown\\",'
    'destination_workload=\\"order\\",destination_workload_namespace=\\"default\\",destination_canonical_service=\\"order\\",'
    'destination_canonical_revision=\\"v1\\",destination_service_name=\\"order\\",destination_service_namespace=\\"default\\",'
    'request_protocol=\\"http\\",response_code=\\"200\\"}'
)
LOOP = (
    f'n=0; while true; do echo "{COUNTER} $n" > /usr/share/nginx/html/metrics; n=$((n+10)); sleep 0.5; done'
)
SCRIPT = f'{LOOP} & nginx -g "daemon off;"'
QUERY = 'sum(rate(istio_requests_total{destination_workload="order"}[10s]))'
ADAPTER = "registry.opensource.zalan.do/teapot/kube-metrics-adapter:v0.1.0"
OWN = "metric-config.object.istio-requests-total.prometheus"


def _object(kind: str, api: str, name: str, namespace: str = "default", **fields: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace, **fields.pop("metadata", {})}
    return {"apiVersion": api, "kind": kind, "metadata": meta, **fields}


def _deployment(
    name: str, namespace: str, container: dict[str, Any], notes: dict[str, str], **spec: Any
) -> dict[str, Any]:
    labels = {"app": name, "version": "v1"}
    template = {
        "metadata": {"labels": labels, "annotations": notes},
        "spec": {"containers": [container], **spec},
    }
    whole = {"selector": {"matchLabels": labels}, "template": template}
    return _object("Deployment", "apps/v1", name, namespace, spec=whole)


OBJECTS = [
    _deployment(
        "order",
        "default",
        {
            "name": "order",
            "image": "nginx",
            "command": ["bash", "-c", SCRIPT],
            "ports": [{"containerPort": 80}],
        },
        {"prometheus.io/scrape": "true", "prometheus.io/port": "80"},
    ),
    _object("Service", "v1", "order", spec={"selector": {"app": "order"}, "ports": [{"port": 80}]}),
    _deployment(
        "adapter",
        "istio-system",
        {
            "name": "adapter",
            "image": ADAPTER,
            "args": ["--prometheus-server=http://prometheus.istio-system:9090"],
        },
        {},
        serviceAccountName="prometheus",
    ),
    _object(
        "Service",
        "v1",
        "adapter",
        "istio-system",
        spec={"selector": {"app": "adapter"}, "ports": [{"port": 443}]},
    ),
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "adapter"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "prometheus", "namespace": "istio-system"}],
    },
    {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1beta1.custom.metrics.k8s.io"},
        "spec": {
            "service": {"name": "adapter", "namespace": "istio-system"},
            "group": "custom.metrics.k8s.io",
            "version": "v1beta1",
            "insecureSkipTLSVerify": True,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
        },
    },
]
AUTOSCALER = _object(
    "HorizontalPodAutoscaler",
    "autoscaling/v2beta1",
    "order",
    metadata={"annotations": {f"{OWN}/query": QUERY, f"{OWN}/per-replica": "true"}},
    spec={
        "maxReplicas": 3,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "order"},
        "metrics": [
            {
                "type": "Object",
                "object": {
                    "metricName": "istio-requests-total",
                    "target": {"apiVersion": "v1", "kind": "Pod", "name": "order"},
                    "targetValue": "5",
                },
            }
        ],
    },
)
FAST = (
    "sed 's/scrape_interval: 15s/scrape_interval: 1s/' samples/addons/prometheus.yaml"
    " | kubectl apply -f - -f samples/addons/kiali.yaml"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def learner(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Learner]:
    folder = tmp_path_factory.mktemp("consoles")
    make_download(FIRST, folder)
    async with PracticeCluster(
        "consoles", version="1.22", folder=folder / "state", speed=10, containers=True, container_speed=1
    ) as cluster:
        typed = Learner(folder, cluster.kubeconfig(folder / "kubeconfig"))
        done = await typed(f"kubectl create namespace istio-system && {FAST}")
        assert done.returncode == 0, done.stderr
        done = await typed(
            "kubectl apply -f -", json.dumps({"apiVersion": "v1", "kind": "List", "items": OBJECTS})
        )
        assert done.returncode == 0, done.stderr
        yield typed


def raw(service: str, port: int, path: str) -> str:
    return f"kubectl get --raw '/api/v1/namespaces/istio-system/services/{service}:{port}/proxy{path}'"


async def test_pods_that_say_so_are_scraped(learner: Learner) -> None:
    query = raw("prometheus", 9090, "/api/v1/query?query=istio_requests_total")
    found = json.loads(await learner.until(query, '"app":"order"', '"namespace":"default"'))
    assert found["data"]["result"][0]["metric"]["pod"].startswith("order-")
    usage = raw("prometheus", 9090, "/api/v1/query?query=container_memory_working_set_bytes")
    await learner.until(usage, '"container":"order"')


async def test_kiali_shows_what_is_there(learner: Learner) -> None:
    graph = raw("kiali", 20001, "/kiali/api/namespaces/graph?namespaces=default&duration=10s")
    text = await learner.until(graph, '"service":"order"', '"app":"order"')
    nodes = {each["data"]["nodeType"]: each["data"] for each in json.loads(text)["elements"]["nodes"]}
    assert nodes["app"]["hasMissingSC"]
    assert nodes["unknown"]["isRoot"]
    listed = await learner.until(
        raw("kiali", 20001, "/kiali/api/namespaces/default/workloads"), '"podCount":1'
    )
    assert [each["name"] for each in json.loads(listed)["workloads"]] == ["order"]


async def test_an_autoscaler_follows_the_requests_of_a_mesh(learner: Learner) -> None:
    """20 requests a second, and 5 for each replica: more than the three that are allowed."""
    assert (await learner("kubectl apply -f -", json.dumps(AUTOSCALER))).returncode == 0
    path = "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/pods/order/istio-requests-total"
    await learner.until(
        f"kubectl get --raw {path}", '"MetricValueList"', '"metricName":"istio-requests-total"'
    )
    await learner.until("kubectl get deployment order", "3/3")
    await learner.until(
        "kubectl describe hpa order", "New size: 3; reason: Pod metric istio-requests-total above target"
    )
    reasons = "kubectl get --raw /apis/autoscaling/v2beta2/namespaces/default/horizontalpodautoscalers/order"
    await learner.until(reasons, "ValidMetricFound")
