"""How `seek hash-set` seals and unlocks: passphrases and OpenSSH keys."""

from pathlib import Path

from cli import console
from cli.secret_line import first_line, typed
from triage.errors import HashSetError, why
from triage.hashsets.hash_set import HashSet
from triage.hashsets.importing import Seal
from triage.hashsets.sealing import SetKey
from triage.hashsets.strength import check_strength
from triage.hashsets.unlocked import unlock_kept
from triage.hashsets.wrapping import wrap_for_passphrase, wrap_for_ssh_key


def new_seal(sealed: bool, seal_to: list[Path], passphrase_file: Path | None) -> Seal | None:
    """The seal of a new set, as the options ask for it; None: not sealed."""
    if not sealed and not seal_to:
        return None
    key = SetKey.fresh()
    stanzas = [wrap_for_ssh_key(key, _public(path)) for path in seal_to]
    if sealed:
        passphrase = _passphrase(passphrase_file, confirm=True)
        bits = check_strength(passphrase)
        console.err.print(f"The passphrase has {bits} bits at most, fewer if its making is known.")
        stanzas.append(wrap_for_passphrase(key, passphrase))
    return Seal(key=key, stanzas=tuple(stanzas))


def _public(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HashSetError(
            f"{path} is not a public key: {why(error)}.", hint="Its file's name ends in .pub."
        ) from error


def _passphrase(file: Path | None, *, confirm: bool = False) -> str:
    if file is not None:
        return _first_line(file)
    return typed("passphrase", "Passphrase of the set", confirm=confirm)


def _first_line(file: Path) -> str:
    line = first_line(file, "passphrase", HashSetError)
    if not line:
        raise HashSetError(
            f"The passphrase in {file} is empty.", hint="It is the file's first line."
        )
    return line


def unlock(hash_set: HashSet, passphrase_file: Path | None, key: Path | None) -> bytes:
    """Unlock a set by the options, else by the key that is kept, else by asking.

    Returns the set's own key. Raises HashSetError, UsageError.
    """
    if key is not None:
        words = _first_line(passphrase_file) if passphrase_file else ""
        return hash_set.unlock_with_key(key, words)
    kept = unlock_kept(hash_set) if passphrase_file is None else None
    return kept or hash_set.unlock(_passphrase(passphrase_file))
