"""All volumes of a device: those of its tables, and, layer by layer, those inside them.

A layer that gives itself again, or volumes without end, is a suspect's work: how deep they are
opened, and how many there may be, is capped, and what is left out is said.
"""

from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from triage.evidence import Device, Volume, VolumeState
from triage.sources.arrays import Joined
from triage.sources.bytes import Bytes, FencedBytes, stretch_of
from triage.sources.encrypted import KeyNeededError
from triage.sources.layers import Layer, array_layer, held_by, layer_over, opened
from triage.sources.reader import ContentError
from triage.sources.signatures import Recognised
from triage.sources.volumes import volumes_inside, volumes_on

DEEPEST = 6
"""Layers within layers; what lies deeper is named, and not opened."""
MOST_INSIDE = 256
"""Volumes inside others, of one device."""
TOO_DEEP = f"a layer below {DEEPEST} others, which is not opened"
NOT_OPENED = "a layer, which is not opened: when it was, the reader of this device's volumes died"
NOT_LISTED = f"of the volumes inside it not all were listed: a device may have {MOST_INSIDE}"
PART_OF = "{what}, listed inside {home}"
Arrays = Callable[[Layer, Volume, Bytes], Joined]
"""The array of a volume that holds those bytes, by all its members that are known."""
NO_LAYER = frozenset({VolumeState.UNCLAIMED, VolumeState.EMPTY})


def list_volumes(
    whole: Bytes,
    device: Device,
    arrays: Arrays,
    *,
    layers: bool = True,
    keys: Mapping[str, bytes] | None = None,
) -> list[Volume]:
    """All volumes of a device in the order in which they lie, each before those inside it.

    `arrays`: of what lies on several. `keys`: of encrypted ones, by their ids.

    Without `layers` none is opened: the reader of one may have ended whoever listed them before.
    """
    deepest, too_deep = (DEEPEST, TOO_DEEP) if layers else (0, NOT_OPENED)
    opening = _Opening(device.size, deepest, too_deep, keys or {}, arrays)
    return [
        each
        for volume in volumes_on(whole, device)
        for each in opening.unfolded(volume, stretch_of(whole, volume.offset, volume.size), 0)
    ]


class _Opening:
    """Opens the layers of one device."""

    def __init__(
        self,
        device_size: int,
        deepest: int,
        too_deep: str,
        keys: Mapping[str, bytes],
        arrays: Arrays,
    ) -> None:
        """`too_deep`: what is said of a layer below `deepest` others."""
        self._device_size = device_size
        self._deepest, self._too_deep = deepest, too_deep
        self._keys = keys
        self._arrays = arrays
        self._left = MOST_INSIDE
        self._cut = False
        """Whether there were more."""

    def unfolded(self, volume: Volume, held: Bytes, depth: int) -> Iterator[Volume]:
        """The volume, and all that is inside it. `held`: its bytes."""
        layer = None if volume.state in NO_LAYER else layer_over(volume, held)
        if volume.part_of and (layer is None or layer[0].name != volume.part_of.split(" ")[0]):
            volume = self._as_half(volume, held)
            if volume.state is VolumeState.CONTAINER:
                yield volume
                return
        if layer is None:
            yield volume
        elif depth >= self._deepest:
            yield self._left_closed(volume, layer[0])
        else:
            yield from self._opened(volume, layer, held, depth)

    def _as_half(self, volume: Volume, held: Bytes) -> Volume:
        """A half of a mirror that is read as it is, unless another one is."""
        kind = array_layer(volume.part_of) if self._deepest else None
        if kind is None:
            return volume
        try:
            array = self._arrays(kind, volume, held)
        except ContentError:
            return volume
        if array.home != volume.id:
            return _as_part(volume, array.says, array.home)
        return replace(volume, reason="; ".join(filter(None, (volume.reason, array.says))))

    def _left_closed(self, volume: Volume, layer: Layer) -> Volume:
        """What is encrypted is said to be so, opened or not."""
        if layer.lock is not None:
            return replace(volume, reason="; ".join((volume.reason, self._too_deep)))
        return replace(volume, state=VolumeState.UNSUPPORTED, reason=self._too_deep)

    def _opened(
        self, volume: Volume, found: tuple[Layer, Recognised], held: Bytes, depth: int
    ) -> Iterator[Volume]:
        layer, recognised = found
        says, besides = layer.says, tuple[str, ...]()
        try:
            if layer.join is not None:
                array = self._arrays(layer, volume, held)
                says, besides = array.says, array.unread
                if array.home != volume.id:
                    yield _as_part(volume, says, array.home)
                    return
                gives = held_by(layer, array, self._device_size)
            else:
                gives = opened(layer, held, self._device_size, self._keys.get(volume.id, b""))
        except KeyNeededError:
            yield volume
            return
        except ContentError as error:
            readable = volume.state is VolumeState.READABLE
            state = VolumeState.DAMAGED if readable else volume.state
            reason = "; ".join(filter(None, (volume.reason, error.reason)))
            yield replace(volume, state=state, reason=reason)
            return
        inside = list(self._inside(volume, gives))
        unread = (*volume.unread, *besides, *((NOT_LISTED,) if self._cut else ()))
        no_more = volume.reason.removeprefix(recognised.reason).removeprefix("; ")
        by_itself = layer.lock is not None and volume.id not in self._keys
        told = volume.reason if by_itself else no_more
        reason = "; ".join(filter(None, (told, says)))
        yield replace(volume, state=VolumeState.CONTAINER, reason=reason, unread=unread)
        for each, plain in inside:
            within = stretch_of(plain, each.offset, each.size)
            yield from self.unfolded(each, within, depth + 1)

    def _inside(
        self, volume: Volume, gives: dict[str, FencedBytes]
    ) -> Iterator[tuple[Volume, FencedBytes]]:
        number = 1
        for name, plain in gives.items():
            for each in volumes_inside(plain, volume, name, number):
                if self._left <= 0:
                    self._cut = True
                    return
                self._left -= 1
                number += 1
                yield each, plain


def _as_part(volume: Volume, what: str, home: str) -> Volume:
    """A member of an array that is listed inside another one."""
    reason = f"part of {PART_OF.format(what=what, home=home)}"
    return replace(volume, state=VolumeState.CONTAINER, reason=reason)
