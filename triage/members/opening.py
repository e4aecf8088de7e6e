"""Which module opens which kind of container: the one place that knows them all."""

from triage.members.member import Opener

FAMILIES: tuple[Opener, ...] = ()
"""A module for each family; each has the protocol of `member.Opener`."""
