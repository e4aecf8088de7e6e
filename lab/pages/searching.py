"""Search by digest, by name, by a picture of one's own."""

import os
from pathlib import Path

from starlette.responses import Response

from lab import looking
from lab.pages.asking import Question
from lab.pages.showing import page
from triage.errors import UsageError
from triage.workshop.similar import Near, similar

_SHORTEST = 3


def search(question: Question) -> Response:
    """Whatever is typed: a digest if it could be one, else a part of a path."""
    asked = question.query.get("q", "").strip()[:400]
    found = None
    if asked:
        bare = asked.lower().replace(" ", "").replace(":", "")
        with question.reading() as held:
            if looking.is_digest(bare):
                found = looking.by_digest(held, bare)
            elif len(asked) >= _SHORTEST:
                found = looking.by_name(held, asked)
    return page(question, "search.html", asked=asked, found=found, near=None)


def by_picture(question: Question) -> Response:
    """What looks like it. It lies in memory alone, is parsed by a worker without rights, and is
    gone when this is answered."""
    if not question.upload:
        raise UsageError("No picture was sent.", hint="Choose a file, then search.")
    with question.reading() as held:
        values = looking.all_looks(held)
        with question.house.one_compares:
            found = _near(question.upload, values)
        distance = {values[near.place]: near for near in found[: looking.MOST_PLACES]}
        seen = looking.by_looks(held, list(distance))
    near = sorted(((distance[value].distance, distance[value].manner, place)
                   for value, place in seen), key=lambda each: each[0])  # fmt: skip
    return page(question, "search.html", asked="", found=None, near=near)


def _near(picture: bytes, values: list[bytes]) -> list[Near]:
    handle = os.memfd_create("picture", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(picture)
        return similar(Path(f"/proc/self/fd/{handle}"), values)
    finally:
        os.close(handle)
