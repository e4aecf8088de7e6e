"""What the fork server is asked for, and what it answers."""

import struct

import msgspec

from triage.profile import Profile
from triage.wire.messages import Role, Setup

MOST_DESCRIPTORS = 250
"""In one message; Linux allows 253."""
PID = struct.Struct("<I")
"""The answer to a Fork: the worker's number, 0 if there is none."""


class KindOfWorker(msgspec.Struct, frozen=True, kw_only=True):
    """What decides which modules a worker needs, as far as workers can share them."""

    role: Role
    detectors: tuple[str, ...] = ()
    """Modules of `triage.detectors`: those with their code."""
    pictures: bool = False
    """It will decode pictures."""
    models: bool = False
    """It will run models."""
    hash_sets: bool = False
    """It will look up in hash sets."""
    members: bool = False
    """It may look into containers."""


class Fork(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Asks for a worker. Its descriptors travel beside this, and in messages after it."""

    kind: KindOfWorker
    descriptors: int
    """How many: the channel, the pipe for complaints, and those that its set-up names."""


class Prepare(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Says which worker is asked for next, once its equipment is loaded. Is not answered."""

    kind: KindOfWorker


def fork_for(setup: Setup, *, descriptors: int) -> Fork:
    """For a worker with that set-up."""
    kind = kind_of(setup.role, setup.profile, hash_sets=bool(setup.hash_sets))
    return Fork(kind=kind, descriptors=descriptors)


def kind_of(role: Role, profile: Profile, *, hash_sets: bool) -> KindOfWorker:
    """Of a worker of that role, in a scan with that profile."""
    if role is not Role.EXAMINE:
        return KindOfWorker(role=role, pictures=role is Role.DESCRIBE, hash_sets=hash_sets)
    needs = [each.needs for each in profile.detectors]
    looks = any(each.decodes for each in needs)
    return KindOfWorker(
        role=role,
        detectors=tuple(each.code for each in needs if each.code),
        pictures=looks,
        models=any(each.model for each in needs),
        hash_sets=hash_sets,
        members=(looks or hash_sets) and profile.limits.members.at_most > 0,
    )
