"""The controllers of a practice cluster: what makes its objects move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner.practice.authentication.users import User
from runner.practice.controllers.controller import Life, Settings, Work
from runner.practice.controllers.event_recorder import Recorder
from runner.practice.controllers.object_helpers import controller_of
from runner.practice.faults.active_faults import Troubles
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.served_resources import Registry
from runner.practice.machinery.store import Object, Store
from runner.practice.machinery.webhook_calls import WebhookAnswers

if TYPE_CHECKING:
    from runner.practice.admission import Request

__all__ = ["Controllers", "Settings"]


class Controllers:
    """Everything that lives in one cluster: controllers, scheduler, kubelets, load balancers.

    Needs a running asyncio loop from `start` to `stop`. A new store is seeded; one that was saved goes on
    where it was.
    """

    def __init__(self, store: Store, registry: Registry, settings: Settings | None = None) -> None:
        settings = settings or Settings(version=f"1.{registry.minor}")
        self.troubles = Troubles(store)
        self._life = Life(
            store, registry, settings, Recorder(store, registry.minor), self.troubles, self._prepare
        )
        self._store = store
        self._answers = WebhookAnswers()
        self._work = Work(store)
        # The parts import this package's modules, so they can only be imported once it is there.
        from runner.practice.controllers.all import controllers
        from runner.practice.network.load_balancer import Balancers
        from runner.practice.network.pages import Pages
        from runner.practice.node.kubelet import Kubelet

        self.pages = Pages(settings.pages, store)
        self._balancers = Balancers(self._life, self._work, self.pages)
        self._kubelet = Kubelet(self._life)
        self._work.controllers = [*controllers(self._life, self._work), self._balancers]

    def start(self) -> None:
        """Seed a new cluster, and begin. Returns at once; what is to be done happens in the loop."""
        from runner.practice.controllers.initial_objects import seed

        seed(self._life)
        self._work.start()
        self._kubelet.start()

    async def stop(self) -> None:
        """Stop everything, and close the ports of the load balancers."""
        self._work.stop()
        await self._kubelet.stop()
        await self._balancers.stop()

    @property
    def idle(self) -> bool:
        """Whether no controller has anything left to do now; timers and pods on their way aside."""
        return self._work.idle

    def _prepare(self, resource: str, obj: Object) -> Object:
        """What the API server does with an object that a controller creates. Raises ApiError."""
        from runner.practice.admission import Request
        from runner.practice.admission.webhook_plugin import request_key
        from runner.practice.defaults import apply_defaults

        user = User(controller_user(obj), groups=("system:serviceaccounts", "system:authenticated"))
        defaulted = apply_defaults(resource, obj, self._life.minor)
        request = Request(self._store, self._life.registry, resource, "CREATE", defaulted, user=user)
        request.webhooks = self._answers
        key = request_key(request)
        try:
            self._admit(request)
        except ApiError:
            self._answers.forget(key)
            raise
        self._answers.forget(key)
        return request.object

    def _admit(self, request: Request) -> None:
        from runner.practice.admission import admit, check, prepare_for_create
        from runner.practice.kinds.service_addresses import allocate

        resource = request.resource
        admit(request)
        request.object = prepare_for_create(resource, request.object, has_status=True, minor=self._life.minor)
        if resource == "services":
            request.object = allocate(
                self._store, request.object, None, addresses=self._life.settings.service_cidr
            )
        check(request)


def controller_user(obj: Object) -> str:
    """As whom the controller writes that made an object: the account of its owner's controller."""
    owner = controller_of(obj)
    name = owner["kind"].lower() if owner else "namespace"
    return f"system:serviceaccount:kube-system:{name}-controller"
