"""The admission plugins of a cluster, in the order in which a real API server asks them.

A plugin is a file `…_plugin.py` of this package that enters itself; its name says when it comes. First all of them may change
the object (`admit`), then it is validated, then all of them may refuse it (`check`).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from runner.practice import admission
from runner.practice.machinery.admission_request import Request

ORDER = (
    "NamespaceLifecycle",
    "LimitRanger",
    "ServiceAccount",
    "TaintNodesByCondition",
    "PodSecurity",
    "Priority",
    "DefaultTolerationSeconds",
    "DefaultStorageClass",
    "StorageObjectInUseProtection",
    "RuntimeClass",
    "DefaultIngressClass",
    "MutatingAdmissionWebhook",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook",
    "ResourceQuota",
)
"""k8s.io/kubernetes, pkg/kubeapiserver/options/plugins.go: AllOrderedPlugins."""


class Plugin:
    """One plugin; `resources` are those that it looks at (None: all)."""

    name = ""
    resources: frozenset[str] | None = None
    external = False
    """Whether others than the API server decide: it is not asked again about what they changed."""

    def admit(self, request: Request) -> None:
        """May change `request.object`. Raises ApiError."""

    def check(self, request: Request) -> None:
        """May warn. Raises ApiError."""


_ENTERED: dict[str, Plugin] = {}


def enter(plugin: type[Plugin]) -> type[Plugin]:
    """Class decorator that registers a plugin."""
    assert plugin.name in ORDER, f"{plugin.name} has no place in the order"
    _ENTERED[plugin.name] = plugin()
    return plugin


def _entered() -> tuple[Plugin, ...]:
    for module in pkgutil.iter_modules(admission.__path__):
        if module.name.endswith("_plugin"):
            importlib.import_module(f"{admission.__name__}.{module.name}")
    return tuple(_ENTERED[name] for name in ORDER if name in _ENTERED)


class AdmissionChain:
    """All plugins, in order."""

    def __init__(self) -> None:
        self._plugins = _entered()

    def admit(self, request: Request) -> None:
        """Let the plugins change the object. Raises ApiError if one refuses it."""
        for plugin in self._asked(request):
            plugin.admit(request)
        if not request.patched:
            return
        for plugin in self._asked(
            request
        ):  # as a real API server, once more where a webhook changed the object
            if not plugin.external:
                plugin.admit(request)

    def check(self, request: Request) -> None:
        """Let the plugins look at the object as it will be stored. Raises ApiError if one refuses it."""
        request.validating = True
        for plugin in self._asked(request):
            plugin.check(request)

    def _asked(self, request: Request) -> Iterator[Plugin]:
        return (one for one in self._plugins if one.resources is None or request.resource in one.resources)
