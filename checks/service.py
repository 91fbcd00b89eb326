"""Checks that a Service has the right type and ports and can be reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import Change, Finding, Object, ObjectRef, Outcome, Verdict, World, Written
from checks.diagnosis.absent import why_absent
from checks.diagnosis.balancing import no_address
from checks.diagnosis.endpoint_causes import nobody_behind, pods_behind, port_named_otherwise
from checks.diagnosis.exposure import not_open, opened_by_mistake
from checks.object_fields import (
    ABSENT,
    Name,
    NamespacedCheck,
    absent,
    as_selector,
    at,
    describe,
    exists,
    going,
    in_namespace,
    is_going,
    judge_absent,
    mappings_at,
    missing,
    text_at,
)
from checks.phrase import Phrase, phrase
from checks.ready_endpoints import has_ready_endpoint
from checks.sentences import Sentence, gone, has, named, of_type
from checks.sentences import exists as described
from checks.service_ports import Port, WantedPort, as_written, port_list

ServiceType = Literal["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]


class Service(NamespacedCheck):
    """A Service exists, with this type, these ports, an external address, and pods behind it."""

    subject: ClassVar[str] = "service"
    examples: ClassVar[str] = """
- {service: web, in: shop, type: ClusterIP, ports: ["http:80"], endpoints: true}
- {service: kiali, in: istio-system, external: true, or_forwarded: true}
"""
    interval: ClassVar[float | None] = (
        2.0  # for what time or a port-forward changes; the cluster's side is watched
    )

    service: Annotated[Name, Field(description="The Service's name.")]
    type: Annotated[ServiceType | None, Field(description="The Service's type.")] = None
    ports: Annotated[
        tuple[Port, ...],
        Field(
            description=(
                "Ports that it must have: numbers, or name:number as in http:80; with a "
                "protocol other than TCP as in 53/UDP."
            )
        ),
    ] = ()
    external: Annotated[
        bool,
        Field(
            description=(
                "It is of type LoadBalancer, and its status has an external address (an IP "
                "or a host name). externalIPs do not count: nothing verifies that they "
                "respond."
            )
        ),
    ] = False
    or_forwarded: Annotated[
        bool,
        Field(
            description=(
                "With `external`: if no address is assigned, an open port-forward to the "
                "Service that responds is enough. For clusters without load balancers."
            )
        ),
    ] = False
    endpoints: Annotated[
        bool,
        Field(
            description=(
                "At least one ready pod that it selects must be among its endpoints. For a "
                "Service without a selector: at least one ready endpoint in its "
                "EndpointSlices or Endpoints."
            )
        ),
    ] = False
    absent: Annotated[bool, ABSENT] = False

    @model_validator(mode="after")
    def _absent_stands_alone(self) -> Self:
        if self.or_forwarded and not self.external:
            raise PydanticCustomError("forwarded_alone", "or_forwarded needs external: true beside it")
        if self.external and self.type not in (None, "LoadBalancer"):
            raise PydanticCustomError("contradiction", "only a LoadBalancer is assigned an external address")
        if self.endpoints and self.type == "ExternalName":
            raise PydanticCustomError("contradiction", "an ExternalName has no endpoints")
        if self.absent and (self.type or self.ports or self.external or self.endpoints):
            raise PydanticCustomError(
                "absent_alone", "what must not exist can't have a type, ports or addresses"
            )
        return self

    def describe(self) -> Phrase:
        wanted = []
        if self.type:
            wanted.append(phrase("type: {type}", type=self.type))
        if self.ports:
            wanted.append(phrase("ports: {ports}", ports=self.ports))
        if self.external:
            wanted.append(
                phrase("external address assigned (or reached by port-forward)")
                if self.or_forwarded
                else phrase("external address assigned")
            )
        if self.endpoints:
            wanted.append(phrase("ready pods behind it"))
        return describe(
            "Service", self.service, self.namespace, wanted or [absent() if self.absent else exists()]
        )

    def sentence(self, *, under_place: bool = False) -> Sentence:
        what = named("Service", self.service, "" if under_place else self.namespace)
        if self.absent:
            return gone(what)
        things = []
        if self.ports:
            numbers = tuple(port.rpartition(":")[2] for port in map(str, self.ports))
            things.append(
                phrase("port {port}", port=numbers[0])
                if len(numbers) == 1
                else phrase("ports {ports}", ports=numbers)
            )
        if self.external:
            things.append(
                phrase("an external address or a port-forward")
                if self.or_forwarded
                else phrase("an external address")
            )
        if self.endpoints:
            things.append(phrase("ready pods"))
        if not self.type:
            return has(what, things) if things else described(what)
        if things and not (self.type == "LoadBalancer" and self.external):  # which that says already
            return has(what, [phrase("type {type}", type=self.type), *things])
        return has(what, things) if things else of_type(what, self.type)

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        obj = await world.cluster.get("v1", "Service", self.service, self.namespace)
        if self.absent:
            return judge_absent(expected, obj)
        if obj is None:
            found = await missing(world, "Service", self.service, self.namespace)
            return Outcome(Verdict.FAILED, expected, found)
        if is_going(obj):
            return going(expected)
        forwarded = ""
        if (unaddressed := self._no_address(obj)) and service_type(obj) == "LoadBalancer":
            forwarded = await self._forwarded(world)
        wrong = self._wrong_spec(obj) or (None if forwarded else unaddressed)
        wrong = wrong or await self._no_endpoints(obj, world)
        if wrong:
            return Outcome(wrong[0], expected, wrong[1])
        return Outcome(Verdict.PASSED, expected, _as_found(obj, forwarded))

    def about(self) -> ObjectRef:
        return ObjectRef("Service", self.service, self.namespace)

    def never_fails(self) -> Phrase | None:
        asks = self.ports or self.external or self.absent or self.type not in (None, "ClusterIP")
        if (self.service, self.namespace) == ("kubernetes", "default") and not asks:
            return phrase("every cluster has this Service: {service}", service="kubernetes")
        return None

    @classmethod
    def existing(cls, ref: ObjectRef, *, done: bool = False) -> Written | None:
        if (ref.kind, ref.api_version) != ("Service", "v1"):
            return None
        return {"service": ref.name, **in_namespace(ref)}

    @classmethod
    def made(cls, ref: ObjectRef, obj: Object) -> Iterator[Written]:
        check, ports = cls.existing(ref) or {}, _ports_as_written(obj)
        with_ports = {"ports": ports} if ports else {}
        kind = {} if service_type(obj) == "ClusterIP" else {"type": service_type(obj)}
        if service_type(obj) == "LoadBalancer":
            yield {**check, **_OPEN, **with_ports}
        if at(obj, "spec", "selector"):
            yield {**check, **kind, **with_ports, "endpoints": True}
        yield {**check, **kind, **with_ports}

    @classmethod
    def changed(cls, ref: ObjectRef, change: Change) -> Iterator[Written]:
        """Another type, other ports."""
        check, kind = cls.existing(ref) or {}, service_type(change.after)
        if service_type(change.before) != kind:
            if kind == "LoadBalancer":
                yield {**check, **_OPEN}
            yield {**check, "type": kind}
        ports = _ports_as_written(change.after)
        if ports != _ports_as_written(change.before):
            yield {**check, "ports": ports}

    @classmethod
    def takes_time(cls, written: Mapping[str, Any]) -> bool:
        return bool(written.get("external") or written.get("endpoints"))

    async def _forwarded(self, world: World) -> str:
        """The address of a port-forward that counts as the external address; "" if none is allowed or open."""
        return await world.web.forwarded(self.service, self.namespace) if self.or_forwarded else ""

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        obj = await world.cluster.get("v1", "Service", self.service, self.namespace)
        if obj is None and not self.absent:
            return await why_absent(world, "v1", "Service", self.service, self.namespace)
        if obj is None or self.absent or is_going(obj):
            return ()
        if self._wrong_spec(obj):
            found = await self._why_otherwise(world, obj)
            return (found,) if found else ()
        behind: tuple[Finding, ...] = ()
        if await self._no_endpoints(obj, world):
            behind = await nobody_behind(world, obj)
        if not self._no_address(obj) or service_type(obj) != "LoadBalancer" or await self._forwarded(world):
            return behind
        unaddressed = await no_address(world, obj)
        return (*behind, unaddressed) if unaddressed else behind

    async def _why_otherwise(self, world: World, obj: Object) -> Finding | None:
        if self.type is None or service_type(obj) == self.type:
            return port_named_otherwise(obj, self.ports)
        if self.type == "LoadBalancer":
            return await not_open(world, obj)
        return opened_by_mistake(obj) if self.type == "ClusterIP" else None

    def _wrong_spec(self, obj: Object) -> tuple[Verdict, Phrase] | None:
        if self.type and service_type(obj) != self.type:
            return Verdict.FAILED, phrase("type: {type}", type=service_type(obj))
        if any(not WantedPort.parse(port).is_in(obj) for port in self.ports):
            return Verdict.FAILED, phrase("ports: {ports}", ports=port_list(obj) or phrase("none"))
        return None

    def _no_address(self, obj: Object) -> tuple[Verdict, Phrase] | None:
        if not self.external or external_addresses(obj):
            return None
        if service_type(obj) != "LoadBalancer":
            return Verdict.FAILED, phrase("type: {type}, no external address", type=service_type(obj))
        return Verdict.PENDING, phrase("The external address is not assigned yet")

    async def _no_endpoints(self, obj: Object, world: World) -> tuple[Verdict, Phrase] | None:
        if not self.endpoints:
            return None
        if service_type(obj) == "ExternalName":
            return Verdict.FAILED, phrase("type: {type}, which has no endpoints", type="ExternalName")
        if await has_ready_endpoint(world, obj):
            return None
        selector = as_selector(at(obj, "spec", "selector"))
        if selector and not await pods_behind(world, obj):
            return Verdict.FAILED, phrase("No pod has the labels that it selects: {labels}", labels=selector)
        return Verdict.PENDING, phrase("No ready pod is behind it yet")


_OPEN: Written = {"type": "LoadBalancer", "external": True, "or_forwarded": True}
"""For a Service that is exposed outside the cluster, on any platform."""


def _ports_as_written(obj: Object) -> list[Any]:
    return [as_written(port) for port in mappings_at(obj, "spec", "ports")]


def service_type(obj: Object) -> str:
    """The type; ClusterIP is the API server's default."""
    return text_at(obj, "spec", "type") or "ClusterIP"


def external_addresses(obj: Object) -> tuple[str, ...]:
    """IPs and host names that a load balancer was given for the Service. Leftovers in the status of a Service that is
    no longer a load balancer don't count, nor do externalIPs, which a user sets."""
    if service_type(obj) != "LoadBalancer":
        return ()
    ingress = mappings_at(obj, "status", "loadBalancer", "ingress")
    assigned = [text_at(entry, "ip") or text_at(entry, "hostname") for entry in ingress]
    return tuple(address for address in assigned if address)


def _as_found(obj: Object, forwarded: str) -> Phrase:
    if forwarded:
        return phrase(
            "type: {type}, no external address; reached by port-forward at {address}",
            type=service_type(obj),
            address=forwarded,
        )
    addresses = external_addresses(obj)
    if addresses:
        return phrase("type: {type}, address: {address}", type=service_type(obj), address=addresses)
    return phrase("type: {type}, ports: {ports}", type=service_type(obj), ports=port_list(obj))
