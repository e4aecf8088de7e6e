"""report.html: a rendering of the result document, for people, and of nothing else.

Nothing comes from elsewhere: style and script are in the page, by their digests; without the script
it says the same. Previews are files beside it, not inside, so that the page can be handed on
without the pictures. Very many findings are told in further files. The same document always gives
the same bytes.
"""

from functools import cache
from hashlib import sha256
from importlib import resources

from triage.bundle.rendering.html.page import files, render

__all__ = ["files", "render", "renderer"]

RENDERS = (
    "alike.py", "bundle/format/auditlog.py", "bundle/format/custody.py",
    "bundle/format/document.py", "bundle/format/layout.py", "bundle/format/reckoning.py",
    "bundle/format/shown.py", "bundle/format/speaking.py",
    "bundle/rendering/by_hand.py", "captured.py", "case.py",
    "choices.py", "containers/kinds.py", "ending.py", "ending_words.py", "errors.py",
    "evidence.py", "findings.py", "key_files.py", "languages.py", "machine.py", "match_kinds.py",
    "needs.py", "profile.py", "secret.py", "tier_words.py",
)  # fmt: skip
"""All that the modules here use, besides themselves: a word changed there changes the page."""


@cache
def renderer() -> str:
    """SHA-256 over the code that renders: where it is the same, so is the page."""
    ours = resources.files("triage")
    here = ours.joinpath("bundle", "rendering", "html")
    parts = {
        f"bundle/rendering/html/{part.name}": part for part in here.iterdir() if part.is_file()
    }
    parts |= {name: ours.joinpath(*name.split("/")) for name in RENDERS}
    parts |= {
        f"bundle/rendering/html/wording/{part.name}": part
        for part in here.joinpath("wording").iterdir()
        if part.is_file()
    }
    digest = sha256()
    for name, part in sorted(parts.items()):
        digest.update(f"{name}\0".encode())
        digest.update(sha256(part.read_bytes()).digest())
    return digest.hexdigest()
