"""Where the bundle goes when nobody says: the enrolled evidence stick."""

from pathlib import Path

from triage.errors import EvidenceStickError

MOUNTED_AT = Path("/run/seek/evidence")
"""Where the stick's root helper mounts the enrolled evidence partition, and nothing else."""


def evidence_stick() -> Path:
    """The evidence stick's folder for bundles. Raises EvidenceStickError if there is none."""
    if not MOUNTED_AT.is_mount():
        raise EvidenceStickError(
            "There is no evidence stick to write the findings to.",
            hint="Put the evidence stick in, or say where they go: --out FOLDER.",
        )
    return MOUNTED_AT
