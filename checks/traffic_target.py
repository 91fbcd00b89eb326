"""Where requests come from and go to, and what stands in them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import Object, World
from checks.durations import Duration
from checks.in_pods import default_container, is_running
from checks.object_fields import Name, Namespace, is_going
from checks.selectors import Selector


class Sender(BaseModel):
    """A pod from which the requests are sent, by the curl or wget of its container."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"oneOf": [{"required": ["pod"]}, {"required": ["selector"]}]},
    )

    pod: Annotated[Name | None, Field(description="The pod's name.")] = None
    selector: Annotated[Selector, Field(description="One of the pods with these labels.")] = ""
    namespace: Annotated[Namespace, Field(alias="in", description="Its namespace.")] = "default"
    container: Annotated[
        Name | None, Field(description="The container. Default: the one that kubectl chooses.")
    ] = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.pod is None) == (not self.selector):
            raise PydanticCustomError("log_pods", "needs a pod or a selector, and not both")
        return self

    @property
    def where(self) -> str:
        """The pod or its labels."""
        return self.pod or self.selector

    async def pods(self, world: World) -> list[Object]:
        """The pods that are meant, those that go left out."""
        if self.pod is not None:
            found = await world.cluster.get("v1", "Pod", self.pod, self.namespace)
            return [found] if found is not None else []
        found_all = await world.cluster.list("v1", "Pod", self.namespace, self.selector)
        return [pod for pod in found_all if not is_going(pod)]

    def container_in(self, pod: Object) -> str:
        """The container where it runs; "" if it does not, or not yet."""
        return next((each for each in default_container(pod, self.container) if is_running(pod, each)), "")


class Latency(BaseModel):
    """How long answers may take, `{min: 7s, max: 9s}`, with both ends included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min: Annotated[Duration | None, Field(description="At least so long.")] = None
    max: Annotated[Duration | None, Field(description="At most so long.")] = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.min is None and self.max is None:
            raise PydanticCustomError("latency", "needs min or max")
        if self.min is not None and self.max is not None and self.max < self.min:
            raise PydanticCustomError("range", "max is less than min")
        return self

    def __contains__(self, seconds: float) -> bool:
        return (self.min is None or seconds >= self.min) and (self.max is None or seconds <= self.max)


def quantile(sorted_seconds: list[float], of: int) -> float:
    """The time within which `of` percent of the answers came (the nearest one). The list is not empty."""
    return sorted_seconds[max(0, -(-len(sorted_seconds) * of // 100) - 1)]
