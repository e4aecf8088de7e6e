"""Steps that bundles and merges have in common: a list of digests, what signs it, what it names."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from triage.bundle.checking import sigcheck, sshsig
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.checking.steps import NotChecked
from triage.bundle.format import layout
from triage.bundle.format.document import SignerStatement
from triage.bundle.format.shown import count, visible
from triage.errors import VerificationError


class SignedTerms(NamedTuple):
    """How it is signed, and how that is called."""

    listed_in: str
    """Name of the file with the digests of the others."""
    signature: str
    namespace: str
    called: str
    """What `listed_in` is: `manifest`."""
    compare_with: str
    """What the fingerprint is held against where no list of signers was given."""
    tells: str
    """Name of the file that says what all of it is, and who signed it."""


@dataclass(slots=True, kw_only=True)
class SignedFolder:
    """What the steps have learned so far."""

    folder: BundleFolder
    signers: Path | None
    terms: SignedTerms
    names: list[str] = field(default_factory=list)
    listed: bytes = b""
    """The file with the digests."""
    digests: dict[str, str] = field(default_factory=dict)
    key: sshsig.PublicKey | None = None
    principal: str = ""


def names_of_files(state: SignedFolder, *, cut_off: str) -> str:
    """1. It is of plain files, and has come to its end. `cut_off`: what otherwise was."""
    state.names = state.folder.names()
    for name in (state.terms.listed_in, state.terms.signature):
        if name not in state.names:
            raise VerificationError(
                f"{name} is missing: {cut_off} was cut off before it was signed"
            )
    return count(len(state.names), "file")


def signature(state: SignedFolder) -> str:
    """3. The signature is good, and made for this."""
    armored = state.folder.read(state.terms.signature)
    state.key = sigcheck.check_signature(
        state.listed, armored, namespace=state.terms.namespace, what=f"this {state.terms.called}"
    )
    return f"by {state.key.fingerprint} ({state.key.type})"


def signer_on_list(state: SignedFolder) -> str:
    """4. The signer is on the list."""
    if state.signers is None:
        compare_with = state.terms.compare_with
        raise NotChecked(f"no --signers given: compare the fingerprint with {compare_with}")
    armored = state.folder.read(state.terms.signature)
    state.principal = sigcheck.who(
        state.listed, armored, state.signers, namespace=state.terms.namespace
    )
    return f"is {visible(state.principal)}"


def every_digest(state: SignedFolder) -> str:
    """5. Every file is as it was signed."""
    for name, digest in state.digests.items():
        if state.folder.digest(name) != digest:
            raise VerificationError(f"{name} is not what was signed")
    return "all SHA-256 agree"


def nothing_besides(state: SignedFolder) -> str:
    """6. There is no file besides."""
    own = {*state.digests, state.terms.listed_in, state.terms.signature}
    strays = [name for name in state.names if name not in own]
    if strays:
        raise VerificationError(f"{visible(strays[0], 100)} is not in the {state.terms.called}")
    return ""


def signer_is(state: SignedFolder, named: SignerStatement | None) -> str:
    """8. The signer is the one that it names."""
    tells = state.terms.tells
    if named is None or state.key is None or named.public_key != state.key.line:
        raise VerificationError(f"the signature is by another key than {tells} names")
    if named.fingerprint != state.key.fingerprint:
        raise VerificationError(f"{tells} names a fingerprint that is not its key's")
    files = layout.signer_files(named.public_key, namespace=state.terms.namespace)
    for name, text in files.items():
        if state.folder.read(name) != text:
            raise VerificationError(f"{name} holds another key than {tells} names")
    return named.kind


def rendered_again(state: SignedFolder, pages: Iterable[tuple[str, str]]) -> str:
    """The report, with its further files, is the rendering of what the folder tells."""
    tells = state.terms.tells
    further = {name for name in state.digests if layout.is_further_report(name)}
    for name, page in pages:
        further.discard(name)
        if state.digests.get(name) != sha256(page.encode("utf-8")).hexdigest():
            raise VerificationError(f"{name} is not the rendering of {tells}")
    if further:
        raise VerificationError(f"{min(further)} is no part of the rendering of {tells}")
    return "rendered again, the same to the byte"
