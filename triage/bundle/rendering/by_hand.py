"""How what was found in a container is taken out of it again, with stock tools and without seek.

bsdtar is libarchive's, qpdf and pdfimages (Poppler) read PDFs, munpack (mpack) mail, readpst
(pst-utils) Outlook's stores, tnef winmail.dat, 7z its own archives and the streams of compound
files, unrar what libarchive cannot decrypt, sqlite3 databases, fcat (The Sleuth Kit) disks, which
qemu-img makes plain. Passwords are asked for by the tools and stand in no command. The SHA-256 of
what comes out is that of the match; of what was rendered none is.
"""

import re
from collections.abc import Iterator, Mapping
from shlex import quote

from triage.containers.kinds import kind_by_name
from triage.findings import Match

BETWEEN = " » "
_OUTLOOKS = "winmail.dat"
"""What Outlook calls its TNEF, whose ending claims no kind."""
_IID_BYTES = 16
"""Of what an attached message in TNEF begins with, which says what it is ([MS-OXTNEF] 2.1.3.4)."""
_MAIL = frozenset({"eml", "mbox", "mht"})
_DISKS = frozenset({"disk image", "ewf"})
_OTHER_DISKS = frozenset({"vhd", "vhdx", "vmdk", "vdi", "qcow2", "dmg"})
_STORES = frozenset({"pst", "ost"})
_COMPOUND = frozenset({"doc", "xls", "ppt", "vsd", "pub", "ole", "msg", "msi"})
_OBJECT = re.compile(r"object (\d{1,9})\.(?:jpg|jp2)")
_ROW = re.compile(r"(.+)/row (-?\d{1,20}), (.+?)(?:\.[a-z]{3,4})?")
_PARTITION = re.compile(r"sector (\d{1,15})((?:, in [^/]{1,300})?)/(.*)", re.DOTALL)
_BYTES = re.compile(r"bytes (\d{1,15})-(\d{1,15})(?:\.|$)")
_OTHER_OBJECT = re.compile(r"object \d{1,9}(?:, .*)?")


def by_hand(match: Match, path: str, kind: str) -> list[str]:
    """The commands, one for each container that it lies in, the outermost first.

    `path` of the entry, `kind` of container that it is. Empty of a match of something else, and
    where a name holds what no shell should be given.
    """
    steps = match.provenance.get("member", "").split(BETWEEN)
    file = path.rpartition("/")[2]
    if not steps[0] or not all(each.isprintable() for each in (file, *steps)):
        return []
    said = match.provenance
    innermost = said.get("member_kind", said.get("part", "")).removesuffix(" member")
    commands = list(_commands(file, steps, kind, innermost))
    return commands + _cut_out(said, steps[-1].rpartition("/")[2])


def _cut_out(said: Mapping[str, str], file: str) -> list[str]:
    """Of what lies in a member, and not of the whole of it, one command more."""
    try:
        begin, length = int(said["member_offset"]), int(said["member_length"])
    except (KeyError, ValueError):
        return []
    return [f"tail -c +{begin + 1} {quote('./' + file)} | head -c {length} > ./part"]


def _commands(file: str, steps: list[str], kind: str, innermost: str) -> Iterator[str]:
    outer = ""
    for place, step in enumerate(steps):
        if place:
            kind = "tnef" if file.lower() == _OUTLOOKS else kind_by_name(file)
        if place == len(steps) - 1:
            kind = innermost
        if outer == kind == "tnef" and file.lower() != _OUTLOOKS:
            yield f"tail -c +{_IID_BYTES + 1} {quote('./' + file)} | tnef"
        else:
            yield _command(kind, f"./{file}", step)
        file, outer = step.rpartition("/")[2], kind


def _command(kind: str, file: str, member: str) -> str:
    if kind == "pdf":
        return _of_pdf(file, member)
    if kind in _MAIL:
        return f"munpack -t {quote(file)}"
    if kind == "sqlite":
        return _of_database(file, member)
    if kind == "plist" and (found := _BYTES.match(member)):
        first, last = int(found[1]), int(found[2])
        out = quote("./" + member)
        return f"tail -c +{first + 1} {quote(file)} | head -c {last - first + 1} > {out}"
    if kind == "tnef":
        return f"tnef {quote(file)}"
    if kind in _DISKS or kind in _OTHER_DISKS:
        return _of_disk(kind, file, member)
    if kind in _STORES:
        return f"readpst -S {quote(file)}"
    if kind in _COMPOUND:
        return f"7z e {quote(file)}"
    return _of_archive(kind, file, member)


def _of_archive(kind: str, file: str, member: str) -> str:
    """By its name. bsdtar decrypts zips alone; unrar is not free, and so never the first."""
    named = f"{quote(file)} -- {quote(member)} > {quote('./' + member.rpartition('/')[2])}"
    if kind == "7z":
        return f"7z e -so -spd {named}"
    command = f"bsdtar -xOf {named}"
    return (
        f"{command} (or, if it is encrypted: unrar p -inul {named})" if kind == "rar" else command
    )


def _of_pdf(file: str, member: str) -> str:
    """By its number; `pdfimages` undoes what is wrapped round it."""
    if found := _OBJECT.fullmatch(member):
        number = found[1]
        return (
            f"qpdf --raw-stream-data --show-object={number} {quote(file)} > {quote('./' + member)}"
            f" (or, if its digest is another: pdfimages -all {quote(file)} picture)"
        )
    if _OTHER_OBJECT.fullmatch(member):
        return f"pdfimages -all {quote(file)} picture"
    return f"qpdf --show-attachment={quote(member)} {quote(file)} > {quote('./' + member)}"


def _of_database(file: str, member: str) -> str:
    """By its table, row and column; what no table has any more comes back by `.recover`."""
    found = _ROW.fullmatch(member)
    if found is None:
        return f"sqlite3 {quote(file)} .recover | sqlite3 ./recovered.db"
    table, column = (each.replace('"', '""') for each in (found[1], found[3]))
    name = member.rpartition("/")[2].replace("'", "''")
    wanted = (
        f"SELECT writefile('./{name}', \"{column}\") "  # noqa: S608 - quoted; nobody here runs it
        f'FROM "{table}" WHERE rowid = {found[2]}'
    )
    return f"sqlite3 {quote(file)} {quote(wanted)}"


def _of_disk(kind: str, file: str, member: str) -> str:
    """By the partition and the path in it. What lies in LVM or the like is mounted by its own
    tools: of that the image is made plain."""
    found = _PARTITION.fullmatch(member)
    sector, layer, path = found.groups() if found else ("0", "", member)
    plain = file if kind in _DISKS else f"{file}.raw"
    steps = [f"qemu-img convert -O raw {quote(file)} {quote(plain)}"] if plain != file else []
    if layer and kind in _DISKS:
        return f"losetup -r -P -f --show {quote(file)}"
    if not layer:
        out = quote("./" + path.rpartition("/")[2])
        steps.append(f"fcat -o {sector} {quote('/' + path)} {quote(plain)} > {out}")
    return " && ".join(steps)
