"""libarchive (BSD) as the system has it, through the few calls by which archives are read.

Its Python packages hide warnings, encryption and seeking. It comes with Debian as libarchive13 or
libarchive13t64; where it is not installed, archives are counted and not looked into. Only the
formats and filters that are named are switched on: others start programs or open files by name.
"""

import codecs
import ctypes
import locale
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple, TypeVar

from triage.members.member import MOST_AT_ONCE, ContainerBytes

_NAME = "libarchive.so.13"
_PAGE = 256 * 1024
_REGULAR = 0o100000
_TYPE = 0o170000
_MOST_RETRIES = 100
_REFUSED = -30
_WARM = "warm \u00e9"
"""Has the C library load what converts names, which it could not do once a worker is confined."""

_T = TypeVar("_T")
_READ = ctypes.CFUNCTYPE(
    ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)
)
_SEEK = ctypes.CFUNCTYPE(
    ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int
)
_SKIP = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)


class Status(IntEnum):
    """What a call gave: archive.h."""

    EOF = 1
    OK = 0
    RETRY = -10
    WARN = -20
    FAILED = -25
    FATAL = -30


class ArchiveFaultError(Exception):
    """libarchive cannot go on: of one member, or at all."""

    def __init__(self, said: str, *, fatal: bool) -> None:
        """`said`: its own words, in which evidence may be quoted."""
        super().__init__(said)
        self.said = said
        self.fatal = fatal


class ArchiveEntry(NamedTuple):
    """What an archive says of one of its entries."""

    name: str
    size: int
    """Bytes; -1: it does not say."""
    is_file: bool
    locked: bool
    doubtful: bool
    """libarchive warned of it, and not of its name alone."""


@cache
def libarchive() -> ctypes.CDLL | None:
    """The library, with the types of what is called; None if it is not installed."""
    with suppress(OSError, AttributeError):
        return _typed(ctypes.CDLL(_NAME))
    return None


def _typed(library: ctypes.CDLL) -> ctypes.CDLL:
    pointer, number, size, offset, text = (
        ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t, ctypes.c_int64, ctypes.c_char_p,
    )  # fmt: skip
    for name, gives, takes in (
        ("archive_version_number", number, []),
        ("archive_read_new", pointer, []),
        ("archive_read_free", number, [pointer]),
        ("archive_error_string", text, [pointer]),
        ("archive_read_set_read_callback", number, [pointer, _READ]),
        ("archive_read_set_seek_callback", number, [pointer, _SEEK]),
        ("archive_read_set_skip_callback", number, [pointer, _SKIP]),
        ("archive_read_set_callback_data", number, [pointer, pointer]),
        ("archive_read_add_passphrase", number, [pointer, text]),
        ("archive_read_set_options", number, [pointer, text]),
        ("archive_read_open1", number, [pointer]),
        ("archive_filter_count", number, [pointer]),
        ("archive_read_next_header", number, [pointer, ctypes.POINTER(pointer)]),
        (
            "archive_read_data_block",
            number,
            [pointer, ctypes.POINTER(pointer), ctypes.POINTER(size), ctypes.POINTER(offset)],
        ),
        ("archive_entry_pathname", text, [pointer]),
        ("archive_entry_pathname_utf8", text, [pointer]),
        ("archive_entry_size", ctypes.c_int64, [pointer]),
        ("archive_entry_size_is_set", number, [pointer]),
        ("archive_entry_filetype", ctypes.c_uint32, [pointer]),
        ("archive_entry_hardlink", text, [pointer]),
        ("archive_entry_is_encrypted", number, [pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = gives, takes
    return library


def version_loaded() -> str:
    """For example `3.7.4`; empty where it is not installed, or nobody has asked for it."""
    library = libarchive() if libarchive.cache_info().currsize else None
    if library is None:
        return ""
    number = int(library.archive_version_number())
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def make_ready() -> bool:
    """Load it, and what it would open later; names are converted to UTF-8, whatever the locale."""
    library = libarchive()
    if library is None:
        return False
    if codecs.lookup(locale.nl_langinfo(locale.CODESET) or "ascii").name != "utf-8":
        with suppress(locale.Error):
            locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    _warm_iconv()
    return True


def _warm_iconv() -> None:
    """UTF-16 as 7z, RAR, cabinets and Joliet have it."""
    c = ctypes.CDLL(None)
    c.iconv_open.restype, c.iconv_open.argtypes = ctypes.c_void_p, [ctypes.c_char_p] * 2
    c.iconv_close.argtypes = [ctypes.c_void_p]
    for name in (b"UTF-16LE", b"UTF-16BE", b"CP437", b"CP932", b"UTF-8"):
        opened = c.iconv_open(b"UTF-8", name)
        if opened not in {None, ctypes.c_void_p(-1).value}:
            c.iconv_close(opened)


def _zeros(length: int) -> Iterator[bytes]:
    """As nothing is stored for them, there may be any number."""
    zeros = bytes(min(length, MOST_AT_ONCE))
    for _ in range(length // MOST_AT_ONCE):
        yield zeros
    yield bytes(length % MOST_AT_ONCE)


class ArchiveReading:
    """One pass over one archive. To be closed; what reading the content raises comes through."""

    def __init__(
        self,
        content: ContainerBytes,
        formats: Sequence[str],
        filters: Sequence[str] = (),
        passwords: Sequence[str] = (),
        *,
        seeking: bool = True,
    ) -> None:
        """`formats`, `filters`: as in the names of libarchive's calls. Raises ArchiveFaultError."""
        library = libarchive()
        if library is None:
            raise ArchiveFaultError("libarchive is not installed", fatal=True)
        self._library = library
        self._content = content
        self._at = 0
        self._page = b""
        self._raised: BaseException | None = None
        self._holes = "xar" not in formats
        """To libarchive 3.6, what lies in front of a member of an xar is a hole in it."""
        self._archive: int | None = library.archive_read_new()
        if not self._archive:
            raise MemoryError
        try:
            self._set_up(formats, filters, passwords, seeking=seeking)
        except BaseException:
            self.close()
            raise

    def _set_up(
        self, formats: Sequence[str], filters: Sequence[str], passwords: Sequence[str], *,
        seeking: bool,
    ) -> None:  # fmt: skip
        library, archive = self._library, self._archive
        for what, names in (("format", formats), ("filter", filters)):
            for name in names:
                switch_on = getattr(library, f"archive_read_support_{what}_{name}")
                switch_on.argtypes, switch_on.restype = [ctypes.c_void_p], ctypes.c_int
                switch_on(archive)
        if "tar" in formats:
            # What stands behind an archive's end is read as well: tapes had several.
            library.archive_read_set_options(archive, b"tar:read_concatenated_archives")
        for word in passwords:
            library.archive_read_add_passphrase(archive, word.encode())
        self._callbacks = (
            _READ(self._fenced(self._read, _REFUSED)),
            _SKIP(self._fenced(self._skip, 0)),
            _SEEK(self._fenced(self._seek, _REFUSED)),
        )
        library.archive_read_set_read_callback(archive, self._callbacks[0])
        library.archive_read_set_skip_callback(archive, self._callbacks[1])
        if seeking:
            library.archive_read_set_seek_callback(archive, self._callbacks[2])
        library.archive_read_set_callback_data(archive, None)
        if self._call(library.archive_read_open1) < Status.WARN:
            raise self._fault(fatal=True)

    def next(self) -> ArchiveEntry | None:
        """The next entry; None at the end. Raises ArchiveFaultError; where that is not fatal, the
        one behind it can be asked for."""
        entry = ctypes.c_void_p()
        status = self._tried(
            lambda archive: self._library.archive_read_next_header(archive, ctypes.byref(entry))
        )
        if status == Status.EOF:
            return None
        if status < Status.WARN:
            raise self._fault(fatal=status <= Status.FATAL)
        warned = status == Status.WARN and not self._is_of_a_name()
        return self._header(entry, doubtful=warned)

    def chunks(self) -> Iterator[bytes]:
        """The content of the entry that was given last. Raises ArchiveFaultError; a warning is
        one: bytes that do not have their checksum are none that anybody stored."""
        read = self._library.archive_read_data_block
        begin, length, offset = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_int64()
        given = tuple(map(ctypes.byref, (begin, length, offset)))
        came = 0
        while True:
            status = self._tried(lambda archive: read(archive, *given))
            if status == Status.EOF:
                return
            if status < Status.OK:
                raise self._fault(fatal=status <= Status.FATAL)
            if self._holes and offset.value > came:
                yield from _zeros(offset.value - came)
                came = offset.value
            for at in range(0, length.value, MOST_AT_ONCE):
                yield ctypes.string_at(
                    (begin.value or 0) + at, min(MOST_AT_ONCE, length.value - at)
                )
            came += length.value

    @property
    def is_unpacked(self) -> bool:
        """Whether a filter was at work: without one, `raw` gives the content itself."""
        return bool(self._archive and self._library.archive_filter_count(self._archive) > 1)

    def close(self) -> None:
        """Let go of all that it holds."""
        if self._archive:
            self._library.archive_read_free(self._archive)
            self._archive = None

    def __enter__(self) -> "ArchiveReading":
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _header(self, entry: ctypes.c_void_p, *, doubtful: bool) -> ArchiveEntry:
        library = self._library
        kind = library.archive_entry_filetype(entry) & _TYPE
        sized = library.archive_entry_size_is_set(entry)
        return ArchiveEntry(
            name=self._name(entry),
            size=max(-1, library.archive_entry_size(entry)) if sized else -1,
            is_file=kind in {0, _REGULAR} and not library.archive_entry_hardlink(entry),
            locked=library.archive_entry_is_encrypted(entry) == 1,
            doubtful=doubtful,
        )

    def _name(self, entry: ctypes.c_void_p) -> str:
        raw = self._library.archive_entry_pathname(entry)
        if raw is None:
            raw = self._library.archive_entry_pathname_utf8(entry) or b""
        try:
            return str(raw, "utf-8")
        except UnicodeDecodeError:
            return str(raw, "utf-8", "backslashreplace")

    def _is_of_a_name(self) -> bool:
        """Whether what it says last is that a name is in another alphabet."""
        return "convert" in self._said().lower()

    def _said(self) -> str:
        said = self._archive and self._library.archive_error_string(self._archive)
        return said.decode("utf-8", "backslashreplace") if said else ""

    def _fault(self, *, fatal: bool) -> ArchiveFaultError:
        return ArchiveFaultError(self._said(), fatal=fatal)

    def _tried(self, call: Callable[[Any], int]) -> int:
        for _ in range(_MOST_RETRIES):
            status = self._call(call)
            if status != Status.RETRY:
                return status
        return Status.FATAL

    def _call(self, call: Callable[[Any], int]) -> int:
        if self._archive is None:
            return Status.FATAL
        status = call(self._archive)
        if self._raised is not None:
            raised, self._raised = self._raised, None
            raise raised
        return int(status)

    def _fenced(self, act: Callable[..., _T], otherwise: _T) -> Callable[..., _T]:
        """Nothing is raised through libarchive: it is kept, and raised behind the call."""

        def fenced(*arguments: Any) -> _T:
            try:
                return act(*arguments)
            except BaseException as raised:  # noqa: BLE001 - raised again by _call
                self._raised = raised
                return otherwise

        return fenced

    def _read(self, _archive: int, _data: int, page: Any) -> int:
        self._page = self._content.read_at(self._at, _PAGE)
        self._at += len(self._page)
        page[0] = ctypes.cast(ctypes.c_char_p(self._page), ctypes.c_void_p)
        return len(self._page)

    def _skip(self, _archive: int, _data: int, wanted: int) -> int:
        skipped = max(0, min(wanted, self._content.size - self._at))
        self._at += skipped
        return skipped

    def _seek(self, _archive: int, _data: int, offset: int, whence: int) -> int:
        begin = (0, self._at, self._content.size)[whence]
        if begin + offset < 0:
            return _REFUSED
        self._at = begin + offset
        return self._at
