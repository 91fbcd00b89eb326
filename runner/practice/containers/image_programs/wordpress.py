"""WordPress: its installation page, where its database takes its user; else the page that says that it doesn't."""

from __future__ import annotations

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.http_dates import log_time
from runner.practice.containers.image_programs.mysql_dialect import MysqlError
from runner.practice.containers.image_programs.mysql_server import MysqlServer
from runner.practice.containers.network_messages import ConnectError, Request, Response
from runner.practice.containers.server_program import serve, text

SECONDS_OF_A_REQUEST = 0.01
HTML = "text/html; charset=UTF-8"


async def wordpress(call: Invocation) -> int:
    env = call.env

    async def has_database(host: str) -> bool:
        pod = call.container.pod
        name, _, port = host.partition(":")
        try:
            found = await pod.network.connect(pod, name, int(port) if port.isdigit() else 3306, timeout=10)
            if not isinstance(found.listener.server, MysqlServer):
                return False
            user, password = (
                env.get("WORDPRESS_DB_USER", "example username"),
                env.get("WORDPRESS_DB_PASSWORD", "example password"),
            )
            found.listener.server.log_in(
                user, password, pod.config.ip, env.get("WORDPRESS_DB_NAME", "wordpress")
            )
        except (ConnectError, MysqlError):
            return False
        return True

    async def answer(request: Request) -> Response:
        await call.container.work(SECONDS_OF_A_REQUEST)
        if not await has_database(env.get("WORDPRESS_DB_HOST", "mysql")):
            title = "Database Error"
            body = "<h1>Error establishing a database connection</h1>"
            made = text(500, _page(title, body), HTML)
        elif request.path.startswith("/wp-admin/install.php"):
            made = text(
                200,
                _page(
                    "WordPress &rsaquo; Installation",
                    "<h1>Welcome</h1>\n<p>The five-minute installation starts here.</p>",
                ),
                HTML,
            )
        else:
            host = request.header("host")
            made = Response(
                302, [("Content-Type", HTML), ("Location", f"http://{host}/wp-admin/install.php")]
            )
        asked = f"{request.method} {request.target} HTTP/1.1"
        agent = request.header("user-agent") or "-"
        await call.out(
            f'{request.client} - - [{log_time()}] "{asked}" {made.status} {len(made.body)} "-" "{agent}"\n'
        )
        made.headers = [("Server", "Apache/2.4.62 (Debian)"), ("X-Powered-By", "PHP/8.2.26"), *made.headers]
        return made

    await call.error(
        "WordPress not found in /var/www/html - copying now...\n"
        "Complete! WordPress has been successfully copied to /var/www/html\n"
    )
    return await serve(call, {80: answer}, "apache2")


def _page(title: str, body: str) -> str:
    return f'<!DOCTYPE html>\n<html lang="en-US">\n<head>\n<title>{title}</title>\n</head>\n<body>\n{body}\n</body>\n</html>\n'
