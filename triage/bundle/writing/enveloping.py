"""A bundle that is encrypted for the lab as it is written: nothing of it is ever on the medium in
clear, and whoever writes it cannot read it again.

Its files are pieces of one tar stream in one file of age's format (`triage/bundle/envelope`), which
only grows by whole chunks. What is short of a chunk lies beside it, encrypted by a key of its own
for the same recipients, in two files that are written in turn: so at every commit all is there, no
chunk is ever encrypted twice, and a power cut spoils one of the two at most. The key of the file is
in this process alone; so nobody but the lab can go on with a scan that was cut off.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from triage.bundle.envelope import age, pieces, tail
from triage.bundle.envelope.header import EnvelopeHeader
from triage.bundle.envelope.recipients import Recipient
from triage.bundle.format import layout
from triage.bundle.writing.durable import NewFile, Patience, insist, sync_folder, write_once
from triage.bundle.writing.files import GrowingFile
from triage.errors import EvidenceStickError

_WAITS_AT_MOST = 1 << 20
"""Bytes that wait in memory to become one piece."""


class Envelope:
    """See `BundleFiles`, and above."""

    def __init__(self, recipients: Sequence[Recipient], name: str, patience: Patience) -> None:
        """`name`: of the bundle's folder, once it is opened."""
        self._recipients = recipients
        self._name = name
        self._patience = patience
        self._folder = Path()
        self._file: NewFile | None = None
        self._waiting: dict[str, bytearray] = {}
        """Of files that grow, what is no piece yet."""
        self._pieces = dict.fromkeys(pieces.GROWING, 0)
        self._plain = bytearray()
        """What is no chunk yet."""
        self._chunks = self._turn = 0
        self._committed = (-1, -1)
        """Chunks and bytes beyond them that the last commit covers."""

    def begin(self, folder: Path) -> None:
        """See BundleFiles."""
        self._folder = folder
        for name in layout.TAILS:
            write_once(folder / name, b"", shown=name, patience=self._patience)
        self._file = NewFile(
            folder / layout.ENVELOPE, shown=layout.ENVELOPE, patience=self._patience
        )
        head, self._cipher = age.begin(self._recipients)
        self._file.buffer.extend(head)
        self._file.sync()

    def growing(self, name: str) -> GrowingFile:
        """A file that grows, or one that is whole when it is closed."""
        return _Enclosed(self, name)

    def write(self, name: str, content: bytes) -> str:
        """See BundleFiles."""
        self.add(name, content)
        return sha256(content).hexdigest()

    def add(self, name: str, content: bytes | bytearray) -> None:
        """All of a file; or more of one that grows, which waits."""
        if name in pieces.GROWING:
            self._waiting.setdefault(name, bytearray()).extend(content)
            if sum(map(len, self._waiting.values())) >= _WAITS_AT_MOST:
                self._make_pieces()
        else:
            self._member(name, content)

    def commit(self) -> None:
        """See BundleFiles."""
        self._make_pieces()
        if self._committed == (self._chunks, len(self._plain)):
            return
        self._open_file.sync()
        self._keep_tail()
        self._committed = (self._chunks, len(self._plain))

    def sync_names(self) -> None:
        """See BundleFiles."""

        def sync() -> None:
            sync_folder(self._folder)
            sync_folder(self._folder.parent)

        insist(sync, str(self._folder), self._patience)

    def sync_previews(self) -> None:
        """The commit covers them."""

    def finish(self, sealed: str, signer: str) -> None:
        """See BundleFiles."""
        self._make_pieces()
        self._append(pieces.END)
        file = self._open_file
        file.buffer.extend(self._cipher.encrypt(self._chunks, bytes(self._plain), last=True))
        digest = file.close()
        said = EnvelopeHeader(
            sealed=sealed,
            signer=signer,
            recipients=tuple(each.name for each in self._recipients),
            size=file.size,
            sha256=digest,
        )
        content = msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n"
        write_once(
            self._folder / layout.ENVELOPE_SAYS,
            content,
            shown=layout.ENVELOPE_SAYS,
            patience=self._patience,
        )
        self.sync_names()
        for name in layout.TAILS:
            with suppress(OSError):  # what they hold is in the envelope; whoever reads it looks
                (self._folder / name).unlink()
        self.sync_names()

    def abandon(self) -> None:
        """See BundleFiles."""
        if self._file is not None:
            self._file.abandon()

    @property
    def _open_file(self) -> NewFile:
        if self._file is None:
            raise RuntimeError("an envelope is begun before anything is put into it")
        return self._file

    def _make_pieces(self) -> None:
        """In the order of `pieces.GROWING`: the log vouches for entries, and comes after them."""
        for name in pieces.GROWING:
            if content := self._waiting.pop(name, None):
                self._pieces[name] += 1
                self._member(pieces.piece_name(name, self._pieces[name]), content)

    def _member(self, name: str, content: bytes | bytearray) -> None:
        self._append(pieces.header(self._name, name, len(content)))
        for part in _parts(content):
            self._append(part)
        self._append(pieces.padding(len(content)))

    def _append(self, plain: bytes | bytearray | memoryview) -> None:
        """The last chunk has to be told from the others, so that one stays until more comes."""
        self._plain += plain
        if len(self._plain) <= age.CHUNK:
            return
        file = self._open_file
        while len(self._plain) > age.CHUNK:
            file.buffer.extend(self._cipher.encrypt(self._chunks, bytes(self._plain[: age.CHUNK])))
            del self._plain[: age.CHUNK]
            self._chunks += 1
        file.flush()

    def _keep_tail(self) -> None:
        """All beyond the whole chunks, in the one of the two files that is not the last one."""
        name = layout.TAILS[self._turn]
        content = age.whole(self._recipients, tail.encode(self._chunks, bytes(self._plain)))

        def write() -> None:
            self._refuse_another_medium()
            flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
            handle = os.open(self._folder / name, flags)
            try:
                rest = memoryview(content)
                while rest:
                    rest = rest[os.write(handle, rest) :]
                os.ftruncate(handle, len(content))
                os.fsync(handle)
            finally:
                os.close(handle)

        insist(write, name, self._patience)
        self._turn = 1 - self._turn

    def _refuse_another_medium(self) -> None:
        if (self._folder / layout.ENVELOPE).stat().st_size < self._open_file.size:
            raise EvidenceStickError(
                f"{layout.ENVELOPE} is not the file that was being written.",
                hint="Is this another stick? Put the right one back.",
            )


class _Enclosed:
    """One file in an envelope."""

    def __init__(self, envelope: Envelope, name: str) -> None:
        self.shown = name
        self.size = 0
        self._envelope = envelope
        self._buffer = bytearray()
        self._sha256 = sha256()
        self._grows = name in pieces.GROWING

    @property
    def buffer(self) -> bytearray:
        return self._buffer

    @property
    def digest(self) -> str:
        return self._sha256.hexdigest()

    def flush(self) -> None:
        """Of a file that does not grow, nothing is handed on before it is whole."""
        if self._grows:
            self._hand_on()

    def sync(self) -> None:
        """The envelope's commit covers it: all that is in it is in one order."""
        self.flush()

    def close(self) -> str:
        self._hand_on()
        return self.digest

    def abandon(self) -> None:
        """It has nothing of its own."""

    def _hand_on(self) -> None:
        if self._buffer or not self._grows:
            self._sha256.update(self._buffer)
            self.size += len(self._buffer)
            self._envelope.add(self.shown, self._buffer)
            self._buffer.clear()


def _parts(content: bytes | bytearray) -> Iterator[memoryview]:
    view = memoryview(content)
    for start in range(0, len(content), _WAITS_AT_MOST):
        yield view[start : start + _WAITS_AT_MOST]
