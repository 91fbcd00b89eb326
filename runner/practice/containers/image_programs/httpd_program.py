"""Apache httpd: files below its DocumentRoot, with its pages and log lines; Listen and the like of httpd.conf are read."""

from __future__ import annotations

import html
import posixpath
import re
import time
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.http_dates import http_date, log_time
from runner.practice.containers.image_programs.media_types import media_type
from runner.practice.containers.network_messages import ConnectError, Request, Response
from runner.practice.containers.server_program import serve

VERSION = "2.4.62"
CONF = "/usr/local/apache2/conf/httpd.conf"
SECONDS_OF_A_REQUEST = 0.0002
_PAGES = {
    301: ("Moved Permanently", 'The document has moved <a href="{to}">here</a>.'),
    403: ("Forbidden", "You don't have permission to access this resource."),
    404: ("Not Found", "The requested URL was not found on this server."),
    405: ("Method Not Allowed", "The requested method {method} is not allowed for this URL."),
    502: (
        "Bad Gateway",
        "The proxy server received an invalid\r\nresponse from an upstream server.<br />\r\n",
    ),
    503: ("Service Unavailable", "The server is temporarily unable to service your\nrequest."),
}
_DIRECTIVES = frozenset(
    """acceptfilter accessfilename addcharset adddefaultcharset addencoding addhandler addicon addlanguage addoutputfilter
    addtype alias aliasmatch allow allowoverride authbasicprovider authname authtype authuserfile browsermatch customlog
    define deny directoryindex directoryslash documentroot enablemmap enablesendfile errordocument errorlog
    errorlogformat expiresactive expiresbytype expiresdefault extendedstatus fallbackresource fileetag forcetype group
    header hostnamelookups include includeoptional indexignore indexoptions keepalive keepalivetimeout
    limitrequestbody limitrequestfieldsize limitrequestline listen loadmodule logformat loglevel
    maxconnectionsperchild maxkeepaliverequests maxrequestworkers maxspareservers maxsparethreads mimemagicfile
    minspareservers minsparethreads mutex namevirtualhost options order passenv pidfile protocols proxyaddheaders
    proxypass proxypassmatch proxypassreverse proxypreservehost proxyrequests proxytimeout proxyvia redirect
    redirectmatch redirectpermanent remoteipheader require requestheader rewritebase rewritecond rewriteengine
    rewriterule satisfy scriptalias scriptlog scriptsock serveradmin serveralias serverlimit servername serverroot
    serversignature servertokens setenv setenvif setenvifnocase sethandler sslcertificatefile sslcertificatekeyfile
    sslciphersuite sslengine sslprotocol sslrandomseed sslsessioncache sslsessioncachetimeout startservers
    threadlimit threadsperchild timeout traceenable typesconfig undefine unsetenv usecanonicalname user
    virtualdocumentroot directory directorymatch files filesmatch ifdefine ifmodule ifversion limit limitexcept
    location locationmatch proxy requireall requireany requirenone virtualhost if elseif else""".split()  # noqa: SIM905
)


class HttpdConfigError(Exception):
    """What httpd says of a configuration that it can't use."""


@dataclass(slots=True)
class HttpdConfig:
    ports: list[int] = field(default_factory=list)
    root: str = "/usr/local/apache2/htdocs"
    index: list[str] = field(default_factory=lambda: ["index.html"])
    server_name: str = ""
    indexes: bool = True
    passes: list[tuple[str, str]] = field(default_factory=list)
    redirects: list[tuple[str, str]] = field(default_factory=list)


def read_httpd_config(files: ContainerFiles, path: str = CONF) -> HttpdConfig:
    """Raises HttpdConfigError."""
    made = HttpdConfig()
    for number, line in enumerate(files.read_text(path).replace("\\\n", " ").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name = text.split()[0].rstrip(">")
        if name.lower().lstrip("</") not in _DIRECTIVES:
            raise HttpdConfigError(
                f"AH00526: Syntax error on line {number} of {path}:\nInvalid command '{name}', perhaps misspelled or "
                "defined by a module not included in the server configuration"
            )
        name, *args = [word.strip('"') for word in text.split()]
        if name == "Listen" and args:
            made.ports.append(int(args[0].rpartition(":")[2]))
        elif name == "DocumentRoot" and args:
            made.root = args[0]
            if not files.is_folder(made.root):
                why = f"DocumentRoot '{made.root}' is not a directory, or is not readable"
                raise HttpdConfigError(f"AH00526: Syntax error on line {number} of {path}:\n{why}")
        elif name == "DirectoryIndex":
            made.index = args
        elif name == "ServerName" and args:
            made.server_name = args[0]
        elif name == "ProxyPass" and len(args) > 1:
            made.passes.append((args[0], args[1]))
        elif name in ("Redirect", "RedirectPermanent") and len(args) > 1:
            made.redirects.append((args[-2], args[-1]))
    if not made.ports:
        raise HttpdConfigError("no listening sockets available, shutting down\nAH00015: Unable to open logs")
    return made


class _Site:
    def __init__(self, call: Invocation, config: HttpdConfig, server: str) -> None:
        self.call, self.config, self.server = call, config, server
        self.files = ContainerFiles(call.container)

    async def answer(self, request: Request) -> Response:
        await self.call.container.work(SECONDS_OF_A_REQUEST)
        response = await self._answer(request)
        size = len(response.body)
        kind = [pair for pair in response.headers if pair[0].lower() == "content-type"]
        rest = [
            pair
            for pair in response.headers
            if pair[0].lower() not in ("content-type", "content-length", "date", "server")
        ]
        response.headers = [
            ("Date", http_date()),
            ("Server", self.server),
            *rest,
            ("Content-Length", str(size)),
            *kind,
        ]
        if request.method == "HEAD":
            response.body = b""
        asked = f"{request.method} {request.target} HTTP/1.1"
        await self.call.out(
            f'{request.client} - - [{log_time()}] "{asked}" {response.status} {size or "-"}\n'
        )
        return response

    async def _answer(self, request: Request) -> Response:
        for prefix, to in self.config.redirects:
            if request.path.startswith(prefix):
                return self._page(302, request, to + request.path[len(prefix) :])
        for prefix, to in self.config.passes:
            if to != "!" and request.path.startswith(prefix):
                return await self._passed(request, prefix, to)
        path = posixpath.normpath(self.config.root + unquote(request.path))
        if self.files.is_folder(path):
            if not request.path.endswith("/"):
                host = request.header("host") or self.call.container.pod.config.ip
                return self._page(301, request, f"{request.scheme}://{host}{request.path}/")
            found = next((name for name in self.config.index if self.files.exists(f"{path}/{name}")), None)
            if found is None:
                return self._listing(request, path) if self.config.indexes else self._page(403, request)
            path = f"{path}/{found}"
        if not self.files.exists(path):
            return self._page(404, request)
        if request.method not in ("GET", "HEAD", "POST"):
            return self._page(405, request)
        info, body = self.files.stat(path), self.files.read(path)
        tag = f'"{len(body):x}-{int(info["modified"] * 1_000_000):x}"'
        changed = http_date(info["modified"])
        headers = [("Last-Modified", changed), ("ETag", tag), ("Accept-Ranges", "bytes")]
        if request.header("if-none-match") == tag:
            return Response(304, headers)
        return Response(200, [*headers, ("Content-Type", media_type(path, "text/plain"))], body)

    async def _passed(self, request: Request, prefix: str, to: str) -> Response:
        found = re.fullmatch(r"https?://([^/:]+)(?::(\d+))?(/.*)?", to)
        if found is None:
            return self._page(503, request)
        pod = self.call.container.pod
        port = int(found[2] or 80)
        target = (found[3] or "/") + request.target[len(prefix) :]
        headers = [(key, value) for key, value in request.headers if key.lower() != "host"]
        asked = Request(request.method, target, [("Host", found[1]), *headers], request.body, port=port)
        try:
            return await pod.network.request(pod, found[1], port, asked)
        except ConnectError:
            return self._page(503, request)

    def _page(self, status: int, request: Request, to: str = "") -> Response:
        title, text = _PAGES.get(status, ("Found", 'The document has moved <a href="{to}">here</a>.'))
        body = (
            '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n'
            f"<title>{status} {title}</title>\n</head><body>\n<h1>{title}</h1>\n"
            f"<p>{text.format(to=html.escape(to), method=request.method)}</p>\n</body></html>\n"
        )
        where = [("Location", to)] if to else []
        return Response(status, [*where, ("Content-Type", "text/html; charset=iso-8859-1")], body.encode())

    def _listing(self, request: Request, path: str) -> Response:
        title = f"Index of {html.escape(request.path.rstrip('/') or '/')}"
        names = [
            f"{name}/" if self.files.is_folder(f"{path}/{name}") else name for name in self.files.names(path)
        ]
        rows = "".join(f'<li><a href="{quote(name)}"> {html.escape(name)}</a></li>\n' for name in names)
        body = (
            '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<html>\n <head>\n'
            f"  <title>{title}</title>\n </head>\n <body>\n<h1>{title}</h1>\n<ul>{rows}</ul>\n</body></html>\n"
        )
        return Response(200, [("Content-Type", "text/html;charset=ISO-8859-1")], body.encode())


async def httpd(call: Invocation) -> int:
    """httpd-foreground, httpd -DFOREGROUND, httpd -t, httpd -v."""
    words = call.argv[1:]
    server = f"Apache/{VERSION} (Unix)"
    if "-v" in words:
        await call.out(f"Server version: {server}\n")
        return 0
    files = ContainerFiles(call.container)
    try:
        config = read_httpd_config(files)
    except HttpdConfigError as error:
        await call.error(f"{error}\n")
        return 1
    except OSError:
        await call.error(f"httpd: Could not open configuration file {CONF}: No such file or directory\n")
        return 1
    if not config.server_name:
        await call.error(
            "AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using "
            f"{call.container.pod.config.ip}. Set the 'ServerName' directive globally to suppress this message\n"
        )
    if "-t" in words:
        await call.error("Syntax OK\n")
        return 0
    await _notice(call, "mpm_event", f"AH00489: {server} configured -- resuming normal operations")
    await _notice(call, "core", "AH00094: Command line: 'httpd -D FOREGROUND'")
    site = _Site(call, config, server)
    code = await serve(call, dict.fromkeys(config.ports, site.answer), "httpd")
    await _notice(call, "mpm_event", "AH00491: caught SIGTERM, shutting down")
    return code


async def _notice(call: Invocation, module: str, text: str) -> None:
    now = time.time()
    stamp = (
        time.strftime("%a %b %d %H:%M:%S", time.gmtime(now))
        + f".{int(now % 1 * 1e6):06d}"
        + time.strftime(" %Y", time.gmtime(now))
    )
    await call.error(f"[{stamp}] [{module}:notice] [pid 1:tid 1] {text}\n")
