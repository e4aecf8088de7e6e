"""What detectors need from outside: opened once here, handed to every worker.

Workers get descriptors and values, never paths: they have no right to open anything.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage.bundle.document import HashSetUsed, ModelUsed, WordListUsed
from triage.detectors.models import ModelPack, load_pack
from triage.detectors.names import WordList, read_word_list
from triage.profile import ClassifierDetector, HashSetDetector, NameDetector, Profile, SetKind
from triage.workers.messages import HashSetInHand, ModelInHand, WordListInHand

if TYPE_CHECKING:
    from triage.hashsets.hash_set import HashSet

Unlock = Callable[["HashSet"], bytes]


@dataclass(slots=True)
class Equipment:
    """All of it, and what the bundle says of it. Close it when the workers have ended."""

    hash_sets: list[HashSetInHand] = field(default_factory=list)
    models: list[ModelInHand] = field(default_factory=list)
    word_lists: list[WordListInHand] = field(default_factory=list)
    hash_sets_used: list[HashSetUsed] = field(default_factory=list)
    models_used: list[ModelUsed] = field(default_factory=list)
    word_lists_used: list[WordListUsed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is wrong with a set, though it can be used."""
    held: ExitStack = field(default_factory=ExitStack)

    @property
    def mapped_bytes(self) -> int:
        """Address space that every examiner needs for the sets."""
        return sum(os.fstat(each.descriptor).st_size for each in self.hash_sets)

    def close(self) -> None:
        """Give all descriptors back."""
        self.held.close()


def read_words(profile: Profile) -> Equipment:
    """The lab's word lists, which a survey needs. Raises ProfileError."""
    equipment = Equipment()
    for choice in profile.detectors:
        if isinstance(choice, NameDetector):
            for name in choice.lists:
                _load_words(equipment, name)
    return equipment


def equip(
    equipment: Equipment, profile: Profile, hash_sets: Sequence[Path], unlock: Unlock
) -> None:
    """Load what else the profile's detectors ask for, and the sets that were given.

    `unlock` gives the key of a sealed set, asking whoever can say. Raises HashSetError or
    ModelError, before anything is scanned.
    """
    if any(isinstance(choice, HashSetDetector) for choice in profile.detectors):
        for wanted in profile.hash_sets:
            _load_set(equipment, Path(wanted.file), wanted.kind, unlock)
        for path in hash_sets:
            _load_set(equipment, path, None, unlock)
    for choice in profile.detectors:
        if isinstance(choice, ClassifierDetector):
            _load_model(equipment, choice.model, choice.threshold)


def _load_set(equipment: Equipment, path: Path, kind: SetKind | None, unlock: Unlock) -> None:
    from triage.hashsets.importing import ready  # noqa: PLC0415 - numpy, while the surveyors wake

    hash_set = ready(path, kind)
    equipment.held.callback(hash_set.close)
    key = unlock(hash_set) if hash_set.locked else b""
    header, imported = hash_set.header, hash_set.imported
    equipment.hash_sets.append(
        HashSetInHand(descriptor=hash_set.descriptor, kind=hash_set.kind, key=key)
    )
    equipment.notes += _notes(hash_set)
    equipment.hash_sets_used.append(
        HashSetUsed(
            name=header.name,
            kind=hash_set.kind,
            file=str(path),
            format=imported.format if imported else "seek hash set",
            sha256=hash_set.sha256,
            algorithms=header.algorithms,
            entries=header.entries,
            bad_lines=imported.bad if imported else header.bad_records,
            first_bad_lines=tuple(bad.line for bad in imported.first_bad) if imported else (),
        )
    )


def _notes(hash_set: "HashSet") -> list[str]:
    header, imported = hash_set.header, hash_set.imported
    notes = [f"{header.name}: {note}" for note in imported.notes] if imported else []
    if header.expires and header.expires < datetime.now(UTC).date().isoformat():
        notes.append(f"{header.name}: it expired on {header.expires}; ask for a newer one")
    return notes


def _load_model(equipment: Equipment, named: str, threshold: float) -> None:
    pack: ModelPack = load_pack(named)
    descriptor = _in_memory(equipment, pack.model_bytes(), named)
    equipment.models.append(ModelInHand(named=named, card=pack.card, descriptor=descriptor))
    card = pack.card
    equipment.models_used.append(
        ModelUsed(
            name=card.name,
            version=card.version,
            sha256=card.model.sha256,
            licence=card.licence,
            origin=card.origin,
            threshold=threshold,
        )
    )


def _load_words(equipment: Equipment, named: str) -> None:
    words: WordList = read_word_list(named)
    equipment.word_lists.append(WordListInHand(named=named, words=words))
    listed = [*words.words, *(f"re:{expression}" for expression in words.expressions)]
    equipment.word_lists_used.append(
        WordListUsed(
            name=words.name,
            sha256=hashlib.sha256("\n".join(listed).encode()).hexdigest(),
            entries=len(listed),
        )
    )


def _in_memory(equipment: Equipment, content: bytes, name: str) -> int:
    """A descriptor of memory that holds the content, for workers to inherit."""
    descriptor = os.memfd_create(f"seek-{Path(name).name[:40]}", os.MFD_CLOEXEC)
    equipment.held.callback(os.close, descriptor)
    written = 0
    while written < len(content):
        written += os.write(descriptor, content[written:])
    return descriptor
