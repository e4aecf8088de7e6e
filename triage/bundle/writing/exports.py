"""Other renderings of findings.json: made anew when asked for, never into the sealed bundle."""

import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from triage.bundle.checking.entry_lines import findings_of, lines_of, lines_within
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import layout, schema
from triage.bundle.format.document import Document
from triage.bundle.format.entries import EntryLine
from triage.bundle.rendering import (
    body_file,
    case_jsonld,
    dfxml,
    digest_list,
    html,
    spreadsheet,
    vics,
)
from triage.bundle.writing.durable import write_pieces
from triage.bundle.writing.place import check_writable
from triage.errors import BundleError, UsageError, VerificationError
from triage.languages import Language


class Export(StrEnum):
    """What a bundle can be rendered as."""

    HTML = "html"
    CSV = "csv"
    VICS = "vics"
    CASE = "case"
    DFXML = "dfxml"
    BODY = "body"
    DIGESTS = "digests"


_ENDINGS = {
    Export.HTML: "report.html",
    Export.CSV: "findings.csv",
    Export.VICS: "vics.json",
    Export.CASE: "case.jsonld",
    Export.DFXML: "entries.dfxml",
    Export.BODY: "entries.body",
    Export.DIGESTS: "digests.csv",
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


def save(bundle: Path, export: Export, file: Path, language: Language | None = None) -> list[Path]:
    """Render and write; refuses to overwrite, and to write into the bundle. The files, the first
    of them `file`: a report of very many findings has further ones beside it. `language`: of the
    report, if not the bundle's own.

    Raises UsageError, BundleError, EvidenceStickError.
    """
    _refuse_inside(bundle, file)
    check_writable(file.parent)
    document = read_document(bundle)
    if export is Export.HTML:
        if language is not None:
            document = msgspec.structs.replace(document, language=language)
        return _save_report(document, bundle, file)
    write_pieces(file, _render(document, bundle, export), shown=str(file))
    return [file]


def _save_report(document: Document, bundle: Path, file: Path) -> list[Path]:
    way = os.path.relpath(bundle.resolve(), file.parent.resolve())
    written: list[Path] = []
    try:
        for name, page in html.files(document, previews=f"{way}/", name=file.name):
            path = file.with_name(name)
            write_pieces(path, [page.encode("utf-8")], shown=str(path))
            written.append(path)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return written


def _render(document: Document, bundle: Path, export: Export) -> Iterator[bytes]:
    match export:
        case Export.CSV:
            yield spreadsheet.render(document)
        case Export.VICS:
            yield vics.render(document)
        case Export.CASE:
            yield case_jsonld.render(document)
        case Export.DFXML:
            yield from dfxml.render(document, by_volume(document, bundle))
        case Export.BODY:
            yield from body_file.render(lines_of(bundle, document.volumes))
        case Export.DIGESTS:
            yield from digest_list.render(findings_of(bundle, document.volumes))


def by_volume(document: Document, bundle: Path) -> Iterator[tuple[str, Iterator[EntryLine]]]:
    """All entries, those of each volume beside each other, without holding them."""
    volumes = document.volumes
    for within in dict.fromkeys(line.entry.volume_id for line in lines_of(bundle, volumes)):
        yield within, lines_within(bundle, volumes, within)


def _refuse_inside(bundle: Path, file: Path) -> None:
    folder = file.parent.resolve()
    if bundle.resolve() in (folder, *folder.parents):
        raise UsageError(
            f"{file} lies inside the bundle, which is sealed.",
            hint="Give --out a file in another folder.",
        )
