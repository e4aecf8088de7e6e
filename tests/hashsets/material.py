"""Hash-set files of every format, made from harmless generated contents by their descriptions.

Real tools make theirs where they run here: md5sum, sha256sum, hashdeep, hfind, sqlite3.
"""

import gzip
import hashlib
import json
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

CONTENTS = [b"harmless content %d" % number for number in range(300)]
MD5 = [hashlib.md5(content, usedforsecurity=False).hexdigest() for content in CONTENTS]
SHA1 = [hashlib.sha1(content, usedforsecurity=False).hexdigest() for content in CONTENTS]
SHA256 = [hashlib.sha256(content).hexdigest() for content in CONTENTS]
PHOTODNA = [bytes([n >> 8, n & 255]) + bytes(range(142)) for n in range(300)]
SIZES = [len(content) for content in CONTENTS]
ALL = list(zip(MD5, SHA1, SHA256, SIZES, strict=True))
VICS_2 = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/$metadata#Media"
VICS_CASE = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Cases"
VICS_1_3 = "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media"
VICS_1_2 = "http://github.com/ICMEC/ProjectVic/DataModels/1.2.xml#Media"


@dataclass(frozen=True)
class Made:
    """A fixture's file, and what it must be read as."""

    path: Path
    format: str
    digests: set[str]
    sized: bool = False
    category: str = ""
    count: int = len(CONTENTS)
    dropped: dict[str, int] = field(default_factory=dict)


def _text(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def plain(folder: Path) -> Made:
    return Made(_text(folder, "plain.txt", "\r\n".join(MD5)), "list of digests", {"md5"})


def mixed(folder: Path) -> Made:
    upper = [digest.upper() for digest in SHA256[200:]]
    text = "# lab list\n\n" + "\n".join(MD5[:100] + SHA1[100:200] + upper) + "\n; end\n"
    return Made(_text(folder, "mixed.txt", text), "list of digests", set())


def utf16(folder: Path) -> Made:
    path = _text(folder, "powershell.txt", "\r\n".join(MD5), "utf-16")
    return Made(path, "list of digests", {"md5"})


def bsd(folder: Path) -> Made:
    text = "".join(f"SHA1 (a (b) = c.jpg) = {digest}\n" for digest in SHA1)
    return Made(_text(folder, "bsd.txt", text), "list of digests", {"sha1"})


def _files(folder: Path) -> list[str]:
    place = folder / "files"
    place.mkdir(exist_ok=True)
    for number, content in enumerate(CONTENTS):
        (place / f"{number}, a.jpg").write_bytes(content)
    return [str(path) for path in sorted(place.iterdir())]


def _made_by(folder: Path, name: str, *command: str) -> Path:
    path = folder / name
    path.write_bytes(subprocess.check_output([*command, *_files(folder)]))
    return path


def md5sum(folder: Path) -> Made:
    return Made(_made_by(folder, "list.md5", "md5sum"), "list of digests", {"md5"})


def sha256sum(folder: Path) -> Made:
    return Made(_made_by(folder, "list.sha", "sha256sum", "-b"), "list of digests", {"sha256"})


def hashdeep(folder: Path) -> Made:
    path = _made_by(folder, "hashdeep.txt", "hashdeep", "-c", "md5,sha1,sha256")
    return Made(path, "hashdeep", {"md5", "sha1", "sha256"}, sized=True)


def csv(folder: Path) -> Made:
    rows = "".join(f'"a;b";{m};{s};{size};2\n' for m, s, _, size in ALL)
    path = _text(folder, "a.csv", "\ufeffName;MD5;SHA-1;File Size;Category\n" + rows)
    return Made(path, "CSV", {"md5", "sha1"}, sized=True, category="2")


def icse(folder: Path) -> Made:
    header = (
        "MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;"
        "Series name;Number of submissions;File Available;Media Type;Baseline\n"
    )
    rows = "".join(
        f"{m.upper()};{s.upper()};{p.hex()};7;0;0;0;;1;1;Image;Yes\n"
        for (m, s, _, _), p in zip(ALL, PHOTODNA, strict=True)
    )
    path = _text(folder, "icse.csv", header + rows)
    return Made(path, "ICSE CSV", {"md5", "sha1"}, category="baseline")


def hashkeeper(folder: Path) -> Made:
    names = "file_id hashset_id file_name directory hash file_size date_modified time_modified"
    names += " time_zone comments date_accessed time_accessed"
    header = ",".join(f'"{name}"' for name in names.split()) + "\r\n"
    rows = "".join(
        f'{number},1,"x, y.jpg","c:\\d","{m.upper()}",{size},"","","","","",""\r\n'
        for number, (m, _, _, size) in enumerate(ALL)
    )
    path = _text(folder, "keeper.hsh", header + rows)
    return Made(path, "HashKeeper", {"md5"}, sized=True)


RDS_2 = '"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"\r\n'


def _rds2_text() -> str:
    return RDS_2 + "".join(
        f'"{s.upper()}","{m.upper()}","00000000","na,mé.jpg",{size},21000,"358",""\r\n'
        for m, s, _, size in ALL
    )


def rds2(folder: Path) -> Made:
    path = _text(folder, "NSRLFile.txt", _rds2_text(), "latin-1")
    return Made(path, "NSRL RDSv2", {"md5", "sha1"}, sized=True)


def rds2_zip(folder: Path) -> Made:
    path = folder / "rds.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rds/NSRLMfg.txt", "MfgCode,MfgName\n")
        archive.writestr("rds/NSRLFile.txt", _rds2_text().encode("latin-1"))
    return Made(path, "NSRL RDSv2, zip", {"md5", "sha1"}, sized=True)


def gzipped(folder: Path) -> Made:
    path = folder / "list.gz"
    path.write_bytes(gzip.compress("\n".join(MD5).encode()))
    return Made(path, "list of digests, gzip", {"md5"})


def rds3(folder: Path) -> Made:
    path = folder / "rds.db"
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE METADATA(sha256 VARCHAR, sha1 VARCHAR, md5 VARCHAR, crc32 VARCHAR,"
        " file_name VARCHAR, file_size INTEGER, package_id INTEGER);"
        "CREATE VIEW FILE AS SELECT * FROM METADATA;"
    )
    rows = [
        (h.upper(), s.upper(), m.upper(), "0", "n.jpg", size, package)
        for m, s, h, size in ALL
        for package in (1, 2)
    ]
    database.executemany("INSERT INTO METADATA VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    database.commit()
    database.close()
    dropped = {"the same file in another package": 300}
    return Made(path, "NSRL RDSv3", {"md5", "sha1", "sha256"}, True, "", 600, dropped)


def rds3_delta(folder: Path) -> Made:
    rows = "".join(
        "INSERT INTO FILE(sha256,sha1,md5,crc32,file_name,file_size,package_id)"
        f" VALUES('{h}','{s}','{m}','0','it''s (x), y',{size},3);\n"
        for m, s, h, size in ALL
    )
    gone = "DELETE FROM FILE WHERE md5='00';\n"
    text = f"BEGIN TRANSACTION;\n{rows}{gone}COMMIT;\n"
    path = _text(folder, "delta.sql", text)
    return Made(path, "NSRL RDSv3 delta", {"md5", "sha1", "sha256"}, sized=True)


ENCASE_HEAD = b"HASH\r\n\xff\x00".ljust(1032, b"\0") + "lab set".encode("utf-16-le")


def encase(folder: Path) -> Made:
    path = folder / "lab.hash"
    records = b"".join(bytes.fromhex(m) + b"\0\0" for m in MD5)
    path.write_bytes(ENCASE_HEAD.ljust(1152, b"\0") + records)
    return Made(path, "EnCase .hash", {"md5"})


def tsk_index(folder: Path) -> Made:
    _text(folder, "l.md5", "".join(f"{m}  {n}.jpg\n" for n, m in enumerate(MD5)))
    subprocess.run(["hfind", "-i", "md5sum", "l.md5"], cwd=folder, check=True, capture_output=True)
    return Made(folder / "l.md5-md5.idx", "TSK index", {"md5"})


def kdb(folder: Path) -> Made:
    path = folder / "lab.kdb"
    subprocess.run(["hfind", "-c", str(path)], check=True, capture_output=True)
    database = sqlite3.connect(path)
    database.executemany("INSERT INTO hashes(md5) VALUES (?)", [(bytes.fromhex(m),) for m in MD5])
    database.commit()
    database.close()
    return Made(path, "Autopsy .kdb", {"md5"})


def iped(folder: Path) -> Made:
    path = folder / "hashes.db"
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE HASHES(HASH_ID INTEGER PRIMARY KEY, MD5 BLOB UNIQUE, SHA1 BLOB UNIQUE,"
        " SHA256 BLOB UNIQUE, SHA512 BLOB UNIQUE, EDONKEY BLOB UNIQUE);"
        "CREATE TABLE PROPERTIES(PROPERTY_ID INTEGER PRIMARY KEY, PROPERTY_NAME TEXT);"
        "CREATE TABLE HASHES_PROPERTIES(HASH_ID INTEGER, PROPERTY_ID INTEGER, VALUE TEXT);"
        "INSERT INTO PROPERTIES VALUES (1, 'set'), (2, 'vicCategory');"
    )
    for number, (m, s, _, _) in enumerate(ALL, start=1):
        digests = (number, bytes.fromhex(m), bytes.fromhex(s))
        database.execute("INSERT INTO HASHES VALUES (?, ?, ?, NULL, NULL, NULL)", digests)
        database.execute("INSERT INTO HASHES_PROPERTIES VALUES (?, 1, 'lab|partner')", (number,))
        database.execute("INSERT INTO HASHES_PROPERTIES VALUES (?, 2, '2|1')", (number,))
    database.commit()
    database.close()
    return Made(path, "IPED hashes.db", {"md5", "sha1"}, category="1")


def media(number: int) -> dict[str, object]:
    m, s, h, size = ALL[number]
    odd = number % 2 == 1
    return {
        "MediaID": number,
        "Category": "1" if odd else 1,
        "MD5": m.upper(),
        "SHA1": s.upper(),
        "MediaSize": str(size) if odd else size,
        "IsPrecategorized": "false" if odd else False,
        "Series": {"Name": "synthetic"} if odd else "synthetic",
        "AlternativeHashes": [{"HashName": "SHA256", "HashValue": h}],
    }


def _vics(folder: Path, name: str, key: str, context: str, *, bom: bool = False) -> Path:
    values = [media(number) for number in range(len(CONTENTS))]
    text = json.dumps({key: context, "value": values})
    return _text(folder, name, text, "utf-8-sig" if bom else "utf-8")


def vics2(folder: Path) -> Made:
    path = _vics(folder, "vics2.json", "@odata.context", VICS_2, bom=True)
    return Made(path, "VICS 2.0 JSON", {"md5", "sha1", "sha256"}, sized=True, category="1")


def vics13(folder: Path) -> Made:
    path = _vics(folder, "vics13.json", "odata.metadata", VICS_1_3)
    return Made(path, "VICS 1.3 JSON", {"md5", "sha1", "sha256"}, sized=True, category="1")


def caid(folder: Path) -> Made:
    path = _vics(folder, "caid.json", "odata.metadata", VICS_1_2)
    return Made(path, "VICS 1.2 JSON", {"md5", "sha1", "sha256"}, sized=True, category="1")


def vics_case(folder: Path) -> Made:
    values = [media(number) for number in range(len(CONTENTS))]
    case = {"CaseID": "1", "CaseMetadata": [], "TotalMediaFiles": 9, "Media": values}
    path = _text(folder, "case.json", json.dumps({"@odata.context": VICS_CASE, "value": [case]}))
    return Made(path, "VICS 2.0 JSON", {"md5", "sha1", "sha256"}, sized=True, category="1")


NCMEC_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">'
)


def ncmec(folder: Path) -> Made:
    images = "".join(
        f'<image><member id="1">M</member><timestamp>t</timestamp><id>{m}</id>'
        "<classification>A1</classification>"
        f"<fingerprints><md5>{m}</md5><sha1>{s}</sha1></fingerprints></image>\n"
        for m, s, _, _ in ALL
    )
    gone = "<deletedImage><member/><id>1</id></deletedImage>"
    text = f'{NCMEC_HEAD}<images count="300">{images}{gone}</images><videos/></queryResult>'
    path = _text(folder, "ncmec.xml", text)
    dropped = {"deleted at the source": 1}
    return Made(path, "NCMEC XML", {"md5", "sha1"}, category="A1", dropped=dropped)


def pdq(folder: Path) -> Made:
    text = "".join(f"{h},100\n" for h in SHA256) + f"{SHA256[0]},3\n"
    path = _text(folder, "hashes.txt", text)
    return Made(path, "PDQ list", set(), count=301, dropped={"quality below 50": 1})


def signals(folder: Path) -> Made:
    """As `threatexchange dataset -P --csv` writes it."""
    head = "signal_type,signal_str,collab,category,tags\r\n"
    rows = "".join(
        f"pdq,{h},Sample,POSITIVE_CLASS,a b\r\nurl,http://x,Sample,POSITIVE_CLASS,\r\n"
        for h in SHA256
    )
    harmless = f"pdq,{MD5[0]}{MD5[1]},Sample,NEGATIVE_CLASS,\r\n"
    path = _text(folder, "exchange.csv", head + rows + harmless)
    dropped = {"a signal that is not a digest": 300, "harmless, says the exchange": 1}
    return Made(path, "ThreatExchange CSV", set(), count=601, dropped=dropped)


def printed_signals(folder: Path) -> Made:
    """As `threatexchange dataset -P` and `-P -S` write it."""
    text = "".join(f"pdq {h} 'Sample' POSITIVE_CLASS a\n" for h in SHA256) + "raw_text some words\n"
    path = _text(folder, "signals.txt", text)
    dropped = {"a signal that is not a digest": 1}
    return Made(path, "ThreatExchange signals", set(), count=301, dropped=dropped)


def vpdq(folder: Path) -> Made:
    """Frames of a video: number, quality, value, seconds."""
    text = "".join(f"{n},100,{h},{n / 30:.3f}\n" for n, h in enumerate(SHA256))
    path = _text(folder, "video.txt", text + f"300,12,{SHA256[0]},10.000\n")
    return Made(path, "PDQ list", set(), count=301, dropped={"quality below 50": 1})


EVERY: dict[str, Callable[[Path], Made]] = {
    make.__name__: make
    for make in (
        *(plain, mixed, utf16, bsd, md5sum, sha256sum, hashdeep, csv, icse, hashkeeper),
        *(rds2, rds2_zip, gzipped, rds3, rds3_delta, encase, tsk_index, kdb, iped),
        *(vics2, vics13, caid, vics_case, ncmec, pdq, signals, printed_signals, vpdq),
    )
}
