"""What the stick says where nobody does: where the bundle goes, and who may sign hash sets."""

from pathlib import Path

from triage.errors import EvidenceStickError

MOUNTED_AT = Path("/run/seek/evidence")
"""Where the stick's root helper mounts the enrolled evidence partition, and nothing else."""


SET_SIGNERS = Path("/run/seek/stick/set-signers")
"""Of the boot stick, put there when it was made: the evidence stick, on which the sets lie, is in
more hands."""


LAB_KEYS = Path("/run/seek/stick/lab-keys")
"""Of the boot stick likewise: whoever could write it on the evidence stick could read the next
bundle."""


def lab_keys() -> Path | None:
    """The stick's own list of the keys for which bundles are closed; None: it has none."""
    return LAB_KEYS if LAB_KEYS.is_file() else None


def set_signers() -> Path | None:
    """The stick's own list of those who may sign hash sets; None: it has none."""
    return SET_SIGNERS if SET_SIGNERS.is_file() else None


def evidence_stick() -> Path:
    """The evidence stick's folder for bundles. Raises EvidenceStickError if there is none."""
    if not MOUNTED_AT.is_mount():
        raise EvidenceStickError(
            "There is no evidence stick to write the findings to.",
            hint="Put the evidence stick in, or say where they go: --out FOLDER.",
        )
    return MOUNTED_AT
