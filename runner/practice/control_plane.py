"""Everything that runs in one cluster: controllers, scheduler, kubelets, load balancers, faults."""

from __future__ import annotations

from functools import partial

from runner.practice import controllers, node
from runner.practice.admission.admission_chain import AdmissionChain
from runner.practice.authorization.rbac import Authorizer
from runner.practice.authorization.write_guard import guarded
from runner.practice.controllers.cluster_context import ClusterContext, Settings
from runner.practice.controllers.controller import WorkQueue, controllers_in
from runner.practice.controllers.event_recorder import Recorder
from runner.practice.faults.active_faults import Faults
from runner.practice.initial_objects import create_initial_objects
from runner.practice.machinery.served_resources import Registry
from runner.practice.machinery.store import Store
from runner.practice.machinery.write_pipeline import WritePipeline
from runner.practice.mesh.mesh_controller import MeshController
from runner.practice.network.aggregated_servers import AggregatedServers
from runner.practice.network.custom_metrics_poller import CustomMetricsPoller
from runner.practice.network.load_balancer import Balancers
from runner.practice.network.node_ports import NodePorts
from runner.practice.network.outside_access import OutsideAccess
from runner.practice.network.pages import Pages
from runner.practice.network.webhook_dialler import WebhookDialler
from runner.practice.node.container_runtime import ContainerRuntime
from runner.practice.node.kubelet import Kubelet
from runner.practice.node.metrics_scraper import MetricsScraper


class ControlPlane:
    """Needs a running asyncio loop from `start` to `stop`. A saved store goes on where it was."""

    def __init__(self, store: Store, registry: Registry, settings: Settings | None = None) -> None:
        settings = settings or Settings(version=f"1.{registry.minor}")
        self.authorizer = Authorizer(store)
        guard = partial(guarded, self.authorizer)
        dialler = WebhookDialler()
        self.pipeline = WritePipeline(
            store,
            registry,
            AdmissionChain(),
            guard,
            settings.service_cidr,
            dial=dialler.dial if settings.containers else None,
        )
        self.faults = Faults(store)
        recorder = Recorder(self.pipeline)
        self.context = ClusterContext(self.pipeline, settings, recorder, self.faults)
        self._queue = WorkQueue(store)
        self._kubelet = Kubelet(self.context)
        self.access = OutsideAccess(Pages(settings.pages, store), self._kubelet.runtime)
        dialler.access = self.access
        self._balancers = Balancers(self.context, self._queue, self.access)
        self._node_ports = NodePorts(self.context, self._queue, self.access)
        self._scraper = MetricsScraper(self.context, self._kubelet.runtime)
        self.aggregated = AggregatedServers(dialler.dial)
        self._custom_metrics = CustomMetricsPoller(self.context, self.aggregated)
        self._mesh = MeshController(self.context, self._kubelet.runtime)
        self._kubelet.runtime_lost.append(self._mesh.forget)
        entered = controllers_in(controllers, node)
        self._queue.controllers = [kind(self.context, self._queue) for kind in entered]
        self._queue.controllers.append(self._balancers)
        self._queue.controllers.append(self._node_ports)

    def start(self, api_server: str = "") -> None:
        """Create the first objects of a new cluster, and start. Returns at once; the work happens in the loop.

        `api_server`: host:port at which the API answers, for the pods.
        """
        create_initial_objects(self.context)
        self._queue.start()
        self._kubelet.start(api_server, self.access.pages.listed)
        self._scraper.start()
        self._custom_metrics.start()
        self._mesh.start()

    async def stop(self) -> None:
        """Stop everything, and close the ports of the load balancers."""
        self._queue.stop()
        self._scraper.stop()
        self._custom_metrics.stop()
        self._mesh.stop()
        await self._kubelet.stop()
        await self._balancers.stop()
        await self._node_ports.stop()

    @property
    def runtime(self) -> ContainerRuntime:
        """What runs the containers."""
        return self._kubelet.runtime

    @property
    def idle(self) -> bool:
        """Whether no controller has anything left to do now; timers and pods on their way aside."""
        return self._queue.idle
