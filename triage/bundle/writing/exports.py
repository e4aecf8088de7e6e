"""Other renderings of findings.json: made anew when asked for, never into the sealed bundle."""

import os
from enum import StrEnum
from pathlib import Path

from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import layout, schema
from triage.bundle.format.document import Document
from triage.bundle.rendering import case_jsonld, html, spreadsheet, vics
from triage.bundle.writing.durable import write_once
from triage.bundle.writing.place import check_writable
from triage.errors import BundleError, UsageError, VerificationError


class Export(StrEnum):
    """What a bundle can be rendered as."""

    HTML = "html"
    CSV = "csv"
    VICS = "vics"
    CASE = "case"


_ENDINGS = {
    Export.HTML: "report.html",
    Export.CSV: "findings.csv",
    Export.VICS: "vics.json",
    Export.CASE: "case.jsonld",
}


def read_document(bundle: Path) -> Document:
    """findings.json of a bundle, which is not verified here. Raises BundleError."""
    try:
        return schema.decode(BundleFolder(bundle).read(layout.FINDINGS))
    except VerificationError as error:
        raise BundleError(
            f"{bundle} has no result that can be read: {error.message}.",
            hint="`seek verify` says what is wrong with it.",
        ) from error


def default_file(bundle: Path, export: Export) -> Path:
    """Beside the bundle: `NAME-report.html`."""
    folder = bundle.resolve()
    return folder.with_name(f"{folder.name}-{_ENDINGS[export]}")


def save(bundle: Path, export: Export, file: Path) -> None:
    """Render and write; refuses to overwrite, and to write into the bundle.

    Raises UsageError, BundleError, EvidenceStickError.
    """
    _refuse_inside(bundle, file)
    check_writable(file.parent)
    document = read_document(bundle)
    write_once(file, _render(document, bundle, export, file), shown=str(file))


def _render(document: Document, bundle: Path, export: Export, file: Path) -> bytes:
    match export:
        case Export.HTML:
            way = os.path.relpath(bundle.resolve(), file.parent.resolve())
            return html.render(document, previews=f"{way}/").encode("utf-8")
        case Export.CSV:
            return spreadsheet.render(document)
        case Export.VICS:
            return vics.render(document)
        case Export.CASE:
            return case_jsonld.render(document)


def _refuse_inside(bundle: Path, file: Path) -> None:
    folder = file.parent.resolve()
    if bundle.resolve() in (folder, *folder.parents):
        raise UsageError(
            f"{file} lies inside the bundle, which is sealed.",
            hint="Give --out a file in another folder.",
        )
