"""Which module opens which kind of container: the one place that knows them all."""

from functools import cache

from triage.members import (
    archives,
    compound_files,
    databases,
    disk_images,
    mails,
    outlook,
    pdfs,
    property_lists,
    tnef,
)
from triage.members.member import Opener

FAMILIES: tuple[Opener, ...] = (
    archives,
    mails,
    pdfs,
    compound_files,
    outlook,
    databases,
    disk_images,
    property_lists,
    tnef,
)
"""A module for each family; each has the protocol of `member.Opener`."""


@cache
def openers() -> dict[str, Opener]:
    """By kind, whoever opens it here: made once, before a worker is confined."""
    ready = [family for family in FAMILIES if family.make_ready()]
    return {kind: family for family in ready for kind in family.KINDS}
