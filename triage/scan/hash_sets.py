"""The hash sets of a scan: loaded and told of; what cannot be used is an error, or left out.

A file that was named must be a set. In a folder a broken or foreign file is left out and said, and
the others are loaded; but a sealed set that does not open ends the scan before it begins: it is
the lab's, and whoever typed the passphrase can try again.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage.bundle.format.document import HashSetUsed, SetLeftOut
from triage.errors import HashSetError, UnsignedSetError, UsageError
from triage.hashsets.file_names import shown
from triage.profile import SetKind, SetSignature, SetSignatures, named_at
from triage.scan.equipment import Equipment
from triage.scan.events import FolderRead, SetLoaded
from triage.scan.search import Search
from triage.scan.set_folders import listed
from triage.wire.messages import HashSetInHand

if TYPE_CHECKING:
    from triage.hashsets.hash_set import HashSet
    from triage.hashsets.labels import Wanted
    from triage.hashsets.signing import Signed

_VERBS = {"is", "has", "holds", "cannot", "was"}
_UNSTRUCTURED = "list of digests"
"""A format that a few digests in any text make."""


def load_sets(equipment: Equipment, search: Search) -> None:
    """All that the profile names and that were given.

    Raises HashSetError: a set that was named cannot be used, or a sealed one not be opened;
    UsageError: a folder is not there, or a category is asked for that no set has. Of a
    set that the profile names it is said where.
    """
    from triage.hashsets.importing import ready  # noqa: PLC0415 - numpy, while the surveyors wake
    from triage.hashsets.labels import wanted_by  # noqa: PLC0415

    wanted = wanted_by(search.profile)
    for number, choice in enumerate(search.profile.hash_sets):
        with named_at(f"$.hash_sets[{number}].file"):
            hash_set = ready(Path(choice.file), choice.kind)
        _take(equipment, hash_set, choice.file, search, wanted)
    for path in search.hash_sets:
        _take(equipment, ready(path), str(path), search, wanted)
    for folder in search.hash_sets_in:
        _take_folder(equipment, folder, search, wanted)
    _refuse_what_nothing_meets(equipment, wanted)


def _take_folder(equipment: Equipment, folder: Path, search: Search, wanted: "Wanted") -> None:
    found = listed(folder)
    left_out, passed_over = list(found.left_out), list(found.passed_over)
    loaded = 0
    for path in found.files:
        hash_set = _usable(path, search)
        if isinstance(hash_set, SetLeftOut):
            left_out.append(hash_set)
        elif twin := _loaded_already(equipment, hash_set):
            hash_set.close()
            passed_over.append(f"{shown(path.name)} (the same as {twin})")
        else:
            _take(equipment, hash_set, str(path), search, wanted)
            loaded += 1
    equipment.sets_left_out += left_out
    equipment.notes += [f"{each.file} is left out: {each.why}" for each in left_out]
    equipment.told.append(
        FolderRead(
            folder=shown(folder),
            loaded=loaded,
            left_out=len(left_out),
            passed_over=tuple(passed_over),
        )
    )


def _usable(path: Path, search: Search) -> "HashSet | SetLeftOut":
    """The set in a file of a folder, or why it is none."""
    from triage.hashsets.importing import ready  # noqa: PLC0415

    try:
        hash_set = _proven(ready(path), search)
    except HashSetError as error:
        return SetLeftOut(file=shown(path.name), why=_why(error, path))
    except OSError as error:
        why = f"it cannot be read: {error.strerror or error}"
        return SetLeftOut(file=shown(path.name), why=why)
    imported = hash_set.imported
    if imported and imported.format.startswith(_UNSTRUCTURED) and imported.bad > imported.records:
        hash_set.close()
        lines = imported.bad + imported.records
        return SetLeftOut(
            file=shown(path.name),
            why=f"of its {lines:,} lines only {imported.records:,} hold a digest; if it is a set, "
            "name it with --hash-set",
        )
    return hash_set


def _proven(hash_set: "HashSet", search: Search) -> "HashSet":
    """The set, if it is signed as the profile asks, and can be looked up in as far as that is to be
    tried before it is unlocked. Raises HashSetError; then it is closed."""
    try:
        _signed(hash_set, search)
        if not hash_set.locked:
            hash_set.prove()
    except HashSetError:
        hash_set.close()
        raise
    return hash_set


def _signed(hash_set: "HashSet", search: Search) -> "Signed":
    """Who signed it. Raises HashSetError if that is not enough for the profile."""
    from triage.hashsets.signing import signed  # noqa: PLC0415 - as above

    found = signed(hash_set, search.set_signers)
    wanted = search.profile.set_signatures is SetSignatures.REQUIRED
    if wanted and found.signature is not SetSignature.LISTED:
        raise UnsignedSetError(
            f"{hash_set.file_name} {_NOT_ENOUGH[found.signature]}, and the profile uses no such "
            "set.",
            hint="Ask the lab for a set that it signed (`seek hash-set build --sign`), name its "
            "list of signers with --set-signers, or take a profile with `set_signatures: warn`.",
        )
    return found


_NOT_ENOUGH = {
    SetSignature.NONE: "is not signed",
    SetSignature.UNLISTED: "is signed by a key that is not on the list of signers",
    SetSignature.UNCHECKED: "is signed, and there is no list of signers to say by whom",
}


def _why(error: HashSetError, path: Path) -> str:
    name = shown(path.name)
    said = shown(error.message).replace(shown(path), name).removeprefix(name)
    said = said.strip(" :").rstrip(".")
    return f"it {said}" if said.partition(" ")[0] in _VERBS else said


def _loaded_already(equipment: Equipment, hash_set: "HashSet") -> str:
    """The name of the file that has the same set; empty if there is none."""
    used = (Path(u.file).name for u in equipment.hash_sets_used if u.sha256 == hash_set.sha256)
    return next(used, "")


def _take(
    equipment: Equipment, hash_set: "HashSet", file: str, search: Search, wanted: "Wanted"
) -> None:
    equipment.held.callback(hash_set.close)
    by = _signed(hash_set, search)
    key = search.unlock(hash_set) if hash_set.locked else b""
    hash_set.prove()
    file, header, imported = shown(file), hash_set.header, hash_set.imported
    notable = hash_set.kind is SetKind.NOTABLE
    told = SetLoaded(
        name=header.name,
        kind=hash_set.kind,
        file=file,
        entries=header.entries,
        digests=header.digests,
        categories={each.label: each.entries for each in header.categories},
        counted=wanted.counted_in(header) if notable else header.entries,
        without_size=0 if header.every_size else header.without_size,
        expires=header.expires,
        expired=_has_expired(header.expires),
        bad_lines=imported.bad if imported else header.bad_records,
        unused=tuple(imported.unused) if imported else header.unused,
        signature=by.signature,
        signed_by=by.who,
    )
    equipment.told.append(told)
    equipment.hash_sets.append(
        HashSetInHand(
            descriptor=hash_set.descriptor, kind=hash_set.kind, key=key, named=header.name
        )
    )
    equipment.notes += [f"{header.name}: {note}" for note in (imported.notes if imported else [])]
    if search.set_signers is not None and by.signature is not SetSignature.LISTED:
        equipment.notes.append(f"{header.name} {_NOT_ENOUGH[by.signature]}")
    if hash_set.sealed and not hash_set.is_bound:
        equipment.notes.append(
            f"{header.name} was sealed by an older seek: its key does not show whether anybody "
            "changed it; build it again"
        )
    if told.expired:
        equipment.notes.append(f"{header.name} expired on {told.expires}; ask for a newer one")
    equipment.hash_sets_used.append(
        HashSetUsed(
            name=header.name,
            kind=hash_set.kind,
            file=file,
            format=imported.format if imported else "seek hash set",
            sha256=hash_set.sha256,
            algorithms=header.algorithms,
            entries=header.entries,
            counted=None if told.counted == header.entries else told.counted,
            bad_lines=told.bad_lines,
            first_bad_lines=tuple(bad.line for bad in imported.first_bad) if imported else (),
            expired=told.expires if told.expired else "",
            signature=by.signature,
            signed_by=by.who,
        )
    )


def _has_expired(day: str) -> bool:
    return bool(day) and day < datetime.now(UTC).date().isoformat()


def _refuse_what_nothing_meets(equipment: Equipment, wanted: "Wanted") -> None:
    sets = [
        each
        for each in equipment.told
        if isinstance(each, SetLoaded) and each.kind is SetKind.NOTABLE
    ]
    unmet = wanted.unmet(each.categories for each in sets)
    if not sets or not (unmet or not any(each.counted for each in sets)):
        return
    what = f"of category {', '.join(unmet)}" if unmet else "that counts"
    said = [f"{each.name}: {_categories(each)}" for each in sets]
    said += [f"{each.file} was left out" for each in equipment.sets_left_out]
    raise UsageError(
        f"No hash set that is loaded has an entry {what}.",
        hint=f"Their categories are: {'; '.join(said)}. Ask for one of these with --category, or "
        "for none: then all count.",
    )


def _categories(told: SetLoaded) -> str:
    parts = [f"{label or 'none'} ({count:,})" for label, count in told.categories.items() if count]
    return ", ".join(parts)
