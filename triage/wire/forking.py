"""What the fork server is asked for, and what it answers."""

import struct

import msgspec

from triage.wire.messages import Role, Setup

MOST_DESCRIPTORS = 250
"""In one message; Linux allows 253."""
PID = struct.Struct("<I")
"""The answer: the worker's number, 0 if there is none."""


class Fork(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for a worker. Its descriptors travel beside this, and in messages after it."""

    descriptors: int
    """How many: the channel, the pipe for complaints, and those that its set-up names."""
    examines: bool
    """It is an examiner."""
    describes: bool = False
    """It is a describer."""
    unlocks: bool = False
    """It derives keys of encrypted volumes."""
    copies: bool = False
    """It is a copier."""
    pictures: bool = False
    """It will decode pictures."""
    hash_sets: bool = False
    """It will look up in hash sets."""


def fork_for(setup: Setup, *, descriptors: int) -> Fork:
    """What a worker with that set-up will import, as far as workers can share it."""
    examines = setup.role is Role.EXAMINE
    describes = setup.role is Role.DESCRIBE
    looks = examines and any(each.needs.decodes for each in setup.profile.detectors)
    return Fork(
        descriptors=descriptors,
        examines=examines,
        describes=describes,
        unlocks=setup.role is Role.UNLOCK,
        copies=setup.role is Role.COPY,
        pictures=looks or describes,
        hash_sets=bool(setup.hash_sets),
    )
