"""Which volumes say that they are parts of the same array, whatever device they are on.

Only what surveyors say is grouped here. What members make together is decided in workers, each of
which reads the members' own superblocks.
"""

from collections.abc import Iterable, Mapping

from triage.evidence import Volume, chain_of

ROUNDS = 4
"""An array may hold the members of another; no deeper than this."""


def members_among(listed: Mapping[str, Volume]) -> tuple[Volume, ...]:
    """Of arrays of which several members are here: these, each behind those that it lies inside
    of. `listed`: all volumes, by their ids."""
    by_array: dict[str, list[Volume]] = {}
    for volume in listed.values():
        if volume.part_of:
            by_array.setdefault(volume.part_of, []).append(volume)
    several = [member for members in by_array.values() if len(members) > 1 for member in members]
    return _with_outer(several, listed)


def beside(volumes: Iterable[Volume], members: Mapping[str, Volume]) -> tuple[Volume, ...]:
    """The members of all arrays that these volumes are parts of, and those that they lie inside of,
    and of arrays among those likewise. `members`: as `members_among` gave them, by their ids."""
    found: dict[str, Volume] = {}
    asked: set[str] = set()
    left = [volume.part_of for volume in volumes if volume.part_of]
    while left:
        array = left.pop()
        if array in asked:
            continue
        asked.add(array)
        mine = [member for member in members.values() if member.part_of == array]
        new = {each.id: each for each in _with_outer(mine, members)}
        left += [each.part_of for each in new.values() if each.part_of]
        found |= new
    return tuple(found.values())


def outside_of(
    volume: Volume, listed: Mapping[str, Volume], members: Mapping[str, Volume]
) -> tuple[Volume, ...]:
    """Those of the `listed` that a volume lies inside of, the outermost first, and behind them the
    other members of arrays among them. `members`: as `members_among` gave them, by their ids."""
    chain = chain_of(volume, listed)
    known = {each.id for each in (*chain, volume)}
    others = beside((*chain, volume), members)
    return (*chain, *(each for each in others if each.id not in known))


def laid_out(members: Iterable[Volume]) -> list[tuple[object, ...]]:
    """What must be the same for the same arrays to come of them."""
    return [(each.id, each.part_of, each.layer, each.offset, each.size) for each in members]


def _with_outer(volumes: Iterable[Volume], listed: Mapping[str, Volume]) -> tuple[Volume, ...]:
    found: dict[str, Volume] = {}
    for volume in volumes:
        for each in (*chain_of(volume, listed), volume):
            found.setdefault(each.id, each)
    return tuple(found.values())
