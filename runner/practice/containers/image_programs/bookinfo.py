"""Bookinfo's services: productpage asks details and reviews, reviews asks ratings, over the pods' network."""

from __future__ import annotations

import asyncio
import html
import json
import urllib.parse
from typing import Any

from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.image_programs.passed_headers import passed_headers
from runner.practice.containers.network_messages import ConnectError, Request, Response
from runner.practice.containers.server_program import json_text, serve, text

PORT = 9080
SECONDS_OF_A_REQUEST = 0.004
PATIENCE_OF_PRODUCTPAGE, PATIENCE_OF_REVIEWS = 3.0, 10.0
"""Seconds that productpage waits for an answer (it asks reviews twice), and that reviews waits for ratings."""
_PASSED = ("end-user", "user-agent", "cookie", "authorization", "jwt")
TITLE = "Simple Bookstore App"
BOOK = {
    "id": 0,
    "title": "The Comedy of Errors",
    "descriptionHtml": '<a href="https://en.wikipedia.org/wiki/The_Comedy_of_Errors">Wikipedia</a>: twins, and one day.',
}
_HOME = """<p>This is a simple bookstore application with several services.</p>
<p><a href="/productpage?u=normal">Normal user</a> <a href="/productpage?u=test">Test user</a></p>"""
_DETAILS = {
    "id": 0, "author": "William Shakespeare", "year": 1595, "type": "paperback", "pages": 200, "publisher": "PublisherA",
    "language": "English", "ISBN-10": "1234567890", "ISBN-13": "123-1234567890",
}  # fmt: skip
_REVIEWS = (
    ("Reviewer1", "A play full of mistaken twins, and a pleasure from its first scene to its last."),
    ("Reviewer2", "Funny throughout, though not as deep as the plays that he wrote later."),
)


async def _ask(
    call: Invocation, name: str, target: str, request: Request, patience: float
) -> tuple[int, Any]:
    """(status, the JSON that it answers) of another service; status 0 where none came."""
    host = call.env.get(f"{name.upper()}_HOSTNAME", name)
    if domain := call.env.get("SERVICES_DOMAIN"):
        host = f"{host}.{domain}"
    port = int(call.env.get(f"{name.upper()}_SERVICE_PORT", PORT))
    pod = call.container.pod
    headers = [("Host", f"{host}:{port}"), *passed_headers(request, _PASSED)]
    if (user := _user(request)) and not request.header("end-user"):
        headers.append(("end-user", user))
    try:
        async with asyncio.timeout(patience):
            heard = await pod.network.request(pod, host, port, Request("GET", target, headers, port=port))
        return heard.status, json.loads(heard.body)
    except (ConnectError, TimeoutError, ValueError) as error:
        await call.error(f"ERROR: {name}: {error or 'timed out'}\n")
        return 0, None


def _user(request: Request) -> str:
    for part in request.header("cookie").split(";"):
        key, _, value = part.strip().partition("=")
        if key == "session":
            return urllib.parse.unquote(value)
    return ""


async def details(call: Invocation) -> int:
    async def answer(request: Request) -> Response:
        await call.container.work(SECONDS_OF_A_REQUEST)
        if request.path == "/health":
            return json_text(200, {"status": "Details is healthy"})
        if request.path.startswith("/details/"):
            number = request.path.removeprefix("/details/")
            if not number.isdigit():
                return json_text(400, {"error": "please provide numeric product id"})
            return json_text(200, {**_DETAILS, "id": int(number)})
        return text(404, "Not Found")

    return await serve(call, {PORT: answer}, "ruby")


async def ratings(call: Invocation) -> int:
    stars = {"Reviewer1": 5, "Reviewer2": 4}

    async def answer(request: Request) -> Response:
        await call.container.work(SECONDS_OF_A_REQUEST)
        if request.path == "/health":
            return json_text(200, {"status": "Ratings is healthy"})
        if request.path.startswith("/ratings/"):
            number = request.path.removeprefix("/ratings/")
            if not number.isdigit():
                return json_text(400, {"error": "please provide numeric product ID"})
            return json_text(200, {"id": int(number), "ratings": stars})
        return text(404, "Not Found")

    await call.out(f"Server listening on: http://0.0.0.0:{PORT}\n")
    return await serve(call, {PORT: answer}, "node")


def reviews(version: str) -> Program:
    """v1 without stars, v2 with black ones, v3 with red ones."""
    color = {"v2": "black", "v3": "red"}.get(version, "")

    async def run(call: Invocation) -> int:
        async def answer(request: Request) -> Response:
            await call.container.work(SECONDS_OF_A_REQUEST)
            if request.path == "/health":
                return json_text(200, {"status": "Reviews is healthy"})
            number = request.path.removeprefix("/reviews/")
            if not request.path.startswith("/reviews/") or not number.isdigit():
                return text(404, "Not Found")
            pod = call.container.pod.hostname
            shown: list[dict[str, Any]] = [
                {"reviewer": reviewer, "text": words} for reviewer, words in _REVIEWS
            ]
            if color:
                _, found = await _ask(call, "ratings", f"/ratings/{number}", request, PATIENCE_OF_REVIEWS)
                stars = (found or {}).get("ratings") or {}
                for each in shown:
                    count = stars.get(each["reviewer"])
                    each["rating"] = (
                        {"stars": count, "color": color}
                        if count
                        else {"error": "Ratings service is currently unavailable"}
                    )
            cluster = call.env.get("CLUSTER_NAME", "null")
            return json_text(200, {"id": number, "podname": pod, "clustername": cluster, "reviews": shown})

        return await serve(call, {PORT: answer}, "java", 143)

    return run


async def productpage(call: Invocation) -> int:
    async def answer(request: Request) -> Response:
        await call.container.work(SECONDS_OF_A_REQUEST)
        response = await _productpage(call, request)
        await call.out(
            f'{request.client} - "{request.method} {request.target} HTTP/1.1" {response.status} -\n'
        )
        return response

    await call.out(f" * Running on http://0.0.0.0:{PORT}\n")
    return await serve(call, {PORT: answer}, "python")


async def _productpage(call: Invocation, request: Request) -> Response:
    path = request.path.rstrip("/")
    if path == "/health":
        return text(200, "Product page is healthy", "text/html; charset=utf-8")
    if path == "/login" and request.method == "POST":
        user = dict(urllib.parse.parse_qsl(request.body.decode("utf-8", "replace"))).get("username", "")
        return Response(
            302,
            [
                ("Location", "/productpage"),
                ("Set-Cookie", f"session={urllib.parse.quote(user)}; HttpOnly; Path=/"),
            ],
        )
    if path == "/logout":
        return Response(
            302,
            [
                ("Location", "/productpage"),
                ("Set-Cookie", "session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/"),
            ],
        )
    if path == "/api/v1/products":
        return json_text(200, [BOOK])
    if path.startswith("/api/v1/products/"):
        return await _api(call, request, path.removeprefix("/api/v1/products/"))
    if path in ("", "/index.html"):
        return text(200, _page(_HOME), "text/html; charset=utf-8")
    if path == "/productpage":
        return text(200, await _book(call, request), "text/html; charset=utf-8")
    return text(404, _page("<h1>Not Found</h1>"), "text/html; charset=utf-8")


async def _api(call: Invocation, request: Request, rest: str) -> Response:
    number, _, part = rest.partition("/")
    name = {"": "details", "reviews": "reviews", "ratings": "ratings"}.get(part)
    if name is None or not number.isdigit():
        return text(404, "Not Found")
    status, found = await _ask(call, name, f"/{name}/{number}", request, PATIENCE_OF_PRODUCTPAGE)
    if not status or status >= 400:
        return json_text(
            status or 500, {"error": f"Sorry, product {name} are currently unavailable for this book."}
        )
    return json_text(status, found)


async def _book(call: Invocation, request: Request) -> str:
    status, about = await _ask(call, "details", "/details/0", request, PATIENCE_OF_PRODUCTPAGE)
    for _ in range(2):
        heard, found = await _ask(call, "reviews", "/reviews/0", request, PATIENCE_OF_PRODUCTPAGE)
        if heard == 200:
            break
    user = _user(request)
    who = f'{html.escape(user)} (<a href="logout">sign out</a>)' if user else "Sign in"
    parts = [
        f'<div class="user">{who}</div>',
        f"<h3>{BOOK['title']}</h3>",
        f"<p>Summary: {BOOK['descriptionHtml']}</p>",
    ]
    if status == 200:
        rows = "".join(
            f"<dt>{html.escape(name)}:</dt><dd>{html.escape(str(value))}</dd>"
            for name, value in about.items()
            if name != "id"
        )
        parts.append(f"<h4>Book Details</h4>\n<dl>{rows}</dl>")
    else:
        parts.append(
            "<h4>Error fetching product details!</h4>\n<p>Sorry, product details are currently unavailable for this book.</p>"
        )
    if heard == 200:
        parts.append("<h4>Book Reviews</h4>")
        parts += [_review(each) for each in found["reviews"]]
        parts.append(f"<dl><dt>Reviews served by:</dt><u>{html.escape(found['podname'])}</u></dl>")
    else:
        parts.append(
            "<h4>Error fetching product reviews!</h4>\n<p>Sorry, product reviews are currently unavailable for this book.</p>"
        )
    return _page("\n".join(parts))


def _review(review: dict[str, Any]) -> str:
    stars = ""
    rating = review.get("rating")
    if rating and "stars" in rating:
        full = '<span class="glyphicon glyphicon-star"></span>' * rating["stars"]
        empty = '<span class="glyphicon glyphicon-star-empty"></span>' * (5 - rating["stars"])
        stars = f'<font color="{rating["color"]}">{full}{empty}</font>'
    elif rating:
        stars = f"<i>{html.escape(rating['error'])}</i>"
    return f"<blockquote><p>{html.escape(review['text'])}</p><small>{review['reviewer']}</small>\n{stars}</blockquote>"


def _page(content: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html>\n  <head>\n    <title>{TITLE}</title>\n<meta charset="utf-8">\n  </head>\n  <body>\n'
        f'<nav><a href="#">BookInfo Sample</a></nav>\n{content}\n  </body>\n</html>\n'
    )
