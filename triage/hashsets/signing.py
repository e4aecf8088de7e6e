"""Who built a set: an OpenSSH signature of its first block, which names every part's digest.

head -c 4096 SET > head; tail -c +N SET > head.sig      (`seek hash-set info` says N)
ssh-keygen -Y verify -f allowed_signers -I WHO -n seek-hash-set@v1 -s head.sig < head
"""

import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from triage.errors import HashSetError, SigningError, UsageError
from triage.hashsets.hash_set import HashSet
from triage.hashsets.layout import BLOCK, LARGEST_SIGNATURE
from triage.profile import SetSignature

NAMESPACE = "seek-hash-set@v1"
_HINT = "Try the key by hand: `ssh-keygen -Y sign -n seek-hash-set@v1 -f KEY FILE`."


def sign(path: Path, key: Path) -> None:
    """Append a signature to a compiled file that has none. Raises SigningError."""
    with path.open("r+b") as file:
        block = file.read(BLOCK)
        signature = _keygen(["-Y", "sign", "-f", str(key), "-n", NAMESPACE], block)
        file.seek(0, 2)
        file.write(signature)


class Signed(NamedTuple):
    """What is known of who signed a set."""

    signature: SetSignature
    who: str = ""
    """By the list of signers."""


def signed(hash_set: HashSet, signers: Path | None) -> Signed:
    """Who signed it, by an OpenSSH allowed_signers file, where there is one.

    Raises HashSetError if its signature is of something else: the set was altered, or the
    signature is another set's.
    """
    signature = signature_of(hash_set) if hash_set.imported is None else b""
    if not signature:
        return Signed(SetSignature.NONE)
    with tempfile.NamedTemporaryFile(suffix=".sig") as file:
        file.write(signature)
        file.flush()
        check = ["-Y", "check-novalidate", "-n", NAMESPACE, "-s", file.name]
        try:
            _keygen(check, hash_set.block())
        except SigningError as error:
            raise HashSetError(
                f"{hash_set.file_name} was altered: its signature is not of what it says.",
                hint="Copy it again from the lab, and ask who changed it.",
            ) from error
    if signers is None:
        return Signed(SetSignature.UNCHECKED)
    if not signers.is_file():
        raise UsageError(
            f"There is no list of signers {signers}.",
            hint="It is an OpenSSH allowed_signers file: see ssh-keygen(1).",
        )
    try:
        return Signed(SetSignature.LISTED, signer_of(hash_set, signers))
    except HashSetError:
        return Signed(SetSignature.UNLISTED)


def signature_of(hash_set: HashSet) -> bytes:
    """The signature that the file carries; empty: none."""
    return hash_set.tail(LARGEST_SIGNATURE)


def signer_of(hash_set: HashSet, signers: Path) -> str:
    """Whose signature it carries, by an OpenSSH allowed_signers file.

    Raises HashSetError if there is none, or none of a signer who is listed. It says nothing of the
    parts: `HashSet.verify` holds them against the block that is signed here.
    """
    signature = signature_of(hash_set)
    if not signature:
        raise HashSetError(f"{hash_set.file_name} is not signed.", hint="Ask for a signed one.")
    with tempfile.NamedTemporaryFile(suffix=".sig") as file:
        file.write(signature)
        file.flush()
        common = ["-f", str(signers), "-n", NAMESPACE, "-s", file.name]
        try:
            found = _keygen(["-Y", "find-principals", *common[:2], *common[4:]], b"")
            who = found.decode(errors="replace").splitlines()[0]
            _keygen(["-Y", "verify", "-I", who, *common], hash_set.block())
        except (SigningError, IndexError) as error:
            raise HashSetError(
                f"{hash_set.file_name}: its signature is not of anyone listed in {signers}.",
                hint="Do not use it before you know who built it.",
            ) from error
    return who


def _keygen(arguments: list[str], data: bytes) -> bytes:
    try:
        done = subprocess.run(
            ["ssh-keygen", *arguments], input=data, capture_output=True, check=False
        )
    except OSError as error:
        raise SigningError(
            "ssh-keygen cannot be started.", hint="Install Debian's openssh-client."
        ) from error
    if done.returncode:
        text = done.stderr.decode(errors="replace").strip().splitlines()
        said = text[-1].rstrip(".") if text else "failed"
        raise SigningError(f"ssh-keygen: {said}.", hint=_HINT)
    return done.stdout
