"""Who signs a bundle, and the signature: OpenSSH's own, made by `ssh-keygen -Y sign`.

The key is either one that was given (a file with or without passphrase, a FIDO key's handle, or a
.pub whose private half is in an agent), or a fresh one made for this scan alone. Which it is is
known before anything is written, and is said in the document.

    with open_signer(key) as signer:     # key: Path or None
        signer.statement                 # who it is
        signer.sign(manifest)            # may ask for a passphrase or a touch
"""

import os
import re
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from triage.bundle.checking import sshsig
from triage.bundle.format import layout
from triage.bundle.format.document import SignerKind, SignerStatement
from triage.bundle.writing import backing
from triage.bundle.writing.key_agent import KeyAgent
from triage.bundle.writing.private_folder import private_folder
from triage.errors import SigningError, there_already, why

ACCEPTED = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-ed25519-cert-v01@openssh.com",
    "sk-ssh-ed25519-cert-v01@openssh.com",
)
_LONGEST_KEY_FILE = 64 * 1024
_HINTS = (
    ("incorrect passphrase", "The passphrase is wrong, or there was no terminal to ask for it."),
    ("too open", "Others can read the key file: `chmod 600` it, or copy it where that works."),
    ("No private key found", "Add the key to the agent (ssh-add), or give the private key file."),
    ("device not found", "Plug in the security key that this file belongs to."),
)


class Signer:
    """A key that can sign; a context manager, because a fresh key must be destroyed.

    A fresh key's private half is held in this process and lies in a file only while ssh-keygen
    makes it or signs with it; what a killed scan leaves in memory, the next one clears away.
    """

    def __init__(self, statement: SignerStatement, key: Path | bytearray) -> None:
        """Use `open_signer`. `key`: the file that was given, or a fresh private key."""
        self.statement = statement
        self._key = key
        self._held = ExitStack()
        self._agent: KeyAgent | None = None

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, whatever happened."""
        self.close()

    def prove(self, message: bytes = b"seek: proof that this key can sign\n") -> bytes:
        """Sign something, so that a wrong passphrase shows before the scan and not after it.

        A locked key is unlocked by that: from then on it needs no terminal.
        """
        if isinstance(self._key, Path) and self._agent is None and _is_locked(self._key):
            self._agent = KeyAgent(self._held.enter_context(private_folder()), self._key)
            self._held.callback(self._agent.close)
        return self.sign(message)

    def lies_open_beside(self, bundle: Path) -> bool:
        """Whether its private half lies in a file that nothing locks, on the disk of the bundle:
        whoever had that disk had the key."""
        key = self._key
        if not isinstance(key, Path) or self.statement.public_key.startswith("sk-"):
            return False
        try:
            if not key.read_bytes().startswith(b"-----BEGIN") or _is_locked(key):
                return False
            return _same_disk(key, bundle)
        except OSError:
            return True

    def sign(self, message: bytes, *, namespace: str = layout.NAMESPACE) -> bytes:
        """The armored SSHSIG of the message, checked. Raises SigningError.

        `namespace`: what for; a signature is worth nothing in another one.

        An ssh-keygen that was killed, by a machine short of memory or with its terminal, is started
        once more: hours of work may wait for it.
        """
        try:
            armored = self._armored(message, namespace)
        except _KilledError:
            armored = self._armored(message, namespace)
        self._check(armored)
        return armored

    def _armored(self, message: bytes, namespace: str) -> bytes:
        with private_folder() as scratch:
            document = scratch / "message"
            document.write_bytes(message)
            # A file, not a pipe: with a pipe ssh-keygen would not ask at the terminal.
            arguments = ["-q", "-Y", "sign", "-f", str(self._key_file(scratch)),
                         "-n", namespace, str(document)]  # fmt: skip
            # Neither Ctrl-C nor the end of a terminal may reach the signing by a key that asks for
            # nothing.
            asks = self._asks
            environment = self._agent.environment if self._agent else None
            _ssh_keygen(arguments, show_messages=asks, alone=not asks, environment=environment)
            return (scratch / "message.sig").read_bytes()

    @property
    def _asks(self) -> bool:
        """Whether it wants a touch, a PIN or a passphrase, from somebody at a terminal."""
        if self.statement.public_key.startswith("sk-"):
            return True
        return isinstance(self._key, Path) and self._agent is None and _is_locked(self._key)

    def close(self) -> None:
        """Destroy a fresh key's private half; nothing can be signed with it any more."""
        self._held.close()
        if isinstance(self._key, bytearray):
            self._key[:] = bytes(len(self._key))

    def _key_file(self, scratch: Path) -> Path:
        file = scratch / "key"
        if self._agent is not None:
            file.write_text(f"{self.statement.public_key}\n")
            return file
        if isinstance(self._key, Path):
            return self._key
        file.touch(mode=0o600)
        file.write_bytes(self._key)
        return file

    def _check(self, armored: bytes) -> None:
        signed_by = sshsig.parse_signature(armored).key
        if signed_by.line != self.statement.public_key:
            raise SigningError(
                f"The signature is by {signed_by.fingerprint}, not {self.statement.fingerprint}.",
                hint="The .pub file beside the key belongs to another key.",
            )


def open_signer(key: Path | None, *, comment: str = "") -> Signer:
    """The signer for `--key FILE`, or with None a fresh key made for this scan alone.

    `comment` goes with a fresh key only. Nothing is asked for yet. Raises SigningError.
    """
    return _fresh(comment) if key is None else _given(key)


def new_key(file: Path, *, comment: str, ask: bool) -> sshsig.PublicKey:
    """Make an ed25519 key pair at `file` and `file`.pub; refuses to overwrite either.

    `ask`: ssh-keygen asks for a passphrase at its terminal; else there is none.
    Raises UsageError if one is there, SigningError.
    """
    for existing in (file, public_file(file)):
        if os.path.lexists(existing):
            raise there_already(existing)
    if not file.parent.is_dir():
        raise SigningError(f"There is no folder {file.parent}.", hint="Make it first.")
    arguments = ["-q", "-t", "ed25519", "-C", comment, "-f", str(file)]
    if not ask:
        arguments += ["-N", ""]
    _ssh_keygen(arguments, show_messages=ask)
    return read_public(public_file(file))


def public_file(key: Path) -> Path:
    """Where ssh-keygen puts the public half."""
    return key.with_name(key.name + ".pub")


def read_public(key: Path) -> sshsig.PublicKey:
    """The public half of a private or public key file. Raises SigningError."""
    try:
        with key.open("rb") as handle:
            text = handle.read(_LONGEST_KEY_FILE)
    except OSError as error:
        raise SigningError(
            f"Cannot read the key {key}: {os.strerror(error.errno or 0)}.",
            hint="`seek key new --out FILE` makes one.",
        ) from error
    try:
        if text.startswith(b"-----BEGIN"):
            return sshsig.parse_private(text)
        return sshsig.parse_public(text.decode("utf-8", errors="replace"))
    except sshsig.NotOpenSSH as error:
        raise SigningError(
            f"{key} is not an OpenSSH key: {why(error)}.",
            hint="`seek key new --out FILE` makes one.",
        ) from error


def _given(key: Path) -> Signer:
    public = read_public(key)
    if public.type not in ACCEPTED:
        raise SigningError(
            f"{key} is a key of type {public.type}.",
            hint="Use an ed25519 key or a FIDO security key: `seek key new --out FILE`.",
        )
    if not public.comment and public_file(key).is_file():
        beside = read_public(public_file(key))
        if beside.blob == public.blob:
            public = beside
    return Signer(_statement(SignerKind.GIVEN, public), key.absolute())


def _fresh(comment: str) -> Signer:
    with private_folder() as scratch:
        file = scratch / "key"
        public = new_key(file, comment=comment or "made by seek for one scan", ask=False)
        private = bytearray(file.read_bytes())
    return Signer(_statement(SignerKind.FRESH, public), private)


def _is_locked(key: Path) -> bool:
    try:
        return sshsig.is_locked(key.read_bytes())
    except (OSError, sshsig.NotOpenSSH):  # a public half: its agent has the other
        return False


def _same_disk(one: Path, other: Path) -> bool:
    """Raises OSError."""
    if one.stat().st_dev == other.stat().st_dev:
        return True
    return bool(backing.of_path(one).blocks & backing.of_path(other).blocks)


def _statement(kind: SignerKind, key: sshsig.PublicKey) -> SignerStatement:
    comment = re.sub(r"[^ -~]", "?", key.comment)[:100]
    return SignerStatement(
        kind=kind, fingerprint=key.fingerprint, public_key=key.line, comment=comment
    )


class _KilledError(SigningError):
    """ssh-keygen had no say."""


def _ssh_keygen(
    arguments: list[str],
    *,
    show_messages: bool,
    alone: bool = False,
    environment: dict[str, str] | None = None,
) -> None:
    try:
        done = subprocess.run(
            ["ssh-keygen", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=None if show_messages else subprocess.PIPE,
            start_new_session=alone,
            env=environment,
            check=False,
        )
    except FileNotFoundError as error:
        raise SigningError("There is no ssh-keygen.", hint="Install openssh-client.") from error
    if done.returncode == 0:
        return
    if done.returncode < 0:
        raise _KilledError("ssh-keygen was killed.", hint="Free some memory and start again.")
    said = " ".join((done.stderr or b"").decode("utf-8", errors="replace").split())
    hint = next((hint for word, hint in _HINTS if word in said), "Try the key by hand: ssh-keygen.")
    raise SigningError(
        f"ssh-keygen did not do it: {said[-300:].rstrip('.') or 'see above'}.", hint=hint
    )
