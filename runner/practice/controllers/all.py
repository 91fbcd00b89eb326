"""The list of all controllers."""

from __future__ import annotations

from runner.practice.controllers.certificate_controller import Certificates
from runner.practice.controllers.controller import Controller, Life, Work
from runner.practice.controllers.cronjob_controller import CronJobs
from runner.practice.controllers.daemonset_controller import DaemonSets
from runner.practice.controllers.deployment import Deployments
from runner.practice.controllers.disruption_controller import Disruption
from runner.practice.controllers.endpoints_controller import Endpoints, EndpointSlices
from runner.practice.controllers.event_expiry_controller import Expiry
from runner.practice.controllers.garbage_collector import Garbage
from runner.practice.controllers.job_controller import Jobs
from runner.practice.controllers.namespace_controller import Namespaces
from runner.practice.controllers.node_controller import Nodes
from runner.practice.controllers.node_lifecycle_controller import LostNodes
from runner.practice.controllers.replicaset_controller import ReplicaSets, ReplicationControllers
from runner.practice.controllers.resource_quota_controller import Quotas
from runner.practice.controllers.role_aggregation_controller import RoleAggregation
from runner.practice.controllers.statefulset_controller import StatefulSets
from runner.practice.controllers.taint_eviction_controller import TaintEviction
from runner.practice.controllers.token_controller import Tokens
from runner.practice.controllers.volume_controller import Volumes
from runner.practice.controllers.volume_protection_controller import Protection
from runner.practice.node.scheduler import Scheduler

KINDS: tuple[type[Controller], ...] = (
    Garbage,
    Namespaces,
    Nodes,
    LostNodes,
    TaintEviction,
    Tokens,
    RoleAggregation,
    Certificates,
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
