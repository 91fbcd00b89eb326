"""The admission plugins of a cluster, in the order in which a real API server asks them.

A plugin is a file `…_plugin.py` of this package that enters itself; its name says when it comes. First all of them may change
the object (`admit`), then it is validated, then all of them may refuse it (`check`).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from runner.practice.admission.admission_request import Request

ORDER = (
    "LimitRanger",
    "ServiceAccount",
    "TaintNodesByCondition",
    "PodSecurity",
    "Priority",
    "DefaultTolerationSeconds",
    "RuntimeClass",
    "DaemonSetGeneration",
    "MutatingAdmissionWebhook",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook",
    "ResourceQuota",
)
"""k8s.io/kubernetes, pkg/kubeapiserver/options/plugins.go: AllOrderedPlugins."""

Hook = Callable[[Request], None]


class Plugin:
    """One plugin; `resources` are those that it looks at (None: all)."""

    name = ""
    resources: frozenset[str] | None = None

    def admit(self, request: Request) -> None:
        """May change `request.object`. Raises ApiError."""

    def check(self, request: Request) -> None:
        """May warn. Raises ApiError."""


_ENTERED: dict[str, Plugin] = {}


def enter(plugin: type[Plugin]) -> type[Plugin]:
    """Decorates the class of a plugin: it is asked from now on."""
    assert plugin.name in ORDER, f"{plugin.name} has no place in the order"
    _ENTERED[plugin.name] = plugin()
    return plugin


@cache
def plugins() -> tuple[Plugin, ...]:
    """All of them, in order."""
    import runner.practice.admission as package

    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.endswith("_plugin"):
            continue
        importlib.import_module(f"{package.__name__}.{module.name}")
    return tuple(_ENTERED[name] for name in ORDER if name in _ENTERED)


def admit(request: Request) -> None:
    """Let the plugins change the object. Raises ApiError where one refuses it."""
    for plugin in plugins():
        if plugin.resources is None or request.resource in plugin.resources:
            plugin.admit(request)


def check(request: Request) -> None:
    """Let the plugins look at the object as it will be stored. Raises ApiError where one refuses it."""
    request.validating = True
    for plugin in plugins():
        if plugin.resources is None or request.resource in plugin.resources:
            plugin.check(request)
