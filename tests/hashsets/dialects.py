"""Lists as the field's programs write them, all of the same six files: what each must be read as.

A row says how many categories and sizes arrive; what cannot arrive must be said, by a word of what
is told of the import, or the whole list is refused in words. `FIELD` has them all, by name.
"""

# ruff: noqa: E501 - a row of a table is a line

import base64
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"
MD5 = (CASES / "in_one_line_comma.txt").read_text().split(", ")
SHA1 = [media["SHA1"].lower() for media in json.loads((CASES / "in_v_wrapped.json").read_text())
        ["d"]["results"]]  # fmt: skip
SHA256 = [hashlib.sha256(digest.encode()).hexdigest() for digest in MD5]
SHA512 = [hashlib.sha512(digest.encode()).hexdigest() for digest in MD5]
CATEGORIES = ["1", "2", "1", "3", "1", "2"]
NONE = [""] * 6
ROWS = list(zip(MD5, SHA1, CATEGORIES, strict=True))
VICS_2 = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/$metadata#Media"
VICS_1_3 = "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media"
NO_HEADER = "no header"


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A list of the six files."""

    content: str | bytes
    categories: list[str] = field(default_factory=lambda: CATEGORIES)
    size: int | None = None
    by: str = "md5"
    """The algorithm by which each is found."""
    entries: int = 6
    bad: int = 0
    """Lines or records that are refused."""
    said: tuple[str, ...] = ()
    """What must be told of columns, comments and cells that nothing was taken from."""
    refused: str = ""
    """What must be said of a list that is not imported at all."""


def _rows(form: str, *, head: str = "", foot: str = "") -> str:
    """A line a file: m MD5, s SHA-1, h SHA-256, x SHA-512, c category, n number; M, S, H capitals."""
    lines = [
        form.format(
            n=n, m=m, s=s, c=c, h=SHA256[n], x=SHA512[n], M=m.upper(), S=s.upper(),
            H=SHA256[n].upper(),
        )
        for n, (m, s, c) in enumerate(ROWS)
    ]  # fmt: skip
    return "\n".join([*([head] if head else []), *lines, *([foot] if foot else [])]) + "\n"


def _media(number: int, **more: object) -> dict[str, object]:
    md5, sha1, category = ROWS[number]
    return {
        "MediaID": number, "Category": int(category), "MD5": md5.upper(), "SHA1": sha1.upper(),
        "MediaSize": 100, **more,
    }  # fmt: skip


def _vics(context: str = VICS_2, key: str = "@odata.context") -> str:
    return json.dumps({key: context, "value": [_media(n) for n in range(6)]})


def _each(change: Callable[[int], dict[str, object]]) -> str:
    """VICS of which each record is changed."""
    return json.dumps({"value": [_media(n, **change(n)) for n in range(6)]})


def _zip(*files: tuple[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files:
            archive.writestr(name, text)
    return stream.getvalue()


def _base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()


def _encase() -> bytes:
    """EnCase 6's .hash: a head of 1152 bytes, then 16 of MD5 and two more of each."""
    head = b"HASH\r\n\xff\x00" + bytes(1024) + "lab".encode("utf-16-le")
    rows = (bytes.fromhex(digest) + b"\x00\x00" for digest in MD5)
    return head.ljust(1152, b"\x00") + b"".join(rows)


def _not_here(content: str | bytes) -> Dialect:
    return Dialect(content=content, refused="no hash set that is known")


def _lost(content: str | bytes, *said: str, **more: Any) -> Dialect:
    """One whose categories do not arrive, or which has none."""
    return Dialect(content=content, categories=NONE, said=said, **more)


_TABLE = "{m};{c}"
TOOLS: dict[str, Dialect] = {
    "md5sum": _lost(_rows("{m}  /home/a b/{n}.jpg")),
    "md5sum, binary": _lost(_rows("{m} *{n}.jpg")),
    "md5sum, names escaped": _lost(_rows("\\{m}  na\\nme{n}.jpg")),
    "md5sum --tag": _lost(_rows("MD5 (p {n}.jpg) = {m}")),
    "md5sum --zero": _not_here("".join(f"{m}  {n}.jpg\0" for n, m in enumerate(MD5))),
    "sha1sum": _lost(_rows("{s}  {n}.jpg"), by="sha1"),
    "sha256sum": _lost(_rows("{h}  {n}.jpg"), by="sha256"),
    "sha256sum --tag": _lost(_rows("SHA256 ({n}.jpg) = {h}"), by="sha256"),
    "sha512sum": _not_here(_rows("{x}  {n}.jpg")),
    "openssl 1": _lost(_rows("MD5({n}.jpg)= {m}")),
    "openssl 3": _lost(_rows("SHA2-256({n}.jpg)= {h}"), by="sha256"),
    "openssl -r": _lost(_rows("{m} *{n}.jpg")),
    "hashdeep, three algorithms": _lost(
        _rows(
            "100,{m},{s},{h},C:\\a, b\\{n}.jpg",
            head="%%%% HASHDEEP-1.0\n%%%% size,md5,sha1,sha256,filename\n"
            "## Invoked from: C:\\x\n## C:\\> hashdeep.exe -r .\n##",
        ),
        "filename", size=100,
    ),
    "hashdeep, MD5": _lost(
        _rows("100,{m},/a/{n}", head="%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n## $ x\n##"),
        "filename", size=100,
    ),
    "hashdeep, Tiger": _not_here(
        _rows("100,{s}00000000,/{n}", head="%%%% HASHDEEP-1.0\n%%%% size,tiger,filename\n##")
    ),
    "md5deep -z": _lost(_rows("     100  {m}  /a/{n}.jpg")),
    "md5deep -c": _lost(_rows("{m},/a/{n}.jpg"), NO_HEADER),
    "md5deep -t": _lost(_rows("{m}  2026:03:01:10:00:00  /a/{n}.jpg")),
    "md5deep -d": _not_here(
        _rows(
            "<fileobject><filename>{n}</filename><hashdigest type='MD5'>{m}</hashdigest></fileobject>",
            head="<?xml version='1.0'?>\n<dfxml>", foot="</dfxml>",
        )
    ),
    "rhash": _lost(_rows("{m}  {n}.jpg")),
    "rhash --magnet": _not_here(_rows("magnet:?xl=100&dn={n}.jpg&xt=urn:md5:{m}&xt=urn:sha1:{s}")),
    "certutil": _lost(
        _rows("MD5 hash of C:\\{n}.jpg:\n{m}\nCertUtil: -hashfile command completed successfully."),
        bad=12,
    ),
    "certutil, of Windows 7": _lost(
        "".join(f"MD5 hash of file {n}:\n{' '.join(m[a : a + 2] for a in range(0, 32, 2))}\n"
                for n, m in enumerate(MD5)),
        bad=6,
    ),
    "Get-FileHash | Export-Csv": _lost(
        _rows(
            '"MD5","{M}","C:\\a, b\\{n}.jpg"',
            head='#TYPE Microsoft.PowerShell.Commands.FileHashInfo\n"Algorithm","Hash","Path"',
        ),
        "Path",
    ),
    "Get-FileHash | Export-Csv, SHA-256": _lost(
        _rows('"SHA256","{H}","C:\\{n}.jpg"', head='"Algorithm","Hash","Path"'), "Path", by="sha256"
    ),
    "Get-FileHash | Export-Csv, SHA-512": Dialect(
        content=_rows('"SHA512","{x}","C:\\{n}.jpg"', head='"Algorithm","Hash","Path"'),
        refused="SHA512, which seek does not compute",
    ),
    "Get-FileHash | Format-List": _lost(
        _rows("\nAlgorithm : MD5\nHash      : {M}\nPath      : C:\\a b\\{n}.jpg\n"), bad=12
    ),
    "Get-FileHash | ConvertTo-Json": _lost(
        json.dumps([{"Algorithm": "MD5", "Hash": m.upper(), "Path": "C:\\x"} for m in MD5], indent=4),
        "Path",
    ),
    "TeraCopy": _lost(
        _rows("{m} *{n}.jpg", head="; MD5 checksum file, generated by TeraCopy\n; teracopy.com")
    ),
    "Total Commander": _lost(_rows("{m} *{n}.jpg", head="; made by a program\n;")),
    "SFV": _not_here(_rows("{n}.jpg DEADBEEF", head="; made by a program")),
    "FCIV": _not_here(
        "<?xml version='1.0'?><FCIV>"
        + "".join(f"<FILE_ENTRY><MD5>{_base64(m)}</MD5></FILE_ENTRY>" for m in MD5) + "</FCIV>"
    ),
    "HashMyFiles, CSV": _lost(
        _rows(
            "{n}.jpg,{m},{s},deadbeef,{h},{x},,C:\\x,01.03.2026,100",
            head="Filename,MD5,SHA1,CRC32,SHA-256,SHA-512,SHA-384,Full Path,Modified Time,File Size",
        ),
        "Filename", "CRC32", "SHA-512", "SHA-384", "Full Path", "Modified Time", size=100,
    ),
    "HashMyFiles, text": _lost(
        _rows("=====\nFilename          : {n}.jpg\nMD5               : {m}\nFile Size  : 100\n====="),
        bad=24,
    ),
}  # fmt: skip

PROGRAMS: dict[str, Dialect] = {
    "EnCase .hash": _lost(_encase()),
    "EnCase, a table": Dialect(
        content=_rows("{n}\tlab\t{M}\t{S}\t{c}", head="Name\tHash Set Name\tMD5 Value\tSHA1 Value\tCategory"),
        said=("Name", "Hash Set Name"),
    ),
    "X-Ways, MD5": _lost(_rows("{M}", head="MD5")),
    "X-Ways, SHA-1": _lost(_rows("{S}", head="SHA-1"), by="sha1"),
    "X-Ways, SHA-256": _lost(_rows("{h}", head="SHA-256"), by="sha256"),
    "X-Ways, a directory listing": Dialect(
        content=_rows("{n}.jpg\t100\t{M}\t{c}", head="Name\tGröße\tHash¹ (MD5)\tKategorie"),
        size=100, said=("Name",),
    ),
    "X-Ways, two hashes": Dialect(
        content=_rows("{n}.jpg\t{M}\t{S}\t{c}", head="Name\tHash¹ (MD5)\tHash² (SHA-1)\tHash category"),
        said=("Name",),
    ),
    "FTK Imager": _lost(_rows('"{m}","{s}","x.E01\\a, {n}.jpg"', head="MD5,SHA1,FileNames"), "FileNames"),
    "FTK, KFF": _lost(
        _rows('"{n}","{M}","{S}","{H}","100","Alert"', head='"File Name","MD5","SHA1","SHA256","Size","Status"'),
        "File Name", "Status", size=100,
    ),
    "AXIOM": Dialect(
        content=_rows("{M},{S},100,{c}", head="MD5 Hash,SHA1 Hash,Size (Bytes),Media Category"), size=100
    ),
    "Griffeye": Dialect(
        content=_rows('"{n}","C:\\x, y",{M},{S},100,{c},"",""', head="File Name,File Path,MD5,SHA-1,File Size,Category,Series,Tags"),
        size=100, said=("File Name", "File Path", "Series", "Tags"),
    ),
    "Griffeye, in German": Dialect(
        content=_rows("{n};C:\\x;{M};{S};100;{c};", head="Dateiname;Dateipfad;MD5;SHA1;Dateigröße;Kategorie;Serie"),
        size=100, said=("Dateiname", "Dateipfad", "Serie"),
    ),
    "Cellebrite": Dialect(
        content=_rows("{n},p.jpg,{m},100,{c}", head="#,Name,MD5,Size (bytes),Category"), size=100, said=("Name",)
    ),
    "IPED, CSV": Dialect(
        content=_rows("{M},{S},lab,known,{c}", head="MD5,SHA1,set,status,vicCategory"), said=("set", "status")
    ),
    "HashKeeper": _lost(
        _rows('{n},1,"x, y","c:\\d","{M}",100,"",""', head='"file_id","hashset_id","file_name","directory","hash","file_size","date_modified","comments"'),
        "file_id", "hashset_id", "file_name", "directory", size=100,
    ),
    "NSRL RDSv1": _lost(
        _rows('"{S}","p",100,1,"W","00000000000000000000000000000000","{M}","0",""', head='"SHA-1","FileName","FileSize","ProductCode","OpSystemCode","MD4","MD5","CRC32","SpecialCode"'),
        "FileName", "MD4", size=100,
    ),
    "NSRL RDSv2": _lost(
        _rows('"{S}","{M}","0","na,mé",100,2,"358",""', head='"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"'),
        "FileName", size=100,
    ),
    "NSRL delta": _lost(
        _rows("INSERT INTO FILE VALUES('','{S}','{M}','0','it''s; x',100,3);"), "file_name", size=100
    ),
    "CIRCL hashlookup": _lost(
        "".join(json.dumps({"SHA-1": s, "MD5": m, "FileSize": "100", "hashlookup:trust": 50}) + "\n" for m, s, _ in ROWS),
        "hashlookup:trust", size=100,
    ),
    "MISP, CSV": Dialect(
        content=_rows('"0f1a{n}",1,"Payload delivery","md5","{m}","",1,2026', head="uuid,event_id,category,type,value,comment,to_ids,date"),
        categories=["Payload delivery"] * 6, said=("uuid", "event_id", "to_ids"),
    ),
    "MISP, JSON": Dialect(
        content=json.dumps({"Event": {"Attribute": [{"type": "md5", "category": "Payload delivery", "value": m} for m in MD5]}}),
        categories=["Payload delivery"] * 6,
    ),
    "MISP, names with digests": _lost(
        json.dumps({"Event": {"Attribute": [{"type": "filename|md5", "value": f"p.jpg|{m}"} for m in MD5]}}), NO_HEADER
    ),
    "MalwareBazaar": _lost(
        _rows('"2026-01-01", "{h}", "{m}", "{s}"', head='# a dump\n# "first_seen_utc","sha256_hash","md5_hash","sha1_hash"'),
        "first_seen_utc",
    ),
    "STIX, patterns": _not_here(
        json.dumps({"type": "bundle", "objects": [{"pattern": f"[file:hashes.MD5 = '{m}']"} for m in MD5]})
    ),
    "STIX, files": Dialect(
        content=json.dumps({"type": "bundle", "objects": [{"type": "file", "hashes": {"MD5": m}} for m in MD5]}),
        refused="no digest",
    ),
    "ThreatExchange, JSON": Dialect(
        content=json.dumps({"data": [{"indicator": m, "type": "HASH_MD5"} for m in MD5]}), refused="no digest"
    ),
    "ThreatExchange, CSV": _lost(_rows("md5,{m},lab,POSITIVE_CLASS,x", head="signal_type,signal_str,collab,category,tags")),
    "ThreatExchange, printed": _lost(_rows("md5 {m} 'lab' POSITIVE_CLASS x")),
    "ICSE": Dialect(
        content=_rows("{M};{S};;7;0;0;0;;1;1;Image;Yes", head="MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;Series name;Number of submissions;File Available;Media Type;Baseline"),
        categories=["baseline"] * 6, said=("Image ID", "Series name"),
    ),
    "NCMEC": Dialect(
        content='<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2"><images>'
        + _rows("<image><classification>A{c}</classification><fingerprints><md5>{m}</md5></fingerprints></image>")
        + "</images></queryResult>",
        categories=[f"A{each}" for each in CATEGORIES],
    ),
    "NCMEC, names with a prefix": Dialect(
        content='<n:queryResult xmlns:n="https://hashsharing.ncmec.org/hashsharing/v2"><n:images>'
        + _rows("<n:image><n:classification>B{c}</n:classification><n:fingerprints><n:md5>{m}</n:md5></n:fingerprints></n:image>")
        + "</n:images></n:queryResult>",
        categories=[f"B{each}" for each in CATEGORIES],
    ),
    "C4All, XML": _not_here(
        "<?xml version='1.0'?><ReportIndex>"
        + _rows("<Image><category>{c}</category><hash>{m}</hash></Image>") + "</ReportIndex>"
    ),
    "ssdeep": _not_here(_rows('3:abcDEF:xyz,"{n}.jpg"', head="ssdeep,1.1--blocksize:hash:hash,filename")),
    "eMule links": _not_here(_rows("ed2k://|file|a.jpg|100|{m}|/")),
    "a torrent": _not_here(b"d4:infod6:pieces20:" + bytes.fromhex(SHA1[0]) + b"ee"),
    "SQL of another table": Dialect(content=_rows("INSERT INTO `hashes` VALUES ('{m}',{c});"), refused="no usable record"),
}  # fmt: skip

PROJECT_VIC: dict[str, Dialect] = {
    "VICS 2.0": Dialect(content=_vics(), size=100, said=("MediaID",)),
    "VICS 1.3": Dialect(content=_vics(VICS_1_3, "odata.metadata"), size=100),
    "VICS 1.2, CAID": Dialect(content=_vics(VICS_1_3.replace("1.3", "1.2"), "odata.metadata"), size=100),
    "VICS 1.1": Dialect(content=_vics(VICS_1_3.replace("1.3", "1.1"), "odata.metadata"), size=100),
    "VICS with a next page": Dialect(content=_vics().replace('"value"', '"@odata.count": 6, "@odata.nextLink": null, "value"'), size=100),
    "VICS, the context last": Dialect(content=json.dumps({"value": [_media(n) for n in range(6)], "@odata.context": VICS_2}), size=100),
    "VICS, slashes escaped": Dialect(content=_vics().replace("/", "\\/"), size=100),
    "VICS, types annotated": Dialect(content=_each(lambda n: {"@odata.type": "#X.Media", "MediaID@odata.type": "#Int64"}), size=100),
    "VICS, all texts": Dialect(content=_each(lambda n: {"Category": CATEGORIES[n], "MediaSize": "100"}), size=100),
    "VICS, categories with a zero": Dialect(content=_each(lambda n: {"Category": f"0{CATEGORIES[n]}"}), size=100),
    "VICS, categories with a word": Dialect(content=_each(lambda n: {"Category": f"Category {CATEGORIES[n]}"}), size=100),
    "VICS, categories in words": Dialect(
        content=_each(lambda n: {"Category": ("Alpha", "Beta", "Gamma")[int(CATEGORIES[n]) - 1]}),
        categories=["Alpha", "Beta", "Alpha", "Gamma", "Alpha", "Beta"], size=100,
    ),
    "VICS, categories that are objects": _lost(_each(lambda n: {"Category": {"Id": 1}}), "its category", size=100),
    "VICS, no categories": _lost(_each(lambda n: {"Category": None}), size=100),
    "VICS, categories of 0": _lost(_each(lambda n: {"Category": 0}), size=100),
    "VICS, sizes with blanks": Dialect(content=_each(lambda n: {"MediaSize": " 100 "}), size=100),
    "VICS, sizes that are none": Dialect(content=_each(lambda n: {"MediaSize": "100 bytes"}), said=("its size",)),
    "VICS, MD5 in base64": Dialect(content=_each(lambda n: {"MD5": _base64(MD5[n])}), size=100),
    "VICS, MD5 with marks": Dialect(content=_each(lambda n: {"MD5": f"0x{MD5[n]}"}), size=100),
    "VICS, MD5 broken": Dialect(content=_each(lambda n: {"MD5": MD5[n][:-1]}), by="sha1", size=100, said=("its md5",)),
    "VICS, alternative hashes": Dialect(
        content=json.dumps({"value": [
            {"MediaID": n, "Category": c, "AlternativeHashes": [{"HashName": "MD5", "HashValue": m}]}
            for n, (m, _, c) in enumerate(ROWS)]}),
    ),
    "VICS, hashes in an object": Dialect(
        content=json.dumps({"value": [{"MediaID": n, "Category": c, "Hashes": {"MD5": m}} for n, (m, _, c) in enumerate(ROWS)]}),
        refused="no digest",
    ),
    "VICS in a zip": Dialect(content=_zip(("lab.json", _vics())), size=100),
    "VICS in a zip of several": Dialect(content=_zip(("a.json", _vics()), ("b.json", _vics())), refused="holds 2 files"),
    "VICS in gzip": Dialect(content=gzip.compress(_vics().encode()), size=100),
    "VICS, a case": Dialect(
        content=json.dumps({"@odata.context": VICS_2.replace("Media", "Cases"), "value": [
            {"CaseID": "1", "TotalMediaFiles": 99, "Media": [_media(n) for n in range(6)]}]}),
        size=100,
    ),
    "JSON lines": Dialect(content="".join(json.dumps(_media(n)) + "\n" for n in range(6)), size=100),
    "JSON, a bare array": Dialect(content=json.dumps([_media(n) for n in range(6)]), size=100),
    "JSON, of digests": _lost(json.dumps(MD5)),
    "JSON, digests in an object": Dialect(content=json.dumps({"hashes": MD5}), refused="no digest"),
    "JSON, digests as keys": Dialect(content=json.dumps({m: {"category": c} for m, _, c in ROWS}), refused="no digest"),
    "JSON, columns": Dialect(content=json.dumps({"md5": MD5, "category": CATEGORIES}), refused="no digest"),
    "JSON, rows": Dialect(content=json.dumps([["md5", "category"], *([m, c] for m, _, c in ROWS)]), refused="not an object"),
}  # fmt: skip

SPREADSHEETS: dict[str, Dialect] = {
    "CSV of commas": Dialect(content=_rows("{m},{c}", head="MD5,Category")),
    "CSV of semicolons": Dialect(content=_rows(_TABLE, head="MD5;Category")),
    "CSV of tabs": Dialect(content=_rows("{m}\t{c}", head="MD5\tCategory")),
    "CSV of bars": Dialect(content=_rows("{m}|{c}", head="MD5|Category")),
    "CSV of blanks": Dialect(content=_rows("{m}  100   {c}", head="MD5        Size  Category"), size=100),
    "CSV of blanks, quoted": Dialect(content=_rows('"{m}" "{c}"', head='"MD5" "Category"')),
    "CSV, everything quoted": Dialect(content=_rows('"{m}","{c}"', head='"MD5","Category"')),
    "CSV of carets": _not_here(_rows("{m}^{c}", head="MD5^Category")),
    "a table in Markdown": Dialect(content=_rows("| {m} | {c} |", head="| MD5 | Category |\n|-----|---|")),
    "sep=": Dialect(content=_rows(_TABLE, head="sep=;\nMD5;Category")),
    "a title": Dialect(content=_rows(_TABLE, head="List of the lab;\n\nMD5;Category")),
    "a comment": Dialect(content=_rows(_TABLE, head="# MD5 list of the lab\nMD5;Category")),
    "the header in a comment": Dialect(content=_rows(_TABLE, head="# MD5;Category")),
    "blanks round everything": Dialect(content=_rows("{m} ; {c} ", head=" MD5 ; Category ")),
    "a delimiter too many": Dialect(content=_rows("{m};{c};", head="MD5;Category;")),
    "rows that are too short": _lost(_rows("{m};100", head="MD5;Size;Category"), "its columns", size=100),
    "the header twice": Dialect(content=_rows(_TABLE, head="MD5;Category", foot="MD5;Category"), bad=1),
    "a sum below": Dialect(content=_rows(_TABLE, head="MD5;Category", foot="Total;6"), bad=1),
    "blank rows": Dialect(content=_rows(_TABLE + "\n;\n", head="MD5;Category")),
    "formulas": Dialect(content=_rows('="{m}";{c}', head="MD5;Category")),
    "formulas, quoted": Dialect(content=_rows('"=""{m}""";{c}', head="MD5;Category")),
    "apostrophes": Dialect(content=_rows("'{m};{c}", head="MD5;Category")),
    "a digest that became a number": Dialect(content=_rows("{m};{c}", head="MD5;Category", foot="1,23E+31;1"), bad=1),
    "a digest that lost its zero": Dialect(content=_rows("{m};{c}", head="MD5;Category", foot="1" * 31 + ";1"), bad=1),
    "a row in a comment": Dialect(
        content=_rows(_TABLE, head="MD5;Category", foot=f"#{'e' * 32};1"), said=("# or ;",)
    ),
    "comments in quotes": Dialect(content=_rows('{m},"a\nb",{c}', head="MD5,Note,Category"), said=("Note",)),
    "quotes in comments": Dialect(content=_rows('{m},"a ""b"", c",{c}', head="MD5,Note,Category"), said=("Note",)),
    "quotes with backslashes": Dialect(content=_rows('{m},"a \\"b, c",{c}', head="MD5,Note,Category"), refused="not a row of a table"),
    "the parent's MD5 beside it": Dialect(content=_rows("{m};" + "e" * 32 + ";{c}", head="MD5;Parent MD5;Category"), said=("Parent MD5",)),
    "two columns of one name": Dialect(content=_rows("{m};{s};{c}", head="Hash;Hash;Category"), said=("Hash",)),
    "an algorithm a row": Dialect(content=_rows("{m};MD5;{c}", head="Hash;Algorithm;Category")),
    "MD5 below SHA1": Dialect(content=_rows(_TABLE, head="SHA1;Category"), refused="sha1 has 32 characters"),
    "ED2K beside MD5": Dialect(content=_rows("{s};{m};{c}", head="ED2K;MD5;Category"), said=("ED2K",)),
    "Roman numbers": Dialect(
        content=_rows("{m};{c}", head="MD5;Category").replace(";3", ";III").replace(";2", ";II").replace(";1", ";I"),
        categories=["I", "II", "I", "III", "I", "II"],
    ),
    "numbers with a fraction": Dialect(content=_rows("{m};{c}.0", head="MD5;Category")),
    "an .xlsx": Dialect(content=_zip(("[Content_Types].xml", "<x/>"), ("xl/sharedStrings.xml", "".join(MD5))), refused="holds 2 files"),
}  # fmt: skip

BY_HAND: dict[str, Dialect] = {
    "a line each": _lost("\n".join(MD5)),
    "in capitals": _lost("\n".join(MD5).upper()),
    "0x": _lost(_rows("0x{m}")),
    "bytes apart by colons": _lost("\n".join(":".join(m[a : a + 2] for a in range(0, 32, 2)) for m in MD5)),
    "bytes apart by blanks": _lost("\n".join(" ".join(m[a : a + 2] for a in range(0, 32, 2)) for m in MD5)),
    "bullets": _lost(_rows("- {m}")),
    "numbered": _lost(_rows("{n}. {m}")),
    "numbered, with a bracket": _lost(_rows("{n}) {m}")),
    "in quotes": _lost(_rows('"{m}",')),
    "in backquotes": _lost(_rows("`{m}`")),
    "YAML": _lost(_rows("- md5: {m}\n  category: {c}"), bad=6),
    "INI": _lost(_rows("[{n}]\nmd5={m}\ncategory={c}\n"), bad=12),
    "a category behind, no header": _lost(_rows("{m};{c}"), NO_HEADER),
    "a category before, no header": _lost(_rows("{c};{m}"), NO_HEADER),
    "a category behind a blank": _lost(_rows("{m} {c}"), NO_HEADER),
    "a category behind a tab": _lost(_rows("{m}\t{c}"), NO_HEADER),
    "a category in words behind": _lost(_rows("{m}  CAT {c}"), NO_HEADER),
    "two digests and a category": _lost(_rows("{m},{s},{c}"), NO_HEADER, entries=12),
    "categories in comments": _lost(_rows("# Category {c}\n{m}"), "a comment speaks of a category"),
    "categories in comments, in German": _lost(_rows("; Kategorie: {c}\n{m}"), "a comment speaks of a category"),
    "categories as headings": _lost(_rows("[Category {c}]\n{m}"), bad=6),
    "a page": _not_here("<html>" + _rows("<tr><td>{m}</td></tr>") + "</html>"),
    "rich text": _not_here("{\\rtf1\\ansi " + _rows("{m}\\par") + "}"),
    "a PDF": _not_here("%PDF-1.4\n" + _rows("({m}) Tj") + "%%EOF"),
    "UTF-32": _not_here(_rows(_TABLE, head="MD5;Category").encode("utf-32")),
    "EBCDIC": _not_here(_rows(_TABLE, head="MD5;Category").encode("cp037")),
    "zeros behind": _not_here(_rows(_TABLE, head="MD5;Category") + "\0" * 512),
    "a form feed and Ctrl-Z behind": Dialect(content=_rows(_TABLE, head="MD5;Category") + "\x0c\x1a", bad=1),
}  # fmt: skip

FIELD = TOOLS | PROGRAMS | PROJECT_VIC | SPREADSHEETS | BY_HAND
