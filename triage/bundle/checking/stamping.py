"""A time stamp of a bundle: somebody who is trusted for time says that its signature existed then.

Source: RFC 3161. What is stamped is manifest.sha256.sig, and with it all that it signs, and who
signed. Query and reply lie beside the bundle, which is never changed: they are no part of it. As
with signatures, a stock program decides: `openssl ts`.
"""

import re
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import layout
from triage.errors import BundleError, SigningError, UsageError, VerificationError

MOST_BYTES = 64 * 1024
"""Of a reply: the authority's certificates are in it."""
_SECONDS = 60
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
"""AlgorithmIdentifier of SHA-256, with its NULL."""
_TIME = re.compile(r"^Time stamp: (.+)$", re.MULTILINE)
_SERIAL = re.compile(r"^Serial number: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStamp:
    """What a reply says that was checked."""

    time: str
    """As openssl spells it, GMT."""
    serial: str
    """The authority's number of it."""


def query_of(bundle: Path) -> Path:
    """Where the question lies."""
    return bundle.with_name(f"{bundle.name}.tsq")


def reply_of(bundle: Path) -> Path:
    """Where the answer lies."""
    return bundle.with_name(f"{bundle.name}.tsr")


def query(bundle: BundleFolder) -> bytes:
    """The question about its signature, in DER; each with a number of its own, and asking for the
    authority's certificates. Raises VerificationError where the bundle has no signature."""
    digest = bytes.fromhex(bundle.digest(layout.SIGNATURE))
    imprint = _sequence(_SHA256 + b"\x04\x20" + digest)
    number = bytes([secrets.randbelow(0x7F) + 1]) + secrets.token_bytes(7)
    asked = b"\x02\x01\x01" + imprint + b"\x02\x08" + number + b"\x01\x01\xff"
    return _sequence(asked)


def check(bundle: BundleFolder, reply: Path, authority: Path) -> TimeStamp:
    """Whether the reply is by that authority (certificates, PEM), of this bundle's signature.

    Raises VerificationError if not, UsageError where a file is not there.
    """
    for file, what in ((reply, "reply"), (authority, "authority's certificates")):
        if not file.is_file():
            raise UsageError(f"There is no file {file}.", hint=f"Say where the {what} lies.")
    if reply.stat().st_size > MOST_BYTES:
        raise VerificationError("the reply is longer than any time stamp")
    bundle.open(layout.SIGNATURE).close()  # a plain file, and no link
    code, said = _openssl(
        "-verify",
        *("-data", str(bundle.path / layout.SIGNATURE), "-in", str(reply)),
        *("-CAfile", str(authority)),
    )
    if code:
        reason = _reason(said)
        raise VerificationError(
            f"the time stamp is not one of this bundle by this authority{reason}"
        )
    _, said = _openssl("-reply", "-in", str(reply), "-text")
    time, serial = _TIME.search(said), _SERIAL.search(said)
    if time is None:
        raise VerificationError("the reply says no time")
    return TimeStamp(time=time[1].strip(), serial=serial[1].strip() if serial else "")


def refuse_what_is_no_bundle(bundle: Path) -> BundleFolder:
    """The bundle, if it was sealed. Raises BundleError."""
    folder = BundleFolder(bundle)
    if not (bundle / layout.SIGNATURE).is_file():
        raise BundleError(
            f"{bundle} is not sealed: it has no signature that could be stamped.",
            hint="`seek resume` goes on with a scan that was cut off.",
        )
    return folder


def _sequence(content: bytes) -> bytes:
    return bytes([0x30, len(content)]) + content  # all of it is shorter than 128 bytes


def _reason(said: str) -> str:
    """What openssl found, without its file names and line numbers."""
    lines = [line.split(":") for line in said.splitlines() if ":error:" in line]
    found = [parts[5] for parts in lines if len(parts) > 5 and parts[5]]
    return f" ({found[-1]})" if found else ""


def _openssl(*arguments: str) -> tuple[int, str]:
    try:
        done = subprocess.run(
            ["openssl", "ts", *arguments], capture_output=True, timeout=_SECONDS, check=False
        )
    except FileNotFoundError as error:
        raise SigningError("There is no openssl.", hint="Install openssl.") from error
    except subprocess.TimeoutExpired as error:
        raise VerificationError("openssl does not come to an end") from error
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", errors="replace")
