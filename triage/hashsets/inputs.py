"""Opens an input whatever it is packed in, and gives its lines without trusting their length."""

import bz2
import codecs
import csv
import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from triage.errors import HashSetError, why
from triage.hashsets.file_names import shown

BLOCK = 1 << 20
LONGEST_LINE = 1 << 16
"""Bytes. No format has longer records; one that does is counted as bad, and not kept in memory."""
_HEAD = 1 << 16
_LARGEST_RATIO = 1100
"""deflate cannot pack better than 1 to 1032; more is not a list, but a bomb."""
_LARGEST_UNPACKED = 1 << 40
_UNPACKING = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, OSError)

_LINE_END = re.compile(rb"[\r\n]")
_APART = bytes.maketrans(b"\t\r ,;|\"'[]", b"\n" * 10)
"""What stands between the digests of a list on one line."""
_SAMPLE = 4096
_SHORTEST = 32
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_FEW_CONTROL = 0.02

Lines = list[bytes]


class ImportFile:
    """One file to read a set from, unpacked on the way."""

    def __init__(self, path: Path, stream: IO[bytes], packed: str, member: str) -> None:
        self.path = path
        self.name = shown(path.name)
        self.packed = packed
        """`gzip`, `bzip2`, `zip` or nothing."""
        self.member = member
        """The file's name inside the archive."""
        self._stream = stream
        self._kept = b""

    @property
    def shown(self) -> str:
        """Its name for people."""
        return f"{self.name}:{self.member}" if self.member else self.name

    def head(self) -> bytes:
        """The first 64 KiB, which stay to be read."""
        while len(self._kept) < _HEAD:
            more = self._read(_HEAD - len(self._kept))
            if not more:
                break
            self._kept += more
        return self._kept

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`. Raises HashSetError if the packing is broken."""
        size = BLOCK if size < 0 else size
        if self._kept:
            some, self._kept = self._kept[:size], self._kept[size:]
            return some
        return self._read(size)

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except _UNPACKING as error:
            what = self.packed or "file"
            raise HashSetError(
                f"{self.name}: the {what} is damaged or cut off: {why(error)}.",
                hint="Copy or download it again.",
            ) from error


@contextmanager
def opened(path: Path) -> Iterator[ImportFile]:
    """Open a plain, gzipped, bzip2ed or zipped file. Raises HashSetError."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            yield from _unpacked(path, file, magic)
    except IsADirectoryError as error:
        raise HashSetError(
            f"{path} is a folder, not a hash set.",
            hint="Name the files in it; a scan takes a folder with --hash-sets-in.",
        ) from error
    except OSError as error:
        raise HashSetError(
            f"{path} cannot be opened: {error.strerror}.", hint="Check the path."
        ) from error


def _unpacked(path: Path, file: IO[bytes], magic: bytes) -> Iterator[ImportFile]:
    if magic[:2] == b"\x1f\x8b":
        with gzip.open(file) as stream:
            yield ImportFile(path, cast("IO[bytes]", stream), "gzip", "")
    elif magic[:3] == b"BZh":
        with bz2.open(file) as stream:
            yield ImportFile(path, cast("IO[bytes]", stream), "bzip2", "")
    elif magic == b"PK\x03\x04":
        yield from _from_zip(path, file)
    else:
        yield ImportFile(path, file, "", "")


def _from_zip(path: Path, file: IO[bytes]) -> Iterator[ImportFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            member = _the_member(path, archive)
            with archive.open(member) as stream:
                yield ImportFile(path, stream, "zip", member.filename)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise HashSetError(
            f"{path.name}: the zip cannot be read: {why(error)}.",
            hint="Unpack it yourself, and name what was in it.",
        ) from error


def _the_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The archive's only file, or NSRLFile.txt among the others."""
    members = [each for each in archive.infolist() if not each.filename.endswith("/")]
    named = [m for m in members if m.filename.rsplit("/", 1)[-1].lower() == "nsrlfile.txt"]
    chosen = named or members
    if len(chosen) != 1:
        names = ", ".join(member.filename for member in members[:5])
        more = " and others" if len(members) > 5 else ""
        raise HashSetError(
            f"{path.name} holds {len(members)} files: {names}{more}.",
            hint="Unpack it, and name the ones that are hash sets.",
        )
    member = chosen[0]
    if member.file_size > _LARGEST_RATIO * max(1, member.compress_size) + _HEAD:
        raise HashSetError(
            f"{path.name}: the zip says of itself what cannot be (a zip bomb?).",
            hint="Do not use it before you know who made it.",
        )
    return member


def lines(source: ImportFile) -> Iterator[tuple[int, Lines]]:
    """Lines without their ends, some thousand at a time, with the number of the first.

    LF, CR LF and CR alone end a line. A line of more than LONGEST_LINE bytes comes cut off to that
    length plus one, the rest is passed over. UTF-16 (what PowerShell writes), with a byte order
    mark or without, is read as UTF-8; a mark is removed.
    """
    number, rest, too_long = 1, b"", False
    for block in utf8_blocks(source):
        if too_long:
            end = _LINE_END.search(block)
            if end is None:
                continue
            block, too_long = block[end.start() :], False  # noqa: PLW2901
        text = rest + block
        pieces = text.splitlines()
        rest = _unfinished(pieces, text[-1:])
        if len(rest) > LONGEST_LINE + 1:
            too_long = rest[-1:] != b"\r"
            rest = rest[: LONGEST_LINE + 1] + b"\r" * (not too_long)
        if pieces:
            yield number, pieces
            number += len(pieces)
    if rest:
        yield number, rest.splitlines()


def _unfinished(pieces: Lines, last: bytes) -> bytes:
    """Take the line off that may go on: after a CR that ends a block, an LF may yet come."""
    if not pieces or last == b"\n":
        return b""
    return pieces.pop() + (b"\r" if last == b"\r" else b"")


def words(source: ImportFile) -> Iterator[tuple[int, Lines]]:
    """The same, a word in the place of a line: of a list that is one long line."""
    rest, number = b"", 1
    for block in utf8_blocks(source):
        *pieces, rest = (rest + block.translate(_APART)).split(b"\n")
        rest = rest[: LONGEST_LINE + 1]
        if pieces:
            yield number, pieces
            number += len(pieces)
    if rest:
        yield number, [rest]


def utf8_blocks(source: ImportFile) -> Iterator[bytes]:
    """The input a megabyte at a time, from UTF-16 if need be, without a byte order mark."""
    blocks = _utf8_blocks(source)
    yield next(blocks, b"").removeprefix(codecs.BOM_UTF8)
    yield from blocks


def _utf8_blocks(source: ImportFile) -> Iterator[bytes]:
    encoding = encoding_of(source.head())
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace") if encoding else None
    while block := source.read(BLOCK):
        yield decoder.decode(block).encode("utf-8", errors="replace") if decoder else block


def as_utf8(head: bytes) -> bytes:
    """The beginning of a text as UTF-8, from UTF-16 if need be, without a byte order mark."""
    encoding = encoding_of(head)
    if encoding:
        head = head.decode(encoding, errors="replace").encode("utf-8", errors="replace")
    return head.removeprefix(codecs.BOM_UTF8)


def encoding_of(head: bytes) -> str:
    """UTF-16 as Python names it, by its mark or by the zeros in every other byte; else nothing."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = head[: 2 * (min(len(head), _SAMPLE) // 2)]
    zeros = sample[::2].count(0), sample[1::2].count(0)
    if max(zeros) < 0.9 * len(sample) / 2 or min(zeros) or len(sample) < _SHORTEST:
        return ""
    return "utf-16-be" if zeros[0] else "utf-16-le"


def is_text(head: bytes) -> bool:
    """Whether a file that begins so is one of text: hardly any control characters."""
    text = as_utf8(head)
    return len(text) - len(text.translate(None, _CONTROL)) <= _FEW_CONTROL * len(text)


def text_of(line: bytes) -> str:
    """A line as text; whatever its encoding, hexadecimal digits survive."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def cells_of(line: str, delimiter: str = ",") -> list[str]:
    """One line of a table; none where it is no row of one."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a carriage return outside quotes, a field without end
        return []
