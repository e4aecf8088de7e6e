"""Layers: bytes made of other bytes. What is in a volume is another run of bytes, or several.

A layer is a row of LAYERS and a module beside this one. What it holds may be several runs of bytes,
each with a name; they may share bytes, as volumes of one pool or snapshots do. Rows are tried from
outside in, before any file system, on each volume of a device and on each that a layer gave.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from triage.errors import SeekError
from triage.evidence import Volume
from triage.secret import may_be_noise
from triage.sources import (
    apfs_container,
    backups,
    btrfs_devices,
    ewf,
    ext_journal,
    imsm,
    ldm,
    lvm,
    md,
    qcow2,
    udif,
    vdi,
    vhd,
    vhdx,
    vmdk,
    xfs_replay,
)
from triage.sources.arrays import OF_ITSELF, Join, Joined, Made, Member, joined
from triage.sources.bytes import Bytes, FencedBytes
from triage.sources.encrypted import (
    BITLOCKER,
    FILEVAULT,
    LUKS,
    VERACRYPT,
    Lock,
    open_bitlocker,
    open_filevault,
    open_luks,
    open_veracrypt,
    recognise_bitlocker,
    recognise_filevault,
    recognise_luks,
)
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised

Array = Callable[["Layer"], Joined]
"""A volume's array, of that kind; raises ContentError."""
LARGEST = 1 << 60
"""Bytes that a layer may say it is of which it is known that it can be more than it lies in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A kind of layer."""

    name: str
    """One word, as `Volume.layer` begins with it."""
    recognise: Callable[[Head], Recognised | None]
    """Whether it begins there; and what is said of the volume, if it does not open."""
    open: Callable[[Bytes], Mapping[str, Bytes]]
    """What it holds, by name; the name is empty of what has none. May raise anything."""
    join: Join | None = None
    """Of an array: how its members are put together; `open` is for one by itself."""
    lock: Lock | None = None
    """Of an encrypted one: how it opens by a key. `open` raises KeyNeededError without it."""
    grows: bool = False
    """What it holds may be more than it takes: it is compressed, or sparse."""
    says: str = ""
    """What is to be said of a volume that was opened by it."""
    image: bool = False
    """It is a disk in another form: whatever looks like a table in it is the disk's own."""
    told_by_disk: bool = False
    """It is not told by its beginning, but by who lists the volumes of a disk: by a mark at the
    disk's end, by its table. Whatever seems to begin there is the array's."""


LAYERS: list[Layer] = [
    Layer(name="qcow2", recognise=qcow2.recognise, open=qcow2.open_, grows=True, image=True),
    Layer(name="vhdx", recognise=vhdx.recognise, open=vhdx.open_, grows=True, image=True),
    Layer(name="vmdk", recognise=vmdk.recognise, open=vmdk.open_, grows=True, image=True),
    Layer(name="vdi", recognise=vdi.recognise, open=vdi.open_, grows=True, image=True),
    Layer(name="e01", recognise=ewf.recognise, open=ewf.open_, grows=True, image=True),
    Layer(name="dmg", recognise=udif.recognise, open=udif.open_, grows=True, image=True),
    Layer(name="vhd", recognise=vhd.recognise, open=vhd.open_, grows=True, image=True),
    Layer(name="luks", recognise=recognise_luks, open=open_luks, lock=LUKS),
    Layer(name="bitlocker", recognise=recognise_bitlocker, open=open_bitlocker, lock=BITLOCKER),
    Layer(name="filevault", recognise=recognise_filevault, open=open_filevault, lock=FILEVAULT),
    Layer(
        name="md",
        recognise=md.recognise,
        open=md.open_,
        join=md.join,
    ),
    Layer(
        name="imsm",
        recognise=imsm.recognise,
        open=imsm.open_,
        join=imsm.join,
        told_by_disk=True,
    ),
    Layer(name="ldm", recognise=ldm.recognise, open=ldm.open_, join=ldm.join, told_by_disk=True),
    Layer(name="apfs", recognise=apfs_container.recognise, open=apfs_container.open_, image=True),
    Layer(name="lvm", recognise=lvm.recognise, open=lvm.open_, join=lvm.join),
    Layer(
        name="btrfs",
        recognise=btrfs_devices.recognise,
        open=btrfs_devices.open_,
        join=btrfs_devices.join,
    ),
    Layer(
        name="journal",
        recognise=ext_journal.recognise,
        open=ext_journal.open_,
        says="what was in its journal alone, for the power was cut, was laid over it in memory",
    ),
    Layer(
        name="log",
        recognise=xfs_replay.recognise,
        open=xfs_replay.open_,
        says="what was in its log alone, for the power was cut, was laid over it in memory",
    ),
    Layer(
        name="backup",
        recognise=backups.recognise,
        open=backups.open_,
        says="its beginning is damaged, and was read from the copy that it keeps of it",
    ),
]
"""In the order in which they are tried: what lies at the very beginning first."""
UNMARKED = Layer(
    name="veracrypt",
    recognise=lambda _: None,
    open=open_veracrypt,
    lock=VERACRYPT,
    says="it looked random, and a password opened it",
)
"""By which nothing begins: it may be over any volume that looks random."""


def layer_at(head: Head) -> tuple[Layer, Recognised] | None:
    """The layer that begins there, and what is said of it."""
    for layer in LAYERS:
        try:
            found = layer.recognise(head)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112 - the fence round a layer
            continue
        if found is not None:
            return layer, found
    return None


def layer_of(held: Bytes) -> tuple[Layer, Recognised] | None:
    """The layer that these bytes begin with."""
    return layer_at(Head(held, 0, held.size)) if LAYERS else None


def layer_over(volume: Volume, held: Bytes) -> tuple[Layer, Recognised] | None:
    """The layer that the volume, whose bytes are `held`, begins with; or that it may have of which
    nothing is to be seen."""
    told = array_layer(volume.part_of)
    if told is not None and told.told_by_disk:
        return told, Recognised(name=volume.file_system, reason=volume.reason)
    unseen = (UNMARKED, Recognised(name="", reason=volume.reason))
    return layer_of(held) or (unseen if may_be_noise(volume) else None)


def opened(layer: Layer, held: Bytes, device_size: int, key: bytes = b"") -> dict[str, FencedBytes]:
    """What the layer over `held` holds, by what `Volume.layer` says. Raises ContentError.

    `key`: of an encrypted one, if it is there.

    No more is believed to be there than `held` has, unless such a layer can be more.
    """
    try:
        inside = layer.lock.open_with(held, key) if layer.lock and key else layer.open(held)
        return _fenced(layer, inside, LARGEST if layer.grows else held.size, device_size)
    except Exception as error:
        raise _as_said(error) from error


def array_layer(part_of: str) -> Layer | None:
    """The kind of array that a member names."""
    name = part_of.partition(" ")[0]
    return next((each for each in LAYERS if each.name == name and each.join), None)


def seen_by(layer: Layer, own: str, members: Sequence[Member], before: Made) -> Joined:
    """The array of these members as the one called `own` sees it. Raises ContentError."""
    if layer.join is None:
        raise ContentError(f"no array is called {layer.name}")
    try:
        return joined(layer.join, own, members, before)
    except RecursionError as error:
        raise ContentError(OF_ITSELF) from error
    except Exception as error:
        raise _as_said(error) from error


def held_by(layer: Layer, array: Joined, device_size: int) -> dict[str, FencedBytes]:
    """What an array holds, as `opened` has it."""
    return _fenced(layer, array.gives, array.size, device_size)


def _fenced(
    layer: Layer, inside: Mapping[str, Bytes], most: int, device_size: int
) -> dict[str, FencedBytes]:
    return {
        f"{layer.name} {name}" if name else layer.name: FencedBytes(
            each, max(0, min(each.size, most)), device_size
        )
        for name, each in inside.items()
    }


def _as_said(error: Exception) -> Exception:
    """What a layer raised, as a ContentError; no memory is what it is."""
    if isinstance(error, ContentError | MemoryError):
        return error
    if isinstance(error, SeekError):
        return ContentError(error.message)
    return ContentError(f"the layer's reader failed on it ({type(error).__name__})")


def plain_bytes(
    volume: Volume, held: Bytes, array: Array, device_size: int, key: bytes = b""
) -> Bytes:
    """What `volume` is a stretch of: of what its layer gives over `held`, with the key of that if
    there is one, and with the others where it is part of an array. Raises ContentError."""
    name = volume.layer.partition(" ")[0]
    layer = next((each for each in (*LAYERS, UNMARKED) if each.name == name), None)
    if layer is None:
        raise ContentError(f"no layer is called {name}")
    if layer.join is not None:
        gives = held_by(layer, array(layer), device_size)
    else:
        gives = opened(layer, held, device_size, key)
    inside = gives.get(volume.layer)
    if inside is None:
        raise ContentError(f"{volume.inside} does not hold {volume.layer} any more")
    return inside
