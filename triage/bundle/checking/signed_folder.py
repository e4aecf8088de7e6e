"""Steps that bundles and merges have in common: a list of digests, what signs it, what it names."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from triage.bundle.checking import sigcheck, sshsig
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.checking.steps import NotChecked
from triage.bundle.format.shown import visible
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
