"""All pages of a store as one application."""

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from lab.pages.gate import gated
from lab.pages.house import House
from lab.pages.routes import PAGES
from lab.pages.threshold import Threshold


def application(house: House) -> ASGIApp:
    """For a server; nothing is reached but through the gate."""
    routes = [
        Route(
            page.path, gated(house, page), methods=[page.method], name=f"{page.method} {page.path}"
        )
        for page in PAGES
    ]
    return Threshold(Starlette(routes=routes), house)
