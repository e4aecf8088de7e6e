"""What holds for every answer whatever it is: under which name one may ask, and what browsers are
told not to do with it."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lab.pages.house import House

_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
_ONLY_TLS = "max-age=31536000"


class Threshold:
    """Around all pages."""

    def __init__(self, inside: ASGIApp, house: House) -> None:
        self._inside, self._house = inside, house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One question."""
        if scope["type"] != "http":
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if self._house.secure:
                    headers["Strict-Transport-Security"] = _ONLY_TLS
            await send(message)

        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._house.hosts:
            refused = PlainTextResponse("This server is not known by that name.\n", 421)
            await refused(scope, receive, with_headers)
            return
        await self._inside(scope, receive, with_headers)
