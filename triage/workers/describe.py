"""Describing: the lab's own pictures become digests and hashes, and its models are tried.

None of them is evidence. But a picture that the lab was sent crashes a decoder, or takes it over,
as one on a suspect's disk does: it is decoded by a worker without rights, that was handed the open
file and knows no name of it.
"""

import os
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

from triage.detectors.item import Picture
from triage.detectors.pdq import QUALITY, pdq
from triage.detectors.pictures import UndecodableError, decode, is_decoded
from triage.detectors.similar import queries_of
from triage.detectors.types import type_of
from triage.errors import WorkerError, why
from triage.evidence import HEAD_BYTES
from triage.profile import Limits, parse_size
from triage.wire.messages import (
    NOT_A_PICTURE,
    TOO_LITTLE,
    Describe,
    Described,
    Description,
    PdqQuery,
    Reply,
    Request,
    Setup,
    Tried,
    TryModel,
)
from triage.workers.equipment import equipment_of
from triage.workers.hashers import begin
from triage.workers.preload import preload
from triage.workers.standing_in import in_raw

if TYPE_CHECKING:
    from triage.detectors.trial import Trial

CHANGED = "it became shorter while it was read"
TOO_LARGE = "it is too large to be decoded"
TOO_MUCH_MEMORY = "picture needs too much memory"
_ALGORITHMS = ("md5", "sha1", "sha256")
_CHUNK_BYTES = 1 << 20
_DECODED_BYTES = parse_size(Limits().decode_bytes)


class DescribeTasks:
    """Answers Describe for the files that come on its socket, and TryModel."""

    def __init__(self, setup: Setup) -> None:
        self._files = socket.socket(fileno=setup.files) if setup.files >= 0 else None
        self._trial = _trial(setup)
        preload(types=True, pictures=True)

    def begin(self) -> None:
        """Load the model, if one is to be tried. Raises ModelError."""
        if self._trial is not None:
            self._trial.begin()

    def answer(self, request: Request) -> Iterator[Reply]:
        """One reply to a request."""
        if isinstance(request, Describe) and self._files is not None:
            yield Described(files=tuple(self._described(self._files, request)))
        elif isinstance(request, TryModel) and self._trial is not None:
            score, seconds = self._trial.run()
            yield Tried(score=score, seconds=seconds)
        else:
            raise WorkerError(f"A describer cannot do {type(request).__name__}")

    def _described(self, files: socket.socket, request: Describe) -> Iterator[Description]:
        _, descriptors, _, _ = socket.recv_fds(files, 1, len(request.sizes))
        for descriptor, size in zip(descriptors, request.sizes, strict=True):
            try:
                yield _description(descriptor, size, request)
            except OSError as error:
                yield Description(left_out=why(error))
            finally:
                os.close(descriptor)


def _description(descriptor: int, size: int, request: Describe) -> Description:
    """Raises OSError."""
    head = os.pread(descriptor, min(size, HEAD_BYTES), 0)
    mime = type_of(head)
    inside, _ = in_raw(head, size, lambda offset, length: os.pread(descriptor, length, offset))
    if inside is None and not is_decoded(mime):
        return Description(left_out=NOT_A_PICTURE)
    decoded = request.decode and size <= _DECODED_BYTES
    hashers = {name: begin(name)() for name in _ALGORITHMS}
    content = bytearray()
    at = 0
    while part := os.pread(descriptor, min(_CHUNK_BYTES, size - at), at):
        at += len(part)
        for hasher in hashers.values():
            hasher.update(part)
        if decoded:
            content += part
    if at < size:
        return Description(left_out=CHANGED)
    digests = {name: hasher.digest() for name, hasher in hashers.items()}
    if not decoded:
        return Description(digests=digests, trouble=TOO_LARGE if request.decode else "")
    picture = bytes(content)
    if inside is not None:
        picture, mime = picture[inside.offset : inside.offset + inside.length], inside.type
    value, looks, trouble = _hashes(picture, mime, looks=request.looks)
    return Description(digests=digests, pdq=value, looks=looks, trouble=trouble)


def _hashes(content: bytes, mime: str, *, looks: bool) -> tuple[bytes, tuple[PdqQuery, ...], str]:
    """A picture's PDQ, what copies of it are looked for by, and why there is neither."""
    try:
        picture = decode(content, mime)
        return _all_looks(picture) if looks else _published(picture)
    except UndecodableError as error:
        return b"", (), error.reason
    except MemoryError:
        return b"", (), TOO_MUCH_MEMORY


def _published(picture: Picture) -> tuple[bytes, tuple[PdqQuery, ...], str]:
    hashed = pdq(picture.pixels)
    if hashed.quality < QUALITY:
        return b"", (), TOO_LITTLE
    return hashed.value, (), ""


def _all_looks(picture: Picture) -> tuple[bytes, tuple[PdqQuery, ...], str]:
    queries = queries_of(picture.pixels)
    if queries is None:
        return b"", (), TOO_LITTLE
    told = zip(queries.values, queries.manners, strict=True)
    looks = tuple(PdqQuery(value=value.tobytes(), manner=manner) for value, manner in told)
    return queries.value, looks, ""


def _trial(setup: Setup) -> "Trial | None":
    """Of the set-up's one model. Raises ModelError."""
    if not setup.models:
        return None
    from triage.detectors.trial import Trial  # noqa: PLC0415 - ONNX Runtime

    (model,) = equipment_of(setup).models.values()
    return Trial(model.card, model.content)
