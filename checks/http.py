"""A web page: a Service's, as the learner's browser would reach it, or any url."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import CannotRead, Check, Finding, LooksAt, Object, ObjectRef, Outcome, Reply, Verdict, World
from checks.diagnosis.endpoint_causes import nobody_behind, port_not_declared
from checks.diagnosis.gateway_causes import behind_gateway, gateway_causes
from checks.diagnosis.istio import no_traces
from checks.diagnosis.mtls_causes import mtls_causes
from checks.diagnosis.page_causes import no_answer, other_answer, url_without_answer
from checks.diagnosis.rule import one
from checks.durations import Duration
from checks.object_fields import Name, Namespace, missing
from checks.patterns import excerpt
from checks.phrase import Phrase, phrase
from checks.sentences import Sentence, named, quoted
from checks.service_ports import offers_tcp, port_list

NOT_READY_YET = (502, 503, 504)
"""What proxies, gateways and starting servers answer while nobody behind them does."""


class Page(BaseModel):
    """A page of a Service, or any URL."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={
            "oneOf": [{"required": ["service", "port"]}, {"required": ["url"], "maxProperties": 1}]
        },
    )

    service: Annotated[Name | None, Field(description="The Service's name.")] = None
    namespace: Annotated[Namespace, Field(alias="in", description="Its namespace.")] = "default"
    port: Annotated[int | None, Field(ge=1, le=65535, description="The Service's port.")] = None
    path: Annotated[str, Field(pattern=r"^/", max_length=2000, description="The path of the page.")] = "/"
    url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://\S+$", max_length=2000, description=("A complete URL, instead of a Service.")
        ),
    ] = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.url is not None and self.model_fields_set != {"url"}:
            raise PydanticCustomError("http_target", "url stands alone: the path is part of it")
        if self.url is None and (self.service is None or self.port is None):
            raise PydanticCustomError("http_target", "needs a service with its port, or a url")
        return self


class Http(Check):
    """A web page answers as expected. No answer yet is PENDING: pages become available after their pods."""

    subject: ClassVar[str] = "http"
    interval: ClassVar[float | None] = 2.0
    examples: ClassVar[str] = """
- {http: {service: web, in: shop, port: 80, path: /health}, contains: ok}
- {http: {url: "http://127.0.0.1:8080/"}, status: 404}
"""

    http: Annotated[Page, Field(description="{service, in, port, path}, or {url}.")]
    status: Annotated[
        int,
        Field(
            ge=100,
            le=599,
            description="The HTTP status it must answer with. Redirects "
            "are followed within the host, unless this is one (302).",
        ),
    ] = 200
    contains: Annotated[str | None, Field(min_length=1, description="Text that must be on the page.")] = None
    timeout: Annotated[Duration, Field(description="How long one answer may take.")] = 10.0

    def describe(self) -> Phrase:
        wanted = [phrase("status {status}", status=self.status)]
        if self.contains is not None:
            wanted.append(phrase("contains: {text}", text=self.contains))
        if self.http.url is not None:
            return phrase("{url}: {wanted}", url=self.http.url, wanted=tuple(wanted))
        return phrase(
            "Page {path} of Service {service}, port {port} (namespace {namespace}): {wanted}",
            path=self.http.path,
            service=self.http.service,
            port=self.http.port,
            namespace=self.http.namespace,
            wanted=tuple(wanted),
        )

    def sentence(self, *, under_place: bool = False) -> Sentence:
        page = self.http
        what = phrase("The page {url}", url=page.url)
        if page.service is not None:
            service = named("Service", page.service, "" if under_place else page.namespace)
            what = phrase("The page {path} of {service}", path=page.path, service=service)
        if self.status != 200:
            return Sentence(
                phrase("{what} must answer with status {status}", what=what, status=self.status),
                phrase("{what} answers with status {status}", what=what, status=self.status),
            )
        if self.contains is not None:
            return Sentence(
                phrase("{what} must open and show {text}", what=what, text=quoted(self.contains)),
                phrase("{what} opens and shows {text}", what=what, text=quoted(self.contains)),
            )
        return Sentence(phrase("{what} must open", what=what), phrase("{what} opens", what=what))

    @property
    def looks_at(self) -> LooksAt:
        return LooksAt.CLUSTER if self.http.url is None else LooksAt.WEB

    def about(self) -> ObjectRef | None:
        page = self.http
        return ObjectRef("Service", page.service, page.namespace) if page.service is not None else None

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        if wrong := await unservable(self.http, world):
            return Outcome(Verdict.FAILED, expected, wrong)
        try:
            reply = await fetch(self.http, world, self.timeout)
        except CannotRead as error:
            if error.reason not in ("unreachable", "timeout"):
                raise
            return Outcome(Verdict.PENDING, expected, error.message)
        verdict, found = self._judge(reply)
        return Outcome(verdict, expected, found)

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        page = self.http
        if page.service is None:
            return await self._of_url(world, str(page.url))
        service = await world.cluster.get("v1", "Service", page.service, page.namespace)
        if service is None or await unservable(page, world):
            return ()
        if behind := await nobody_behind(world, service):
            return behind
        return await self._of_page(world, service)

    async def _of_page(self, world: World, service: Object) -> tuple[Finding, ...]:
        """What the page's own answer, or its silence, tells. Within one look it is not fetched again."""
        port, path = self.http.port or 0, self.http.path
        try:
            reply = await fetch(self.http, world, self.timeout)
        except CannotRead as error:
            return one(await self._silence(world, service, error))
        if self._has_status(reply):  # it answers, and does not show what it should
            return one(await no_traces(world, service))
        if reply.status == 404 and (found := await gateway_causes(world, service, "", path)):
            return (found,)
        if reply.status == 503 and (behind := await behind_gateway(world, service)):
            return behind
        return one(other_answer(service, port, path, reply))

    async def _silence(self, world: World, service: Object, error: CannotRead) -> Finding | None:
        port = self.http.port or 0
        if error.stage in ("refused", "api") and "refused" in error.message.render():
            refused = await port_not_declared(world, service, port)
            if refused is not None:
                return refused
        if error.stage in ("refused", "api", "answer"):
            found = await gateway_causes(world, service, "", self.http.path) or await mtls_causes(
                world, service
            )
            if found is not None:
                return found
        return no_answer(service, port, error)

    async def _of_url(self, world: World, url: str) -> tuple[Finding, ...]:
        try:
            reply = await world.web.url(url, self.timeout)
        except CannotRead as error:
            found = url_without_answer(url, error)
        else:
            found = None if self._has_status(reply) else other_answer(None, 0, "", reply)
        return one(found)

    def _has_status(self, reply: Reply) -> bool:
        return self.status in (reply.status, reply.redirect or reply.status)

    def _judge(self, reply: Reply) -> tuple[Verdict, Phrase]:
        if not self._has_status(reply):
            verdict = Verdict.PENDING if reply.status in NOT_READY_YET else Verdict.FAILED
            return verdict, phrase(
                "status {status} from {url}: {body}",
                status=reply.status,
                url=reply.url,
                body=excerpt(reply.body, 120) or phrase("nothing"),
            )
        if self.contains is not None and self.contains not in reply.body:
            if reply.cut:
                raise CannotRead(
                    "limit", phrase("The page is longer than the check reads: {url}", url=reply.url)
                )
            return Verdict.FAILED, phrase("The text is not on the page: {url}", url=reply.url)
        return Verdict.PASSED, phrase("status {status} from {url}", status=reply.status, url=reply.url)


async def fetch(page: Page, world: World, seconds: float) -> Reply:
    if page.url is not None:
        return await world.web.url(page.url, seconds)
    assert page.service is not None and page.port is not None
    return await world.web.service(page.service, page.namespace, page.port, page.path, seconds)


async def unservable(page: Page, world: World) -> Phrase | None:
    """Why the Service itself can't serve the page. Raises CannotRead if the cluster can't be read."""
    if page.service is None:
        return None
    service = await world.cluster.get("v1", "Service", page.service, page.namespace)
    if service is None:
        return await missing(world, "Service", page.service, page.namespace)
    if page.port is not None and not offers_tcp(service, page.port):
        return phrase("ports: {ports}", ports=port_list(service) or phrase("none"))
    return None
