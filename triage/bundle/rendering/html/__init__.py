"""report.html: a rendering of the result document, for people, and of nothing else.

One page without scripts and without anything from elsewhere. Previews are files beside it, not
inside, so that the page can be handed on without the pictures. The same document always gives
the same bytes.
"""

from functools import cache
from hashlib import sha256
from importlib import resources

from triage.bundle.rendering.html.page import render

__all__ = ["render", "renderer"]


@cache
def renderer() -> str:
    """SHA-256 over the code that renders: where it is the same, so is the page."""
    bundle = resources.files("triage.bundle")
    parts = [part for part in bundle.joinpath("rendering", "html").iterdir() if part.is_file()]
    parts += [bundle.joinpath("format", "shown.py"), bundle.joinpath("format", "document.py")]
    digest = sha256()
    for part in sorted(parts, key=lambda part: part.name):
        digest.update(f"{part.name}\0".encode())
        digest.update(sha256(part.read_bytes()).digest())
    return digest.hexdigest()
