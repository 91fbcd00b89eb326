"""Deployments: from one ReplicaSet to the next, a few pods at a time."""

from runner.practice.controllers.deployment.deployment_controller import Deployments

__all__ = ["Deployments"]
