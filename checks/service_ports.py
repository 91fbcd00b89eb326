"""A Service's ports as a lab names them: `80`, `http:80`, `53/UDP`, `dns:53/UDP`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from checks.base import Object
from checks.object_fields import mappings_at, number_at, text_at

_WRITTEN = re.compile(
    r"(?:(?P<name>[a-z0-9](?:[-a-z0-9]*[a-z0-9])?):)?(?P<number>[0-9]{1,5})(?:/(?P<protocol>TCP|UDP|SCTP))?"
)
HIGHEST = 65535


@dataclass(frozen=True, slots=True)
class WantedPort:
    """`name` "": any name. The protocol is TCP where none is written, as in a manifest."""

    name: str
    number: int
    protocol: str

    @classmethod
    def parse(cls, text: str) -> WantedPort:
        """Raises ValueError."""
        found = _WRITTEN.fullmatch(text)
        if found is None or not 1 <= int(found["number"]) <= HIGHEST:
            raise ValueError(f"not a port: {text!r}")
        return cls(found["name"] or "", int(found["number"]), found["protocol"] or "TCP")

    def has_number(self, port: Object) -> bool:
        """Whether a port of a Service has this number and protocol, whatever its name."""
        return number_at(port, "port") == self.number and protocol_of(port) == self.protocol

    def is_in(self, service: Object) -> bool:
        return any(
            self.has_number(port) and self.name in ("", text_at(port, "name"))
            for port in mappings_at(service, "spec", "ports")
        )


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _checked(text: str) -> str:
    try:
        WantedPort.parse(text)
    except ValueError:
        raise PydanticCustomError("port", "a port looks like 80, http:80 or 53/UDP") from None
    return text


PATTERN = r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?:)?[0-9]{1,5}(/(TCP|UDP|SCTP))?$"
Port = Annotated[
    str,
    Field(pattern=PATTERN),
    AfterValidator(_checked),
    BeforeValidator(
        _as_text,
        json_schema_input_type=Annotated[int, Field(ge=1, le=HIGHEST)]
        | Annotated[str, Field(pattern=PATTERN)],
    ),
]
"""`80`, with its name `http:80`, with a protocol that is not TCP `53/UDP`."""


def protocol_of(port: Object) -> str:
    """TCP is the API server's default."""
    return text_at(port, "protocol") or "TCP"


def port_list(service: Object) -> tuple[str, ...]:
    """Its ports in a person's words: `http:80`, `9090`, `dns:53/UDP`."""
    return tuple(_in_words(port) for port in mappings_at(service, "spec", "ports"))


def as_written(port: Object) -> int | str:
    """A Service's port as a lab asks for it, without its name: `80`, `53/UDP`."""
    protocol = protocol_of(port)
    number = number_at(port, "port") or 0
    return number if protocol == "TCP" else f"{number}/{protocol}"


def offers_tcp(service: Object, number: int) -> bool:
    """Whether it has a TCP port of this number, on which a page could be."""
    return WantedPort("", number, "TCP").is_in(service)


def _in_words(port: Object) -> str:
    name = f"{text_at(port, 'name')}:" if text_at(port, "name") else ""
    protocol = protocol_of(port)
    return f"{name}{port.get('port')}{'' if protocol == 'TCP' else f'/{protocol}'}"
