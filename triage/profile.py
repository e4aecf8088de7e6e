"""What a profile may say, read and checked where it comes in.

A profile is YAML: what to look for, in what order, how hard, how long. Errors carry the path
inside the file (`$.detectors[2].threshold`). Shipped profiles lie in the package `profiles`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec

from triage.choices import Count, DetectorChoice, ProfilePart, TypeUse
from triage.errors import ProfileError, SeekError, why
from triage.needs import in_order

SHIPPED = ("quick", "standard", "thorough")

_SIZES = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4,
          "KIB": 1024, "MIB": 1024**2, "GIB": 1024**3, "TIB": 1024**4}  # fmt: skip
_DURATIONS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "hours": 3600}


class SetKind(StrEnum):
    """Kinds of hash set."""

    NOTABLE = "notable"
    KNOWN = "known"


class SetSignature(StrEnum):
    """What is known of who signed a hash set."""

    LISTED = "listed"
    """Somebody on the list of signers."""
    UNLISTED = "unlisted"
    """A key that is not on it."""
    UNCHECKED = "unchecked"
    """A key; there is no list of signers to look it up in."""
    NONE = "none"
    """Nobody, as of any plain list."""


class SetSignatures(StrEnum):
    """What is asked of the signatures of hash sets."""

    WARN = "warn"
    """A set that is not signed by somebody on the list is used, and that is said."""
    REQUIRED = "required"
    """It is not used."""


class HashSetChoice(ProfilePart, frozen=True, kw_only=True):
    """A hash set that the profile always loads."""

    file: str
    kind: SetKind | None = None
    """Overrides what the file says of itself; a plain list is notable."""


class Family(StrEnum):
    """Families of content, by type, that a profile can be limited to."""

    PICTURES = "pictures"
    VIDEOS = "videos"
    DOCUMENTS = "documents"
    ARCHIVES = "archives"
    EVERYTHING = "everything"


class LookAt(ProfilePart, frozen=True, kw_only=True):
    """Which entries are looked at."""

    content: tuple[Family, ...] = (Family.EVERYTHING,)
    """Families, by name or by first bytes; the rest is excluded, and counted as such."""
    unallocated: bool = True
    alternate_streams: bool = True
    orphans: Count = 100_000
    """How many entries without a directory are listed at most, for each volume; 0: none."""
    smallest_bytes: str = "0 B"
    largest_bytes: str = "4 GB"
    """Larger content is excluded: its digests would take too long on scene."""


class PartLimits(ProfilePart, frozen=True, kw_only=True):
    """What pictures and videos that lie in the content of one entry may cost together."""

    at_most: Count = 20_000
    """So many; 0: none is looked at."""
    bytes: str = "1 GB"
    """Of their content."""
    time: str = "40 s"
    """And a second more for each 3 MB of the entry."""


class MemberLimits(ProfilePart, frozen=True, kw_only=True):
    """What may be taken out of one container, and of those in it."""

    at_most: Count = 20_000
    """Members; 0: nobody looks into containers."""
    deep: Annotated[int, msgspec.Meta(ge=1, le=16)] = 4
    """Containers in containers, the outermost counted."""
    bytes: str = "2 GB"
    """That come out."""
    bytes_freely: str = "256 MB"
    """Of these so many out of any container; more only from one that is not too small for it:"""
    times: Count = 100
    """more than so many times its own size comes out of none."""
    time: str = "30 s"
    """And a second more for each 3 MB of the container."""
    listed: bool = False
    """Each has a line of its own in entries.jsonl."""


class Limits(ProfilePart, frozen=True, kw_only=True):
    """What one entry may cost, and the whole scan."""

    time: str = ""
    """The whole scan, e.g. `30 min`; empty: no limit. `--time-limit` overrides it."""
    entry_time: str = "60 s"
    decode_bytes: str = "256 MB"
    """Pictures with more content than this are hashed but not decoded."""
    pixels: Count = 120_000_000
    """Pictures that claim more are refused before decoding."""
    parts: PartLimits = PartLimits()
    members: MemberLimits = MemberLimits()


class PreviewRules(ProfilePart, frozen=True, kw_only=True):
    """Small pictures of findings in the bundle."""

    keep: bool = True
    longest_side: Annotated[int, msgspec.Meta(ge=16, le=1024)] = 240
    at_most: Count = 500
    """Further findings have none."""
    sharp: bool = False
    """Not blurred where they are stored: whoever has the bundle can recognise who is in them."""


class Thumbnails(ProfilePart, frozen=True, kw_only=True):
    """Thumbnails inside pictures and in the caches of Windows, Linux and macOS."""

    look: bool = True
    """Hold each of them against every detector."""
    before_pictures: bool = True
    """Those inside large pictures in a first pass, which says what to look at in full first."""
    report_gone: bool = True
    """A thumbnail whose picture is gone is a match of its own."""
    report_unlike: bool = True
    """So is one that does not look like the picture that it lies in."""


class Profile(ProfilePart, frozen=True, kw_only=True):
    """A whole profile."""

    name: str
    description: str
    detectors: tuple[DetectorChoice, ...]
    hash_sets: tuple[HashSetChoice, ...] = ()
    set_signatures: SetSignatures = SetSignatures.WARN
    look_at: LookAt = LookAt()
    limits: Limits = Limits()
    thumbnails: Thumbnails = Thumbnails()
    previews: PreviewRules = PreviewRules()


NOTHING = Profile(name="none", description="looks for nothing", detectors=())
"""Of workers that list, or are asked of what is no evidence."""


def load(name_or_path: str) -> Profile:
    """The shipped profile of that name, or the one in the file.

    Raises ProfileError with the path inside the file, and what is allowed there.
    """
    from triage import plain_yaml  # noqa: PLC0415 - workers are given profiles, and never read one

    text, where = _read(name_or_path)
    try:
        raw = plain_yaml.read(text)
    except plain_yaml.YAMLError as error:
        raise ProfileError(
            f"{where} is not YAML: {why(error)}.", hint="Check the indentation at that line."
        ) from error
    try:
        profile = msgspec.convert(raw, Profile)
    except msgspec.ValidationError as error:
        raise ProfileError(
            f"{where}: {why(error)}.",
            hint="`seek profile show quick` prints a profile that is right.",
        ) from error
    _check_amounts(profile, where)
    try:
        in_order(profile.detectors)
    except ProfileError as error:
        raise ProfileError(f"{where}: {error.message}", hint=error.hint) from error
    return profile


def looks_up(profile: Profile) -> bool:
    """Whether it has digests looked up."""
    return any(choice.needs.look_up for choice in profile.detectors)


def holds_types_against_names(profile: Profile) -> bool:
    """Whether a name that hides a picture or video is found."""
    return any(isinstance(each, TypeUse) and each.report_mismatch for each in profile.detectors)


def looks_at_parts(profile: Profile) -> bool:
    """Whether pictures and videos that lie in files besides their own content are looked at: by
    detectors of pixels alone, as what says that there are any is what decodes."""
    asked = any(choice.needs.pixels for choice in profile.detectors)
    return asked and profile.limits.parts.at_most > 0


@contextmanager
def named_at(path: str) -> Iterator[None]:
    """Within it, what is wrong with a file that a profile names is said with where it names it.

    `path`: inside the profile, `$.hash_sets[0].file`. The error stays what it was.
    """
    try:
        yield
    except SeekError as error:
        error.message = f"{why(error)} - at `{path}`."
        error.args = (error.message,)
        raise


def text_of(name_or_path: str) -> str:
    """The profile's own text, comments and all."""
    return _read(name_or_path)[0]


def parse_size(text: str) -> int:
    """`64 MB` to bytes. Raises ValueError."""
    amount, unit = _amount(text)
    factor = _SIZES.get(unit.upper() or "B")
    if factor is None:
        raise ValueError(f"'{text}' is not a size; say for example '64 MB' or '4 GiB'")
    return int(amount * factor)


def parse_duration(text: str) -> float:
    """`90 s`, `30 min`, `1.5 h` to seconds. Raises ValueError."""
    amount, unit = _amount(text)
    factor = _DURATIONS.get(unit.lower())
    if factor is None:
        raise ValueError(f"'{text}' is not a duration; say for example '90 s', '30 min' or '2 h'")
    return amount * factor


def _amount(text: str) -> tuple[float, str]:
    parts = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", text)
    if parts is None:
        raise ValueError(f"'{text}' is not a number with a unit")
    return float(parts[1]), parts[2]


def _read(name_or_path: str) -> tuple[str, str]:
    if name_or_path in SHIPPED:
        file = resources.files("profiles").joinpath(f"{name_or_path}.yaml")
        return file.read_text(encoding="utf-8"), f"profile {name_or_path}"
    path = Path(name_or_path)
    try:
        return path.read_text(encoding="utf-8"), str(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(
            f"No profile '{name_or_path}': {why(error)}.",
            hint=f"Shipped profiles: {', '.join(SHIPPED)}. Or give the path of a YAML file.",
        ) from error


def _check_amounts(profile: Profile, where: str) -> None:
    sizes = {
        "$.look_at.smallest_bytes": profile.look_at.smallest_bytes,
        "$.look_at.largest_bytes": profile.look_at.largest_bytes,
        "$.limits.decode_bytes": profile.limits.decode_bytes,
        "$.limits.parts.bytes": profile.limits.parts.bytes,
        "$.limits.members.bytes": profile.limits.members.bytes,
        "$.limits.members.bytes_freely": profile.limits.members.bytes_freely,
    }
    durations = {
        "$.limits.time": profile.limits.time or "0 s",
        "$.limits.entry_time": profile.limits.entry_time,
        "$.limits.parts.time": profile.limits.parts.time,
        "$.limits.members.time": profile.limits.members.time,
    } | {
        f"$.detectors[{number}].time": frames.time
        for number, choice in enumerate(profile.detectors)
        if (frames := choice.needs.frames)
    }
    for amounts, parse in ((sizes, parse_size), (durations, parse_duration)):
        for path, text in amounts.items():
            try:
                parse(text)
            except ValueError as error:
                raise ProfileError(
                    f"{where}: {why(error)} - at `{path}`.",
                    hint="Write the number, a space, the unit.",
                ) from error
