"""curl's options, and the request that they ask for. Facts: curl's manual page and `curl --help all` (7.88)."""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.network_programs.command_options import Options

OPTIONS = Options(
    "s/silent S/show-error v/verbose i/include I/head L/location X/request= d/data= data-ascii= data-raw= data-binary= "
    "data-urlencode= json= F/form= form-string= G/get H/header= A/user-agent= e/referer= o/output= O/remote-name "
    "remote-name-all create-dirs output-dir= J/remote-header-name w/write-out= k/insecure cacert= capath= E/cert= key= "
    "cert-type= key-type= u/user= m/max-time= connect-timeout= retry= retry-delay= retry-max-time= retry-connrefused "
    "retry-all-errors f/fail fail-with-body fail-early resolve= connect-to= b/cookie= c/cookie-jar= j/junk-session-cookies "
    "T/upload-file= D/dump-header= g/globoff max-redirs= post301 post302 post303 location-trusted compressed "
    "0/http1.0 http1.1 http2 http2-prior-knowledge http3 1/tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tls-max= ciphers= "
    "4/ipv4 6/ipv6 N/no-buffer #/progress-bar no-progress-meter x/proxy= noproxy= interface= local-port= limit-rate= "
    "r/range= z/time-cond= y/speed-time= Y/speed-limit= keepalive-time= no-keepalive tcp-nodelay tcp-fastopen url= "
    "stderr= trace= trace-ascii= trace-time oauth2-bearer= basic digest anyauth ntlm negotiate n/netrc raw tr-encoding "
    "expect100-timeout= path-as-is request-target= unix-socket= styled-output no-styled-output Z/parallel parallel-max= "
    "q/disable K/config= a/append h/help V/version M/manual haproxy-protocol no-sessionid no-alpn dns-servers= "
    "ssl-reqd ssl t/telnet-option= p/proxytunnel alt-svc= rate= l/list-only Q/quote= remove-on-error R/remote-time "
    ":/next url-query= proto-default= proto= proto-redir= max-filesize= socks4= socks4a= socks5= socks5-hostname= "
    "preproxy= proxy-user= U/proxy-user= proxy-insecure proxy-cacert= proxy-header= proxy1.0= noproxy= variable= "
    "aws-sigv4= etag-save= etag-compare= ignore-content-length happy-eyeballs-timeout-ms= doh-url= "
    "suppress-connect-headers parallel-immediate no-clobber skip-existing http0.9 no-tcp-nodelay tls13-ciphers= "
    "curves= pass= crlfile= ca-native cert-status hsts= disable-epsv no-npn tcp-keepalive keepalive-cnt= "
    "output-dir= no-silent no-show-error no-verbose no-location fail-early abstract-unix-socket= sasl-authzid= "
    "service-name= delegation= trace-ids dump-ca-embed ip-tos= vlan-priority= tls-earlydata form-escape",
    equals=False,
)


class CurlError(Exception):
    """How a transfer failed: curl's exit code and its words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(slots=True)
class Settings:
    """What one call of curl is to do."""

    flags: set[str]
    values: dict[str, str]
    """The last value of each option."""
    urls: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    """A file for each URL in turn; "\\0" for the name in the URL."""
    headers: list[str] = field(default_factory=list)
    body: bytes | None = None
    content_type: str = ""
    resolve: dict[tuple[str, int], str] = field(default_factory=dict)
    query: list[str] = field(default_factory=list)
    """What is added to the query of each URL."""
    connect_to: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(host, port, the host instead, the port instead); "" is any, or the same."""
    cookies: list[str] = field(default_factory=list)
    """Those of the jar for the next request."""
    warnings: list[str] = field(default_factory=list)
    version: str = ""

    def on(self, flag: str) -> bool:
        return flag in self.flags

    def number(self, name: str) -> float | None:
        """A number of seconds or times. Raises CurlError."""
        if name not in self.values:
            return None
        try:
            return float(self.values[name])
        except ValueError:
            raise CurlError(2, f"option --{name}: expected a proper numerical parameter") from None

    @property
    def method(self) -> str:
        if "request" in self.values:
            return self.values["request"]
        if self.on("head"):
            return "HEAD"
        if "upload-file" in self.values:
            return "PUT"
        return "POST" if self.body is not None and not self.on("get") else "GET"

    def request_headers(self, authority: str, user: str = "") -> list[tuple[str, str]]:
        """The headers in the order in which curl sends them."""
        own = [parsed for text in self.headers if (parsed := _header(text)) is not None]
        removed = {
            text.partition(":")[0].strip().lower() for text in self.headers if text.rstrip().endswith(":")
        }
        named = {name.lower(): value for name, value in own}
        user = self.values.get("user", user)
        made = [("Host", named.pop("host", authority))]
        if user:
            made.append(("Authorization", "Basic " + base64.b64encode(user.encode()).decode()))
        if token := self.values.get("oauth2-bearer"):
            made.append(("Authorization", f"Bearer {token}"))
        made.append(("User-Agent", self.values.get("user-agent", f"curl/{self.version}")))
        made.append(("Accept", "application/json" if "json" in self.values else "*/*"))
        if "range" in self.values:
            made.append(("Range", f"bytes={self.values['range']}"))
        if referer := self.values.get("referer"):
            made.append(("Referer", referer.removesuffix(";auto")))
        if self.on("compressed"):
            made.append(("Accept-Encoding", "deflate, gzip, br, zstd"))
        if "proxy-user" in self.values and "proxy" in self.values:
            credentials = base64.b64encode(self.values["proxy-user"].encode()).decode()
            made.append(("Proxy-Authorization", f"Basic {credentials}"))
        cookies = [*self.cookies, self.values["cookie"] if "=" in self.values.get("cookie", "") else ""]
        if cookie := "; ".join(each for each in cookies if each):
            made.append(("Cookie", cookie))
        made = [(name, value) for name, value in made if name == "Host" or name.lower() not in named]
        made = [(name, value) for name, value in made if value and name.lower() not in removed]
        made += [(name, value) for name, value in own if name.lower() != "host"]
        if self.body is not None and not self.on("get"):
            made.append(("Content-Length", str(len(self.body))))
            if "content-type" not in named and "content-type" not in removed and self.content_type:
                made.append(("Content-Type", self.content_type))
        return made


def _header(text: str) -> tuple[str, str] | None:
    if text.rstrip().endswith(";") and ":" not in text:
        return text.rstrip()[:-1], ""
    name, colon, value = text.partition(":")
    return (name.strip(), value.strip()) if colon and value.strip() else None


Read = Callable[[], Awaitable[bytes]]


async def settings(
    given: list[tuple[str, str]], operands: list[str], files: ContainerFiles, read_input: Read, version: str
) -> Settings:
    """What the options mean. Raises CurlError."""
    result = Settings({name for name, _ in given}, dict(given), version=version)
    data: list[bytes] = []
    parts: list[bytes] = []
    for name, value in given:
        if name in ("data", "data-ascii", "data-raw", "data-binary", "json", "data-urlencode"):
            piece = await _data(name, value, files, read_input, result)
            joined = data and name != "json"
            data += [b"&", piece] if joined else [piece]
        elif name in ("form", "form-string"):
            parts.append(_form_part(value, files, literal=name == "form-string"))
        elif name == "header":
            result.headers += files.read_text(value[1:]).splitlines() if value.startswith("@") else [value]
        elif name == "output":
            result.outputs.append(value)
        elif name == "remote-name":
            result.outputs.append("\0")
        elif name == "url":
            result.urls.append(value)
        else:
            _add_place(result, name, value, files)
    result.urls += operands
    _join(result, data, parts)
    if "upload-file" in result.values:
        name = result.values["upload-file"]
        try:
            result.body = await read_input() if name in ("-", ".") else files.read(name)
        except OSError:
            raise CurlError(26, f"Can't open '{name}'!") from None
    return result


def _join(result: Settings, data: list[bytes], parts: list[bytes]) -> None:
    """The body from the pieces of -d, or of -F."""
    if data:
        result.body = b"".join(data)
        result.content_type = "application/json" if result.on("json") else "application/x-www-form-urlencoded"
    if parts:
        mark = b"------------------------d74496d66958873e"
        result.body = (
            b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + mark + b"--\r\n"
        )
        result.content_type = f"multipart/form-data; boundary={mark.decode()}"


def _add_place(result: Settings, name: str, value: str, files: ContainerFiles) -> None:
    """Options that change where a request goes."""
    if name == "resolve":
        _add_resolve(result, value)
    elif name == "connect-to":
        result.connect_to.append(_connect_to(value))
    elif name == "url-query":
        result.query.append(_queried(value, files))


def _add_resolve(result: Settings, value: str) -> None:
    words = value.lstrip("+").split(":", 2)
    if len(words) != 3 or not words[1].isdigit():
        raise CurlError(49, f"Couldn't parse CURLOPT_RESOLVE entry '{value}'!")
    result.resolve[words[0].lower(), int(words[1])] = words[2].split(",")[0].strip("[]")


def _connect_to(value: str) -> tuple[str, str, str, str]:
    """HOST1:PORT1:HOST2:PORT2."""
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*):(\d*):(\[[^\]]*\]|[^:]*):?(\d*)", value)
    if found is None:
        raise CurlError(49, f"Couldn't parse CURLOPT_CONNECT_TO entry '{value}'!")
    return found[1].lower(), found[2], found[3].strip("[]"), found[4]


def _queried(value: str, files: ContainerFiles) -> str:
    """--url-query: name=content, +text as it is, name@file."""
    if value.startswith("+"):
        return value[1:]
    name, equals, content = value.partition("=")
    if not equals and "@" in value:
        name, _, path = value.partition("@")
        content = files.read_text(path)
    elif not equals:
        return quote(value, safe="-._~")
    return f"{name}={quote(content, safe='-._~')}" if name else quote(content, safe="-._~")


async def _data(name: str, value: str, files: ContainerFiles, read_input: Read, result: Settings) -> bytes:
    if name == "data-urlencode":
        found = re.match(r"[^=@]*[=@]", value)
        field_name, mark, text = (
            (found[0][:-1], found[0][-1], value[found.end() :]) if found else ("", "=", value)
        )
        content = await _content(text, files, read_input, result) if mark == "@" else text.encode()
        return (f"{field_name}=" if field_name else "").encode() + quote(content, safe="-._~").encode()
    if name == "data-raw" or not value.startswith("@"):
        return value.encode()
    content = await _content(value[1:], files, read_input, result)
    return content if name in ("data-binary", "json") else content.replace(b"\r", b"").replace(b"\n", b"")


async def _content(name: str, files: ContainerFiles, read_input: Read, result: Settings) -> bytes:
    if name == "-":
        return await read_input()
    try:
        return files.read(name)
    except OSError:
        result.warnings.append(f'Couldn\'t read data from file "{name}", this makes an empty POST.')
        return b""


def _form_part(value: str, files: ContainerFiles, *, literal: bool) -> bytes:
    name, _, content = value.partition("=")
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if literal or content[:1] not in ("@", "<"):
        text, *extra = [content] if literal else content.split(";type=")
        kind = f"\r\nContent-Type: {extra[0]}" if extra else ""
        return f"{disposition}{kind}\r\n\r\n{text}".encode()
    path, *extra = content[1:].split(";type=")
    try:
        data = files.read(path)
    except OSError:
        raise CurlError(26, "Failed to open/read local data from file/application") from None
    if content[0] == "<":
        return f"{disposition}\r\n\r\n".encode() + data
    kind = extra[0] if extra else "text/plain" if path.endswith(".txt") else "application/octet-stream"
    base = path.rpartition("/")[2]
    return f'{disposition}; filename="{base}"\r\nContent-Type: {kind}\r\n\r\n'.encode() + data


def globbed(url: str) -> list[str]:
    """The URLs that {a,b} and [1-10] in one stand for."""
    found = re.search(r"\{([^{}]*)\}|\[(\w+)-(\w+)(?::(\d+))?\]", url)
    if found is None:
        return [url]
    if found[1] is not None:
        values = found[1].split(",")
    elif found[2].isdigit() and found[3].isdigit():
        width = len(found[2]) if found[2].startswith("0") else 0
        numbers = range(int(found[2]), min(int(found[3]), int(found[2]) + 100_000) + 1, int(found[4] or 1))
        values = [str(number).zfill(width) for number in numbers]
    elif len(found[2]) == len(found[3]) == 1:
        values = [chr(code) for code in range(ord(found[2]), ord(found[3]) + 1, int(found[4] or 1))]
    else:
        return [url]
    return [end for value in values for end in globbed(url[: found.start()] + value + url[found.end() :])]
