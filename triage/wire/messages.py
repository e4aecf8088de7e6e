"""What the coordinator and its workers say to each other, and how it travels.

A message is msgpack in a frame: four bytes of length, little endian, then that many bytes. Each
side decodes with the exact types below; what does not fit them, or is longer than MAX_FRAME, is a
WorkerError: a worker that parses hostile data may itself have turned hostile.
"""

import socket
import struct
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import msgspec

from triage.errors import WorkerError
from triage.evidence import Device, FileEntry, Protector, Volume
from triage.findings import ListedMember, Match, Outcome, Result
from triage.packs.models import Card
from triage.packs.word_lists import WordList
from triage.profile import Profile, SetKind
from triage.secret import Secret

MAX_FRAME = 64 * 1024 * 1024
"""Bytes. The largest honest frame is a batch of results with previews, well under 16 MiB."""

_LENGTH = struct.Struct("<I")

MOST_SAID = 1000
"""Characters in which a worker says why it failed: they come into reasons and the log."""

LONGEST_KEY = 128
"""Bytes of a volume's key."""
LONGEST_PLACE = 4096
"""Characters of a file's path with its volume."""
MOST_GATHERED = 1000
"""Secrets that lie about: more than that are no secrets."""

LIBRARIES = frozenset({"the sleuth kit", "libmagic", "libjxl", "libarchive"})
"""What parses evidence and is loaded by workers alone; whoever else names its version asks them."""

NOT_A_PICTURE = "not a picture"
TOO_LITTLE = "it says too little for a perceptual hash"
"""Why a describer says nothing of a file, or gives no PDQ of it: nothing is wrong with either."""

GIVEN_UP = "its decoder failed on ten like it"
"""Why an entry was not decoded, of a type that ended one worker after the other."""
COMPARED_ALONE = "compared by digest alone"

COPY_BYTES = 1 << 20
"""In which what an entry holds is handed over."""
MOST_PARTS = 1000
"""Of one entry, that are asked for; a bundle tells of fewer."""
PARTS_SECONDS = 600.0
"""In which those of an entry are to be found, and so much longer for each byte of it:"""
PARTS_SECONDS_A_BYTE = 2e-6

LONGEST_TYPE = 100
"""Characters of a MIME type."""

Seconds = Annotated[float, msgspec.Meta(ge=0, lt=1e9)]
"""How long a worker says something took: a number, and not one that nothing ends after."""


class Role(StrEnum):
    """What a worker is for."""

    SURVEY = "survey"
    EXAMINE = "examine"
    DESCRIBE = "describe"
    """The lab's own pictures and models, which are no evidence and yet not to be trusted."""
    UNLOCK = "unlock"
    """Keys of encrypted volumes, by what opens them."""
    COPY = "copy"
    """What findings hold, and what lies in that, for the lab to keep."""


class OpenedDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device and the read-only descriptors, inherited by the worker, that hold its bytes."""

    device: Device
    descriptors: tuple[int, ...]
    sizes: tuple[int, ...]
    """Of each part, bytes."""


class HashSetInHand(msgspec.Struct, frozen=True, kw_only=True):
    """A compiled hash set, to be mapped from an inherited descriptor."""

    descriptor: int
    kind: SetKind
    key: bytes = b""
    """Unlocks a sealed set."""
    named: str = ""
    """As the agent gave it."""


class ModelInHand(msgspec.Struct, frozen=True, kw_only=True):
    """A model pack: what its card says, and its model behind an inherited descriptor."""

    named: str
    """As the profile names it."""
    card: Card
    descriptor: int


class WordListInHand(msgspec.Struct, frozen=True, kw_only=True):
    """A word list, read and checked."""

    named: str
    """As the profile names it."""
    words: WordList


class Setup(msgspec.Struct, frozen=True, kw_only=True, tag="setup"):
    """The first message to a worker: all that it will ever be given."""

    role: Role
    devices: tuple[OpenedDevice, ...]
    profile: Profile
    hash_sets: tuple[HashSetInHand, ...] = ()
    models: tuple[ModelInHand, ...] = ()
    word_lists: tuple[WordListInHand, ...] = ()
    passwords: tuple[str, ...] = ()
    """To be tried where an archive is encrypted."""
    files: int = -1
    """A describer's socket, on which the files come that it is asked about; -1: there is none."""
    keys: int = -1
    """Memory with the keys of the volumes that were unlocked (`wire.volume_keys`), read whenever
    volumes are named; -1: there is none."""
    memory_bytes: int = 0
    """RLIMIT_AS; 0: none."""


class ListVolumes(msgspec.Struct, frozen=True, kw_only=True, tag="list_volumes"):
    """Read the volume systems of a device."""

    device_id: str
    layers: bool = True
    """Open the layers that are met; not once one may have ended a worker."""
    members: tuple[Volume, ...] = ()
    """Of all devices, those that are known to be part of arrays, and those that one of them lies
    inside of."""


class Survey(msgspec.Struct, frozen=True, kw_only=True, tag="survey"):
    """Walk the file system of a volume."""

    volume: Volume
    first_id: int
    inside: tuple[Volume, ...] = ()
    """Those that it lies inside of, the outermost first, and the other members of arrays among
    them."""


class UseVolumes(msgspec.Struct, frozen=True, kw_only=True, tag="use_volumes"):
    """Volumes that later entries lie on, those that one of them lies inside of, and the members of
    arrays among them."""

    volumes: tuple[Volume, ...]


class Examine(msgspec.Struct, frozen=True, kw_only=True, tag="examine"):
    """Look at the content of these entries."""

    entries: tuple[FileEntry, ...]
    alone: bool = False
    """One entry that may have ended another worker: what it is is said before it is decoded."""
    undecoded: tuple[str, ...] = ()
    """Types of which nothing is decoded: their decoder ended one worker after the other."""


class LookUp(msgspec.Struct, frozen=True, kw_only=True, tag="look_up"):
    """Digest these small entries, and say what a notable set holds; they are examined later all the
    same."""

    entries: tuple[FileEntry, ...]


class Glance(msgspec.Struct, frozen=True, kw_only=True, tag="glance"):
    """Look at the thumbnails inside these entries; they are examined later all the same."""

    entries: tuple[FileEntry, ...]


class DigestAlone(msgspec.Struct, frozen=True, kw_only=True, tag="digest"):
    """Read, hash and look up these entries, and decode nothing: that ended a worker."""

    entries: tuple[FileEntry, ...]
    typed: bool = False
    """Types are told again and held against names: the worker that ended had told them."""


class Describe(msgspec.Struct, frozen=True, kw_only=True, tag="describe"):
    """Say what the next files on the socket are: so many, opened for reading, without a name."""

    sizes: tuple[int, ...]
    """Of each, bytes; more than that of a file that grows is not read."""
    decode: bool = True
    """If not, only digests are made: decoding it ended a worker."""
    looks: bool = False
    """Also all hashes by which a copy of each would be looked for."""


class TryModel(msgspec.Struct, frozen=True, kw_only=True, tag="try_model"):
    """Run the one model of the set-up on a drawn picture."""


class Unlock(msgspec.Struct, frozen=True, kw_only=True, tag="unlock"):
    """Say whether a secret opens a volume. Without one, whether any does that was gathered."""

    volume: Volume
    inside: tuple[Volume, ...] = ()
    """As of a Survey."""
    secret: Secret | None = None


class Gather(msgspec.Struct, frozen=True, kw_only=True, tag="gather"):
    """Look through a readable volume for what may open another, and keep it."""

    volume: Volume
    inside: tuple[Volume, ...] = ()


class Copy(msgspec.Struct, frozen=True, kw_only=True, tag="copy"):
    """Hand over what this entry holds, in pieces."""

    entry: FileEntry
    again: bool = False
    """By another way than its runs, where its file system has one: they gave something else."""


class WantedPart(msgspec.Struct, frozen=True, kw_only=True):
    """Something that lies in an entry, as a match tells of it."""

    path: str = ""
    """Of a container's member: where it lies in there, as far as that was told; empty of all else.
    """
    size: int
    """Bytes."""
    sha256: bytes


class CopyParts(msgspec.Struct, frozen=True, kw_only=True, tag="copy_parts"):
    """Hand over what lies in this entry: members of a container, and parts that lie in pieces."""

    entry: FileEntry
    parts: tuple[WantedPart, ...]
    again: bool = False
    """As of a Copy."""


Request = (
    Setup
    | ListVolumes
    | Survey
    | UseVolumes
    | Examine
    | LookUp
    | Glance
    | DigestAlone
    | Describe
    | TryModel
    | Unlock
    | Gather
    | Copy
    | CopyParts
)


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """The worker has all that it needs and has given up the right to get more."""

    confinement: tuple[str, ...]
    """The layers of the sandbox that are on."""
    libraries: dict[str, str] = {}
    """Name to version of those that shape what this worker will say: a key of LIBRARIES each."""


class Volumes(msgspec.Struct, frozen=True, kw_only=True, tag="volumes"):
    """The volumes of a device; the lengths of those inside no other add up to its size."""

    volumes: tuple[Volume, ...]


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """An entry whose content nobody will read, and why; its name may match all the same."""

    entry: FileEntry
    outcome: Outcome
    reason: str
    matches: tuple[Match, ...] = ()


class EntriesMet(msgspec.Struct, frozen=True, kw_only=True, tag="entries"):
    """Some of the entries of the volume that is being walked."""

    rows: dict[str, bytes]
    """Those to be examined, as `triage.plan.rows.Rows.to_bytes` gives them."""
    settled: tuple[Settled, ...] = ()


class Surveyed(msgspec.Struct, frozen=True, kw_only=True, tag="surveyed"):
    """The walk of a volume has ended."""

    volume_id: str
    content_bytes: int
    caps: tuple[str, ...] = ()
    """What may be missed."""
    notes: tuple[str, ...] = ()
    """What else is to be said of the listing."""


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that a notable set holds, by its digest."""

    entry_id: int
    matches: tuple[Match, ...]


class Spots(msgspec.Struct, frozen=True, kw_only=True, tag="spotted"):
    """Said of entries in hand before any of them is decoded; their results follow."""

    spots: tuple[Spot, ...]


class Decodes(msgspec.Struct, frozen=True, kw_only=True, tag="decodes"):
    """Said of the entry that is examined alone, before it is decoded: if that ends the worker, it
    is known what did."""

    entry_id: int
    mime: Annotated[str, msgspec.Meta(max_length=LONGEST_TYPE)]
    """MIME type by content."""


class Results(msgspec.Struct, frozen=True, kw_only=True, tag="results"):
    """One result for each entry of an Examine or a DigestAlone, in its order."""

    entry_ids: tuple[int, ...]
    results: tuple[Result, ...]
    previews: dict[int, bytes] = {}
    """By the entry's id: a small JPEG of a finding, where the profile allows it."""
    members: dict[int, tuple[ListedMember, ...]] = {}
    """By the entry's id: what was taken out of a container, where the profile wants it listed."""
    altered: tuple[int, ...] = ()
    """Which of the set-up's hash sets the worker has found altered by now, while it looked them up;
    by their numbers, in order."""
    seconds: Seconds
    """How long the batch took the worker."""


class Glanced(msgspec.Struct, frozen=True, kw_only=True, tag="glanced"):
    """Which entries of a LookUp or a Glance to examine first."""

    promising: tuple[int, ...]
    """Ids of those that a notable set holds, or whose thumbnail matched."""
    seconds: Seconds
    """How long the batch took the worker."""


class PdqQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A PDQ by which a copy of a picture is looked for."""

    value: bytes
    manner: str
    """How a picture that has it differs from this one: empty, `turned 90°` …"""


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is, if it is a picture, and nothing else of it."""

    left_out: str = ""
    """Why nothing is said of it: it is no picture, cannot be read …"""
    digests: dict[str, bytes] = {}
    """MD5, SHA-1 and SHA-256 by name; none of what is left out."""
    trouble: str = ""
    """Why it has digests and no PDQ."""
    pdq: bytes = b""
    looks: tuple[PdqQuery, ...] = ()


class Described(msgspec.Struct, frozen=True, kw_only=True, tag="described"):
    """One description for each file of a Describe, in its order."""

    files: tuple[Description, ...]


class Tried(msgspec.Struct, frozen=True, kw_only=True, tag="tried"):
    """The model runs, and does what its card says."""

    score: Annotated[float, msgspec.Meta(ge=0, le=1)]
    seconds: Seconds
    """Of one picture, on one thread, the model already loaded."""


class Unlocked(msgspec.Struct, frozen=True, kw_only=True, tag="unlocked"):
    """It opens. The key of the volume alone is said, and not what gave it."""

    volume_id: str
    key: Annotated[bytes, msgspec.Meta(min_length=1, max_length=LONGEST_KEY)]
    protector: Protector
    """One of the volume's."""
    found_in: Annotated[str, msgspec.Meta(max_length=LONGEST_PLACE)] = ""
    """The file that the secret was gathered from."""


class StaysLocked(msgspec.Struct, frozen=True, kw_only=True, tag="stays_locked"):
    """It does not open by that."""

    volume_id: str
    reason: Annotated[str, msgspec.Meta(max_length=MOST_SAID)] = ""
    """Why nothing could open it here; empty: the secret is not the right one."""


class Gathered(msgspec.Struct, frozen=True, kw_only=True, tag="gathered"):
    """The volume was looked through."""

    volume_id: str
    count: Annotated[int, msgspec.Meta(ge=0, le=MOST_GATHERED)]
    """How many secrets it gave."""


class NextBytes(msgspec.Struct, frozen=True, kw_only=True, tag="next_bytes"):
    """The next bytes of the entry that is copied, or of what lies in it."""

    data: Annotated[bytes, msgspec.Meta(min_length=1, max_length=COPY_BYTES)]


class PartCopied(msgspec.Struct, frozen=True, kw_only=True, tag="part_copied"):
    """The bytes since the last of these were one of the parts that are wanted."""

    number: Annotated[int, msgspec.Meta(ge=-1, le=MOST_PARTS)]
    """Which, from 0; -1: they were another that has the name of one."""


class Copied(msgspec.Struct, frozen=True, kw_only=True, tag="copied"):
    """No more pieces of it come."""

    entry_id: int
    trouble: Annotated[str, msgspec.Meta(max_length=MOST_SAID)] = ""
    """Why they are not all that it holds; a short phrase."""


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """The request cannot be done; the worker goes on."""

    message: Annotated[str, msgspec.Meta(max_length=MOST_SAID)]


Reply = (
    Ready
    | Volumes
    | EntriesMet
    | Surveyed
    | Spots
    | Decodes
    | Results
    | Glanced
    | Described
    | Tried
    | Unlocked
    | StaysLocked
    | Gathered
    | NextBytes
    | PartCopied
    | Copied
    | Failed
)

_encode = msgspec.msgpack.Encoder().encode
_request_decoder = msgspec.msgpack.Decoder(Request)
_reply_decoder = msgspec.msgpack.Decoder(Reply)


def frame(message: Request | Reply) -> bytes:
    """The message as it travels."""
    body = _encode(message)
    if len(body) > MAX_FRAME:
        raise WorkerError("A message is too long to send", hint="Report this; it is a defect.")
    return _LENGTH.pack(len(body)) + body


def requests(channel: socket.socket) -> Iterator[Request]:
    """The worker's side: requests until the coordinator closes the channel. Blocks."""
    while True:
        header = _receive(channel, _LENGTH.size)
        if not header:
            return
        yield _request_decoder.decode(_receive(channel, _LENGTH.unpack(header)[0]))


class Inbox:
    """The coordinator's side: bytes in as they come, whole and checked replies out."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self.length = 0
        """Of the last reply, bytes."""

    def feed(self, data: bytes | memoryview) -> Iterator[Reply]:
        """Replies that `data` completes. Raises WorkerError for what is not in the protocol."""
        self._bytes += data
        while len(self._bytes) >= _LENGTH.size:
            length: int = _LENGTH.unpack_from(self._bytes)[0]
            if length > MAX_FRAME:
                raise WorkerError(f"A worker announced a message of {length} bytes")
            if len(self._bytes) < _LENGTH.size + length:
                return
            body = bytes(memoryview(self._bytes)[_LENGTH.size : _LENGTH.size + length])
            del self._bytes[: _LENGTH.size + length]
            self.length = length
            yield _decode_reply(body)


def _decode_reply(body: bytes) -> Reply:
    try:
        reply: Reply = _reply_decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WorkerError(f"A worker sent what is not in the protocol: {error}") from error
    return reply


def _receive(channel: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        part = channel.recv(min(length - len(data), 1 << 20))
        if not part:
            return b""
        data += part
    return bytes(data)
