"""The verifying side of signatures: `ssh-keygen -Y` decides, as it would for the lab by hand."""

import subprocess
import tempfile
from pathlib import Path

from triage.bundle.checking import sshsig
from triage.bundle.format import layout
from triage.errors import SigningError, UsageError, VerificationError

_MOST_PRINCIPALS = 20
_SECONDS = 60


def check_signature(
    message: bytes,
    armored: bytes,
    *,
    namespace: str = layout.NAMESPACE,
    what: str = "this manifest",
) -> sshsig.PublicKey:
    """Which key signed this message for our purpose. Raises VerificationError if none did."""
    try:
        signature = sshsig.parse_signature(armored)
    except sshsig.NotOpenSSH as error:
        raise VerificationError(f"the signature is {error}") from error
    if signature.namespace != namespace:
        raise VerificationError("the signature was made for another purpose")
    code, _ = _ssh_keygen("check-novalidate", ["-n", namespace], message, armored)
    if code != 0:
        raise VerificationError(f"the signature is not one of {what}")
    return signature.key


def who(message: bytes, armored: bytes, allowed: Path, *, namespace: str = layout.NAMESPACE) -> str:
    """The principal to whom the list gives the key, today and for our purpose.

    Raises VerificationError if there is none, UsageError if the list cannot be read.
    """
    if not allowed.is_file():
        raise UsageError(
            f"There is no list of signers {allowed}.",
            hint="It is an OpenSSH allowed_signers file: see ssh-keygen(1).",
        )
    list_of_signers = ["-f", str(allowed)]
    _, principals = _ssh_keygen("find-principals", list_of_signers, message, armored)
    for principal in principals[:_MOST_PRINCIPALS]:
        arguments = [*list_of_signers, "-I", principal, "-n", namespace]
        code, _ = _ssh_keygen("verify", arguments, message, armored)
        if code == 0:
            return principal
    raise VerificationError("the key is not on the list of signers, or not for today or this use")


def _ssh_keygen(
    verb: str, arguments: list[str], message: bytes, armored: bytes
) -> tuple[int, list[str]]:
    """Exit code, and the lines of the answer."""
    with tempfile.NamedTemporaryFile(prefix="seek-signature-") as signature:
        signature.write(armored)
        signature.flush()
        command = ["ssh-keygen", "-Y", verb, *arguments, "-s", signature.name]
        try:
            done = subprocess.run(
                command, input=message, capture_output=True, timeout=_SECONDS, check=False
            )
        except FileNotFoundError as error:
            raise SigningError("There is no ssh-keygen.", hint="Install openssh-client.") from error
        except subprocess.TimeoutExpired as error:
            raise VerificationError("ssh-keygen does not come to an end") from error
    return done.returncode, done.stdout.decode("utf-8", errors="replace").splitlines()
