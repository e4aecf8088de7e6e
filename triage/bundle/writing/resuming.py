"""Making an unsealed bundle fit to be gone on with: what is not certain goes."""

from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import layout, manifest
from triage.bundle.writing.durable import storage_errors
from triage.errors import BundleError, VerificationError

_SEALING = (layout.FINDINGS, layout.REPORT, layout.SIGNER, layout.ALLOWED_SIGNERS, layout.SIGNATURE,
            layout.MANIFEST, layout.RESERVE)  # fmt: skip
"""Written when a bundle is sealed, or kept for that; left over where it was cut off."""


def is_sealed(folder: BundleFolder) -> bool:
    """Whether it has a manifest, and not only the beginning of one: where the power was cut while
    it was written, the file can be there with less than was to be in it, or with zeros."""
    try:
        names = folder.names()
        if layout.MANIFEST not in names:
            return False
        text = folder.read(layout.MANIFEST).rstrip(b"\0")
        own = (layout.MANIFEST, layout.SIGNATURE)
        listed = [name for name in names if name not in own and layout.longest(name) is not None]
        whole = manifest.write({name: folder.digest(name) for name in listed})
    except VerificationError:
        return True  # what it is, is for `seek verify` to say; it is not to be gone on with
    return text == whole or not whole.startswith(text)


def clear_rest(folder: BundleFolder, kept_previews: set[str]) -> None:
    """Remove what a cut-off sealing left, and previews of findings that are not certain."""
    try:
        names = folder.names()
    except VerificationError as error:
        raise BundleError(
            f"The bundle cannot be resumed: {error.message}.",
            hint="Start a new scan; keep this folder as it is.",
        ) from error
    if is_sealed(folder):
        raise BundleError(
            "The bundle is sealed.", hint="Start a new scan: a sealed bundle is never changed."
        )
    with storage_errors(str(folder.path)):
        for name in names:
            stray = layout.is_preview(name) and name not in kept_previews
            if stray or name in _SEALING or layout.is_further_report(name):
                (folder.path / name).unlink()


def terms_digest(folder: BundleFolder) -> dict[str, str]:
    """scan.json's SHA-256 by its name, where there is one."""
    if not (folder.path / layout.TERMS).exists():
        return {}
    return {layout.TERMS: folder.digest(layout.TERMS)}
