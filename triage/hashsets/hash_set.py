"""A compiled hash set, open for look-up: memory-mapped, no server, nothing read but what is asked.

with open_set(Path("lab.seekset")) as lab:
    lab.unlock("passphrase")            # only if lab.sealed
    entry = lab.find("md5", digest)
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from triage.errors import HashSetError
from triage.hashsets.canaries import canary_digests
from triage.hashsets.entries import SetEntries, SetEntry
from triage.hashsets.layout import DECOY, Header, Stanza, binding_of
from triage.hashsets.mapped import SetFile
from triage.hashsets.perceptual import NUMBERS, OFFSETS
from triage.hashsets.records import EXACT, WIDTHS, Bytes, Imported, rows_of
from triage.hashsets.sizes import Sizes
from triage.hashsets.table import DigestTable
from triage.profile import SetKind

if TYPE_CHECKING:
    from triage.hashsets.sealing import SetKey

__all__ = ["HashSet", "SetEntry", "open_set"]

_FEW = 48
_SAMPLED = 16
"""Pieces of each part that are read at the start of a scan: a part that was overwritten shows."""


class HashSet(SetFile):
    """One compiled set. Look-ups never change it; it may be used from several processes."""

    def __init__(self, descriptor: int, name: str, *, key: bytes | None = None) -> None:
        super().__init__(descriptor, name)
        self.imported: Imported | None = None
        """How it was read, where it was compiled just now from another format."""
        self._kind: SetKind | None = None
        self._exact = {
            table.algorithm: DigestTable(self._file, self.layout, table, self.pieces)
            for table in self.layout.tables
            if table.algorithm in EXACT
        }
        self._key: SetKey | None = None
        self._header: Header | None = None
        self._sizes: Sizes | None = None
        self._entries: SetEntries | None = None
        self.sealed = bool(self.layout.sealed)
        """Whether it holds keyed digests."""
        if key is not None:
            self._key = _key_of(key)
        if not self.locked:
            self._read_about()

    @classmethod
    def from_fd(cls, descriptor: int, *, key: bytes | None = None, name: str = "") -> Self:
        """The set in a file that is open already, unlocked with the key that `unlock` gave.

        `name`: what it is called where it does not hold.
        """
        own = os.dup(descriptor)
        try:
            return cls(own, name or f"/dev/fd/{descriptor}", key=key)
        except BaseException:
            os.close(own)
            raise

    def __enter__(self) -> Self:
        """The set itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the file. Look-ups are no longer possible."""
        self._sizes = None
        for table in self._exact.values():
            table.close()
        super().close()

    @property
    def locked(self) -> bool:
        """Sealed, and not unlocked yet: nothing can be looked up."""
        return self.sealed and self._key is None

    @property
    def stanzas(self) -> tuple[Stanza, ...]:
        """Who may unlock it."""
        return self.layout.sealed

    def unlock(self, passphrase: str) -> bytes:
        """Unlock it; returns the key for `from_fd` in worker processes. Raises HashSetError."""
        from triage.hashsets.wrapping import unwrap_with_passphrase  # noqa: PLC0415

        return self._use(unwrap_with_passphrase(self.layout.sealed, passphrase))

    def unlock_with(self, key: bytes) -> bytes:
        """The same by the set's own key, as `unlock` gave it. Raises HashSetError."""
        return self._use(_key_of(key))

    def unlock_with_key(self, file: Path, passphrase: str = "") -> bytes:
        """The same by the examiner's OpenSSH ed25519 key. Raises HashSetError."""
        from triage.hashsets.wrapping import unwrap_with_ssh_key  # noqa: PLC0415

        return self._use(unwrap_with_ssh_key(self.layout.sealed, file, passphrase))

    @property
    def header(self) -> Header:
        """What the set says of itself. Raises HashSetError while it is locked."""
        if self._header is None:
            raise _locked(self.file_name)
        return self._header

    @property
    def kind(self) -> SetKind:
        """Notable or known: what the set says of itself, unless the caller said otherwise."""
        return self._kind or self.header.kind

    @kind.setter
    def kind(self, kind: SetKind | None) -> None:
        self._kind = kind

    @property
    def algorithms(self) -> frozenset[str]:
        """Algorithms that it can be asked for exactly: md5, sha1, sha256."""
        return frozenset(self._exact)

    @property
    def sizes(self) -> Sizes:
        """The sizes of its entries, and whether every entry has one."""
        if self._sizes is None:
            self.pieces("sizes").check_all()
            data: bytes | memoryview = self.part("sizes")
            if self._key and self.sealed:
                data = self._key.mask("sizes", bytes(data))
            header = self.header
            try:
                self._sizes = Sizes(data, header.size_limit, complete=header.every_size)
            except ValueError as error:
                raise self.altered("sizes") from error
        return self._sizes

    def find(self, algorithm: str, digest: bytes) -> SetEntry | None:
        """The entry with that digest, or None."""
        table = self._exact.get(algorithm)
        if table is None:
            return None
        digest = self._keyed(algorithm, digest)
        try:
            number = table.find(digest)
        except IndexError as error:
            raise self.altered("index") from error
        return None if number < 0 else self.entry(number)

    def find_many(self, algorithm: str, digests: Sequence[bytes]) -> list[SetEntry | None]:
        """The entry of each digest, in order; many are looked up together, few one by one."""
        if len(digests) < _FEW:
            return [self.find(algorithm, digest) for digest in digests]
        found: list[SetEntry | None] = [None] * len(digests)
        numbers = self.numbers_of(algorithm, digests)
        at = np.flatnonzero(numbers >= 0)
        for place, entry in zip(at.tolist(), self.entries(numbers[at]), strict=True):
            found[place] = entry
        return found

    def numbers(self, algorithm: str, digests: Bytes) -> npt.NDArray[np.int64]:
        """The number of the entry of each digest (rows), -1 where there is none."""
        table = self._exact.get(algorithm)
        if table is None or not len(digests):
            return np.full(len(digests), -1, dtype=np.int64)
        if self.sealed:
            digests = self._unlocked().digests(algorithm, digests)
        try:
            return table.find_many(digests)
        except IndexError as error:
            raise self.altered("index") from error

    def numbers_of(self, algorithm: str, digests: Sequence[bytes]) -> npt.NDArray[np.int64]:
        """The same for digests that are not in an array yet."""
        return self.numbers(algorithm, rows_of(digests, WIDTHS[algorithm]))

    def values(self, algorithm: str) -> tuple[Bytes, npt.NDArray[np.uint32] | None]:
        """Every value of a perceptual algorithm (`pdq`, `photodna`) with the number of its entry.

        Rows of an open set are mapped, not copied; of a sealed one they are decrypted into memory.
        No numbers: row i is of entry i.
        """
        width = WIDTHS[algorithm]
        self.pieces(f"{algorithm}.rows").check_all()
        data: bytes | memoryview = self.part(f"{algorithm}.rows")
        if self.sealed:
            data = self._unlocked().mask(f"{algorithm}.rows", bytes(data))
        return np.frombuffer(data, dtype=np.uint8).reshape(-1, width), self.links(algorithm)

    def index(self) -> tuple[memoryview, memoryview] | None:
        """The two parts of the index of its PDQ values, mapped; None if the file has none."""
        for name in (OFFSETS, NUMBERS):
            if self.layout.section(name):
                self.pieces(name).check_all()
        parts = self.part(OFFSETS), self.part(NUMBERS)
        return parts if all(map(len, parts)) else None

    def entry(self, number: int) -> SetEntry:
        """The entry of that number, as `values` and `numbers` give it."""
        if self._entries is None:
            raise _locked(self.file_name)
        try:
            return self._entries.one(number)
        except IndexError as error:
            raise self.altered("entries") from error

    def entries(self, numbers: npt.NDArray[np.int64]) -> list[SetEntry]:
        """The same for many."""
        if self._entries is None:
            raise _locked(self.file_name)
        try:
            return self._entries.many(numbers)
        except IndexError as error:
            raise self.altered("entries") from error

    def count(self, algorithm: str) -> int:
        """How many values of an algorithm the file has (a sealed one: with its random rows)."""
        return next((t.rows for t in self.layout.tables if t.algorithm == algorithm), 0)

    def links(self, algorithm: str) -> npt.NDArray[np.uint32] | None:
        """Value to number of its entry; None: value i is of entry i."""
        if self.layout.section(f"{algorithm}.links") is None:
            return None
        self.pieces(f"{algorithm}.links").check_all()
        return np.frombuffer(self.part(f"{algorithm}.links"), dtype=np.uint32)

    def take(self, algorithm: str, rows: npt.NDArray[np.int64]) -> Bytes:
        """The values in these rows, whole."""
        exact = self._exact.get(algorithm)
        return exact.take(rows) if exact else self.values(algorithm)[0][rows]

    def from_records(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Those of the entries that come from a source, and are no canaries."""
        if self._entries is None:
            raise _locked(self.file_name)
        own: npt.NDArray[np.int64] = numbers[self._entries.categories(numbers) != DECOY]
        return own

    def prove(self) -> None:
        """Look-up finds what the build put in for that, and what lies here and there in the file is
        what was written. Raises HashSetError; a file of before has nothing to try.
        """
        if self.layout.canaries:
            for algorithm in sorted(self._exact):
                self._prove(algorithm)
        self.sample(_SAMPLED)

    def _prove(self, algorithm: str) -> None:
        digests = canary_digests(algorithm)
        numbers = self.numbers_of(algorithm, digests)
        if self._entries is None:
            raise _locked(self.file_name)
        one_by_one = [self._exact[algorithm].find(self._keyed(algorithm, each)) for each in digests]
        try:
            found = (numbers >= 0).all() and one_by_one == numbers.tolist()
            of_nothing = found and (self._entries.categories(numbers) == DECOY).all()
        except IndexError as error:
            raise self.altered("entries") from error
        if not of_nothing:
            raise HashSetError(
                f"{self.file_name} was altered: what was put in to try it is not found by its "
                f"{algorithm}, so nothing else may be found either.",
                hint="Copy it again from the lab, or build it again from its source.",
            )

    def _keyed(self, algorithm: str, digest: bytes) -> bytes:
        return self._unlocked().digest(algorithm, digest) if self.sealed else digest

    def refuse_if_sealed(self) -> None:
        """Raises HashSetError if the set is sealed: it does not hold what was asked for."""
        if self.sealed:
            raise HashSetError(
                f"{self.file_name} is sealed: it does not hold the digests themselves.",
                hint="Merge, subtract or export the sets that it was built from.",
            )

    def _use(self, key: "SetKey") -> bytes:
        self._key = key
        try:
            self._read_about()
        except HashSetError:
            self._key = None
            raise
        return key.raw

    def _unlocked(self) -> "SetKey":
        if self._key is None:
            raise _locked(self.file_name)
        return self._key

    def _read_about(self) -> None:
        data = self.checked("about")
        if self.sealed:
            data = self._unlocked().open_about(data)
        self._header = self.header_in(data)
        key = self._key if self.sealed else None
        if key and self._header.bound and self._header.bound != binding_of(self.layout):
            raise self.altered("header")
        self._entries = SetEntries(
            self._file, self.layout, self._header, key, self.pieces("entries")
        )

    @property
    def is_bound(self) -> bool:
        """Whether nobody without the key of this sealed set could have changed it; not if it was
        built before that."""
        return bool(self.header.bound)


def open_set(path: Path) -> HashSet:
    """Open a compiled set: reads its header only. Raises HashSetError with the reason."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise HashSetError(
            f"The hash set {path} cannot be opened: {error.strerror}.", hint="Check the path."
        ) from error
    try:
        return HashSet(descriptor, str(path))
    except (HashSetError, ValueError):
        os.close(descriptor)
        raise


def _locked(name: str) -> HashSetError:
    return HashSetError(
        f"The hash set {name} is sealed.",
        hint="Unlock it with its passphrase (--passphrase-file) or your key (--key).",
    )


def _key_of(key: bytes) -> "SetKey":
    """Ciphers are imported for sealed sets alone; in a worker, while it still may import."""
    from triage.hashsets.sealing import SetKey  # noqa: PLC0415

    return SetKey(key)
