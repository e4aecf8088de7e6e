"""Names of what is taken out: harmless on every system, whatever it was called."""

import re
from mimetypes import guess_extension
from pathlib import PurePosixPath

_LONGEST = 80


def name_of(number: int, path: str, mime: str) -> str:
    """Of a finding's content: its number, and what is left of its name in plain letters."""
    return f"{number:06d}-{_plain(path, mime)}"


def name_of_stretch(of: str, offset: int, mime: str) -> str:
    """Of a part that begins there in what is called `of`."""
    return f"{PurePosixPath(of).stem}-at-{offset}{_ending(mime)}"


def name_of_inner(of: str, number: int, path: str, mime: str) -> str:
    """Of what lies in `of` otherwise: how many there were before it, and its own name."""
    return f"{PurePosixPath(of).stem}-{number:03d}-{_plain(path, mime)}"


def _plain(path: str, mime: str) -> str:
    stem, _, ending = (last := path.rpartition("/")[2]).rpartition(".")
    if re.fullmatch("[A-Za-z0-9]{1,8}", ending) is None or "." not in last:
        stem, ending = last, _ending(mime).removeprefix(".")
    plain = re.sub("[^A-Za-z0-9-]+", "_", stem)[:_LONGEST].strip("_-") or "content"
    return plain + (f".{ending}" if ending else "")


def _ending(mime: str) -> str:
    return guess_extension(mime) or ""
