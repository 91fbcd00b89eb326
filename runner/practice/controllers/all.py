"""The list of all controllers."""

from __future__ import annotations

from runner.practice.controllers.cronjobs import CronJobs
from runner.practice.controllers.daemonsets import DaemonSets
from runner.practice.controllers.deployments import Deployments
from runner.practice.controllers.disruption import Disruption
from runner.practice.controllers.endpoints import Endpoints, EndpointSlices
from runner.practice.controllers.expiry import Expiry
from runner.practice.controllers.garbage import Garbage
from runner.practice.controllers.jobs import Jobs
from runner.practice.controllers.lost_nodes import LostNodes
from runner.practice.controllers.namespaces import Namespaces
from runner.practice.controllers.nodes import Nodes
from runner.practice.controllers.protection import Protection
from runner.practice.controllers.quotas import Quotas
from runner.practice.controllers.replicasets import ReplicaSets, ReplicationControllers
from runner.practice.controllers.statefulsets import StatefulSets
from runner.practice.controllers.tokens import Tokens
from runner.practice.controllers.volumes import Volumes
from runner.practice.controllers.work import Controller, Life, Work
from runner.practice.kubelet.scheduler import Scheduler

KINDS: tuple[type[Controller], ...] = (
    Garbage,
    Namespaces,
    Nodes,
    LostNodes,
    Tokens,
    Volumes,
    Protection,
    Deployments,
    ReplicaSets,
    ReplicationControllers,
    StatefulSets,
    DaemonSets,
    Jobs,
    CronJobs,
    Endpoints,
    EndpointSlices,
    Disruption,
    Quotas,
    Scheduler,
    Expiry,
)


def controllers(life: Life, work: Work) -> list[Controller]:
    """One of each. Those who need it first come first: a pod's owner before its scheduler."""
    return [kind(life, work) for kind in KINDS]
