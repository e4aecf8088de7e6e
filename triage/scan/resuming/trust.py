"""Whom to believe of an earlier run: what its signer's key shows, and what remains unproven.

Whoever found a stick could write an earlier part anew and sign it with a key of his own. So a part
is proven only by a key that he cannot have had: the one that signs now, where it does not lie there
unlocked, or one on the list of signers that was given. Or by its scan key, where somebody noted the
fingerprint when that run began: its private half was in that process alone.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

from msgspec.structs import replace

from triage.bundle.checking import sigcheck
from triage.bundle.checking.custody import ScanRun
from triage.bundle.format.document import Integrity, Resumption, SignerKind
from triage.bundle.writing.signing import Signer
from triage.errors import BundleError, VerificationError


def listed(runs: Sequence[ScanRun], signers: Path | None) -> list[str]:
    """Who signed each run by the list; without one nobody is named.

    Raises BundleError if a key is not on the list, UsageError if the list cannot be read.
    """
    if signers is None:
        return [""] * len(runs)
    return [_who(run, signers) for run in runs]


def noted_in(runs: Sequence[ScanRun], scan_keys: Collection[str]) -> list[bool]:
    """Whether each run has a scan key that was noted. Raises BundleError if one is of none."""
    own = [run.scan_key for run in runs]
    if strange := sorted(set(scan_keys).difference(own)):
        raise BundleError(
            f"No run of that scan has the scan key {strange[0]}.",
            hint="It is another scan's, or somebody wrote this one anew. Without --scan-key it is "
            "gone on with, and the bundle says that it is not proven.",
        )
    return [each in scan_keys for each in own]


def judge(
    public_key: str, kind: SignerKind, principal: str, *, signer: Signer, bundle: Path
) -> Integrity:
    """Of a part that this key vouches for. `principal`: whose it is by the list that was given.
    `signer`: who signs now. `bundle`: where the part lies."""
    own = public_key == signer.statement.public_key
    if not public_key:
        return Integrity.NOT_SIGNED
    if own and signer.lies_open_beside(bundle):
        return Integrity.OPEN_KEY
    if own or principal:
        return Integrity.PROVEN
    return Integrity.OF_THAT_RUN if kind is SignerKind.FRESH else Integrity.ANOTHER_KEY


def history(runs: Sequence[ScanRun], judged: Sequence[Integrity]) -> list[Resumption]:
    """What is to be said of all runs but the last, and of bundles that the first one carried on.

    What a proven run said of those before it stands; of another one's word nothing is left, and
    they are judged anew. `judged`: each run by its own key.
    """
    said: list[Resumption] = []
    integrity = judged[-1]
    for number in reversed(range(len(runs))):
        told = runs[number].said
        if integrity is not Integrity.PROVEN:
            integrity = judged[number - 1] if number else integrity
            told = [replace(each, integrity=integrity, principal="") for each in told]
        elif number:
            integrity = told[0].integrity
        said = [*told, *said]
    return said


def _who(run: ScanRun, signers: Path) -> str:
    try:
        if not run.vouched.signer:
            raise VerificationError("no key vouches for it")
        return sigcheck.who(run.statement, run.vouched.signature.encode(), signers)
    except VerificationError as error:
        raise BundleError(
            f"An earlier run of that scan is not by a listed signer: {error.message} "
            f"({run.fingerprint or 'none'}).",
            hint="Without --signers it is gone on with, and the bundle says that it is not proven.",
        ) from error
