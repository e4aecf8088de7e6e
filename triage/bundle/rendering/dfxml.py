"""All entries as DFXML 1.2 (Digital Forensics XML), as fiwalk writes it: a `fileobject` each.

Source: the DFXML schema 1.2.0 (github.com/dfxml-working-group/dfxml_schema). One `volume` for each
volume of the bundle that has entries, in whose bytes `fs_offset` of a run is: one alone, as readers
take a second at the same place for another volume. `img_offset` is there where the bundle can say
it. Names are what their owner chose: what XML cannot hold is written out (`\\x01`).
"""

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from triage.bundle.format.document import Document
from triage.bundle.format.entries import EntryLine
from triage.bundle.format.shown import utc_of, visible
from triage.evidence import EntryKind, FileEntry, Volume

_TYPES = {EntryKind.FILE: "r", EntryKind.DIRECTORY: "d", EntryKind.LINK: "l", EntryKind.OTHER: "-"}
_DIGESTS = ("md5", "sha1", "sha256")


def render(
    document: Document, by_volume: Iterable[tuple[str, Iterable[EntryLine]]]
) -> Iterator[bytes]:
    """Piece by piece. `by_volume`: the entries of each volume, by its id."""
    yield _head(document).encode()
    volumes = {volume.id: volume for volume in document.volumes}
    for within, lines in by_volume:
        volume = volumes.get(within)
        yield _begin(volume).encode()
        for line in lines:
            yield _file(line, volume).encode()
        yield _end(volume).encode()
    yield b"</dfxml>\n"


def _head(document: Document) -> str:
    sources = "".join(
        f"    <image_filename>{_text(source.path)}</image_filename>\n"
        for source in document.sources
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<dfxml xmlns="http://www.forensicswiki.org/wiki/Category:Digital_Forensics_XML"\n'
        '  xmlns:dc="http://purl.org/dc/elements/1.1/" version="1.2.0">\n'
        "  <metadata>\n    <dc:type>Disk Image</dc:type>\n  </metadata>\n"
        f"  <creator>\n    <program>{_text(document.tool.name)}</program>\n"
        f"    <version>{_text(document.tool.version)}</version>\n  </creator>\n"
        f"  <source>\n{sources}  </source>\n"
    )


def _begin(volume: Volume | None) -> str:
    if volume is None:
        return ""
    offset = volume.begins_at
    begins = f' offset="{offset}"' if offset >= 0 else ""
    block = f"    <block_size>{volume.block_size}</block_size>\n" if volume.block_size else ""
    return (
        f"  <volume{begins}>\n"
        + (f"    <partition_offset>{offset}</partition_offset>\n" if offset >= 0 else "")
        + block
        + f"    <ftype_str>{_text(volume.file_system)}</ftype_str>\n"
    )


def _end(volume: Volume | None) -> str:
    return "" if volume is None else "  </volume>\n"


def _file(line: EntryLine, volume: Volume | None) -> str:
    entry, result = line.entry, line.result
    said = [
        _element("filename", entry.shown_path),
        _element("id", entry.id),
        _element("name_type", _TYPES[entry.kind]),
        _element("filesize", entry.size),
        _element("alloc_inode", int(entry.allocated_meta)),
        _element("alloc_name", int(entry.allocated_name)),
        _element("inode", entry.meta_address),
        *_times(entry),
        _element("libmagic", result.type) if result.type else "",
        _runs(entry, volume),
    ]
    said += [
        f'      <hashdigest type="{name}">{result.digests[name]}</hashdigest>\n'
        for name in _DIGESTS
        if name in result.digests
    ]
    return f"    <fileobject>\n{''.join(said)}    </fileobject>\n"


def _times(entry: FileEntry) -> Iterator[str]:
    times = entry.times
    named = (
        ("mtime", times.modified), ("ctime", times.changed), ("atime", times.accessed),
        ("crtime", times.created),
    )  # fmt: skip
    for name, at in named:
        if instant := utc_of(at):
            yield _element(name, instant)


def _runs(entry: FileEntry, volume: Volume | None) -> str:
    if not entry.runs:
        return ""
    begins = volume.begins_at if volume is not None else -1
    at, runs = 0, []
    for run in entry.runs:
        where = f' fs_offset="{run.offset}"' if run.offset >= 0 else ' fill="0"'
        if run.offset >= 0 and begins >= 0:
            where += f' img_offset="{begins + run.offset}"'
        runs.append(f'        <byte_run file_offset="{at}"{where} len="{run.length}"/>\n')
        at += run.length
    return f"      <byte_runs>\n{''.join(runs)}      </byte_runs>\n"


def _element(name: str, value: object) -> str:
    return f"      <{name}>{_text(str(value))}</{name}>\n"


def _text(text: str) -> str:
    return escape(visible(text))
