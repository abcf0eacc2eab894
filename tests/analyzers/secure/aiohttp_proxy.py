# mypy: ignore-errors
# ruff: noqa
"""Pictures from two hosts that we trust."""

from urllib.parse import urlparse

import aiohttp
from aiohttp import web

ALLOWED_HOSTS = {"images.example.org", "static.example.org"}


async def picture(request):
    url = request.query.get("url", "")
    parsed = urlparse(url)
    if parsed.scheme != "https" or parsed.hostname not in ALLOWED_HOSTS:
        raise web.HTTPBadRequest(text="this host is not allowed")
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        async with session.get(f"https://{parsed.hostname}{parsed.path}") as answer:
            body = await answer.read()
    return web.Response(body=body, content_type="image/png")


def main():
    app = web.Application()
    app.router.add_get("/picture", picture)
    web.run_app(app, host="127.0.0.1", port=8080)


if __name__ == "__main__":
    main()
