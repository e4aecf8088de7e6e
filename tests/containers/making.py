"""Containers of every kind: by the tools that Python has, the others byte by byte.

Of those that no tool here can write, only what tells the kind is made: the header as the format's
document has it (they are named in triage/containers). Real ones lie in `archives`.
"""

import bz2
import gzip
import io
import lzma
import plistlib
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

from tests.parts.making import compound_file

ARCHIVES = Path(__file__).with_name("archives")
TEXT = b"Nothing but a harmless text.\n"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
                    "0000000a49444154789c6360000000020001"
                    "4821bc330000000049454e44ae426082")  # fmt: skip
"""A grey dot."""


def real(name: str) -> bytes:
    """One of the real archives."""
    return (ARCHIVES / name).read_bytes()


def zipped(
    members: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b""
) -> bytes:
    """A zip file; the first member is stored, as OpenDocument and EPUB want it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for number, (name, content) in enumerate(members.items()):
            file.writestr(name, content, zipfile.ZIP_STORED if number == 0 else method)
        file.comment = comment
    return out.getvalue()


def zip_crypto(name: str, content: bytes, password: bytes = b"peanuts") -> bytes:
    """A zip file with one member, stored, in PKWARE's old encryption (APPNOTE 6.1)."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = zlib.crc32(bytes([byte]), keys[0] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = zlib.crc32(bytes([keys[1] >> 24]), keys[2] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    for byte in password:
        update(byte)
    check = zlib.crc32(content)
    data = bytearray()
    for byte in bytes(11) + bytes([check >> 24]) + content:
        temp = (keys[2] | 2) & 0xFFFF
        data.append(byte ^ (((temp * (temp ^ 1)) >> 8) & 0xFF))
        update(byte)
    raw, told = name.encode(), (1, 0, 0, 33, check, len(data), len(content), len(name), 0)
    local = b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", 20, *told) + raw + data
    central = b"PK\x01\x02" + struct.pack("<HHHHHHIIIHH", 20, 20, *told) + bytes(14) + raw
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + b"PK\x05\x06" + end


def tarred(mode: str, members: Mapping[str, bytes], *, form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar file; `mode` as for tarfile: `w`, `w:gz` …"""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as file:  # type: ignore[call-overload]
        for name, content in members.items():
            told = tarfile.TarInfo(name)
            told.size = len(content)
            file.addfile(told, io.BytesIO(content))
    return out.getvalue()


def old_tar(name: str, content: bytes) -> bytes:
    """A tar file of 1979: no `ustar` in it."""
    block = bytearray(tarred("w", {name: content}, form=tarfile.USTAR_FORMAT))
    block[257:512] = bytes(255)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    return bytes(block)


def office(kind: str) -> bytes:
    """A Word, Excel or PowerPoint file, as far as the names of its parts go."""
    part = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml",
            "vsdx": "visio/document.xml"}[kind]  # fmt: skip
    return zipped({"[Content_Types].xml": b"<Types/>", "_rels/.rels": b"<x/>", part: b"<x/>",
                   part.partition("/")[0] + "/media/image1.png": PNG})  # fmt: skip


def open_document(what: str, *, locked: bool = False) -> bytes:
    """An OpenDocument file; encrypted as LibreOffice says it in the manifest."""
    said = b'<manifest:encryption-data manifest:checksum="x"/>' if locked else b""
    manifest = b'<manifest:file-entry manifest:full-path="content.xml">' + said + b"</x>"
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{what}".encode(),
            "content.xml": TEXT,
            "META-INF/manifest.xml": manifest * 30,
        }
    )


def mail(*, attachment: bytes = PNG) -> bytes:
    """A message by the library that writes messages."""
    message = EmailMessage()
    message["From"], message["To"] = "a@example.org", "b@example.org"
    message["Subject"], message["Date"] = "a picture", "Mon, 20 Nov 2023 10:00:00 +0000"
    message.set_content("See the attachment.\n")
    if attachment:
        message.add_attachment(attachment, maintype="image", subtype="png", filename="dot.png")
    return bytes(message)


def binary_plist(**said: object) -> bytes:
    """As iTunes writes Manifest.plist."""
    return plistlib.dumps({"Version": "10.0", "Date": "x", **said}, fmt=plistlib.FMT_BINARY)


def compound(*streams: str, **contents: bytes) -> bytes:
    """A compound file with these streams."""
    whole = {"WordDocument": bytes(5000), "Workbook": bytes(5000)} | contents
    return compound_file({name: whole.get(name, b"\x01" * 16) for name in streams})


def program_with(archive: bytes) -> bytes:
    """A program for Windows, as far as its sections go, and an archive behind them."""
    section = struct.pack("<8sIIIIIIHHI", b".text", 512, 4096, 512, 1024, 0, 0, 0, 0, 0)
    header = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80)
    pe = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x22) + bytes(240) + section
    return (header.ljust(0x80, b"\0") + pe).ljust(1536, b"\0") + archive


def arj(*, garbled: bool = False) -> bytes:
    """A main header and one of a file, each with its CRC and no extended header."""

    def header(flags: int, stored: int) -> bytes:
        raw = struct.pack("<BBBBBBBBIIIIHHH", 30, 11, 1, 0, flags, 0, 2, 0, 0, stored, stored,
                          0, 0, 0, 0) + b"a.txt\0\0"  # fmt: skip
        return (
            b"\x60\xea" + struct.pack("<H", len(raw)) + raw + struct.pack("<IH", zlib.crc32(raw), 0)
        )

    return header(0, 0) + header(garbled, len(TEXT)) + TEXT + b"\x60\xea\0\0"


def ace(*, locked: bool = False) -> bytes:
    """A main header, and one of a file."""
    main = struct.pack("<HHBH", 0, 31, 0, 0x0900) + b"**ACE**".ljust(28, b"\0")
    return main + struct.pack("<HHBHI", 0, 36, 1, 0x4001 if locked else 1, 4).ljust(40, b"\0")


def lzma_header(data: bytes) -> bytes:
    """The format of LZMA Utils."""
    return lzma.compress(data, lzma.FORMAT_ALONE)


def headed(*pieces: tuple[int, bytes], size: int = 4096) -> bytes:
    """Zeros with pieces in them, by their places."""
    content = bytearray(size)
    for at, piece in pieces:
        content[at : at + len(piece)] = piece
    return bytes(content)


MOBI_RECORD = 200
_CHM = b"ITSF\x03\0\0\0"
_MBOX = b"From someone Mon Nov 20 10:00:00 2023\n"


def _pst(client: bytes, *, wide: bool = True, crypt: int = 1) -> bytes:
    place = 513 if wide else 461
    version = struct.pack("<H", 23 if wide else 14)
    return headed((0, b"!BDN"), (8, client + version), (place, bytes([crypt])))


def plain() -> dict[str, list[tuple[str, bytes]]]:
    """Of every kind that need not be locked: names and contents."""
    epub = {"mimetype": b"application/epub+zip", "META-INF/container.xml": b"<x/>"}
    xps = {"[Content_Types].xml": b"<x/>", "FixedDocSeq.fdseq": b"<x/>"}
    partition = b"\x80\1\1\0\7" + bytes(3) + struct.pack("<II", 8, 99)
    manifest = {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n"}
    return {
        "zip": [("a.zip", zipped({"a.png": PNG})), ("b.zip", b"PK00" + zipped({"a": TEXT})),
                ("commented.zip", zipped({"a.png": PNG}, comment=b"some words" * 500)),
                ("no ending", zipped({"inner.zip": zipped({"a.png": PNG})}))],
        "7z": [("a.7z", real("7z.7z")), ("b.7z", real("7z-packed-header.7z"))],
        "rar": [("a.rar", real("rar4.rar")), ("b.rar", real("rar5.rar"))],
        "tar": [("a.tar", tarred("w", {"a.png": PNG})), ("old.tar", old_tar("a.png", PNG)),
                ("gnu.tar", tarred("w", {"2023-11/a.png": PNG}, form=tarfile.GNU_FORMAT))],
        "gzip": [("a.tar.gz", tarred("w:gz", {"a.png": PNG})), ("a.png.gz", gzip.compress(PNG))],
        "bzip2": [("a.tbz", tarred("w:bz2", {"a.png": PNG})), ("a.bz2", bz2.compress(PNG, 1))],
        "xz": [("a.tar.xz", tarred("w:xz", {"a.png": PNG}))],
        "lzma": [("a.lzma", lzma_header(PNG))],
        "lzip": [("a.lz", b"LZIP\x01\x0c" + PNG)],
        "lzop": [("a.lzo", b"\x89LZO\0\r\n\x1a\n" + PNG)],
        "zstd": [("a.zst", b"\x28\xb5\x2f\xfd\x24" + PNG),
                 ("b.zst", b"\x50\x2a\x4d\x18\x04\0\0\0four\x28\xb5\x2f\xfd" + PNG)],
        "lz4": [("a.lz4", b"\x04\x22\x4d\x18\x64" + PNG), ("b.lz4", b"\x02\x21\x4c\x18" + PNG),
                ("c.lz4", b"\x5f\x2a\x4d\x18\0\0\0\0\x04\x22\x4d\x18" + PNG)],
        "compress": [("a.Z", b"\x1f\x9d\x90" + PNG)],
        "cab": [("a.cab", real("cab.cab"))],
        "installshield": [("data1.cab", b"ISc(" + bytes(60))],
        "cpio": [("a.cpio", b"070701" + b"0" * 104 + b"a.png\0"), ("b.cpio", b"070707" + b"0" * 70),
                 ("c.cpio", struct.pack("<13H", 0o70707, *[0] * 9, 6, 0, 0) + b"a.png\0"),
                 ("d.cpio", struct.pack(">13H", 0o70707, *[0] * 9, 6, 0, 0) + b"a.png\0")],
        "ar": [("a.a", b"!<arch>\n" + b"a.o/".ljust(58) + b"`\n")],
        "arj": [("a.arj", arj())],
        "lha": [("a.lzh", real("lha.lzh"))],
        "ace": [("a.ace", ace())],
        "zoo": [("a.zoo", b"ZOO 2.10 Archive.\x1a\0\0\xdc\xa7\xc4\xfd" + bytes(20))],
        "stuffit": [("a.sit", b"StuffIt (c)1997-2002"), ("b.sitx", b"StuffIt!" + bytes(30))],
        "xar": [("a.pkg", b"xar!\0\x1c\0\x01" + bytes(20))],
        "uuencoded": [("a.uue", b"begin 644 a.png\n#0V%T\n`\nend\n")],
        "self-extracting": [("a.exe", program_with(real("rar5.rar"))),
                            ("b.exe", program_with(zipped({"a.png": PNG}))),
                            ("c.exe", program_with(b";!@Install@!UTF-8!\n" + real("7z.7z")))],
        "appended zip": [("a.jpg", b"\xff\xd8\xff\xe0" + bytes(500) + zipped({"a.png": PNG}))],
        "jar": [("a.jar", zipped({**manifest, "a/B.class": b"\xca\xfe\xba\xbe"}))],
        "apk": [("a.apk", zipped({"AndroidManifest.xml": b"\3", **manifest}))],
        "ipa": [("a.ipa", zipped({"Payload/a.app/a": TEXT}))],
        "msix": [("a.msix", zipped({"AppxManifest.xml": b"<x/>"}))],
        "crx": [("a.crx", b"Cr24\x03\0\0\0" + bytes(8) + zipped({"manifest.json": b"{}"}))],
        "deb": [("a.deb", b"!<arch>\ndebian-binary   0 ")],
        "rpm": [("a.rpm", b"\xed\xab\xee\xdb\3\0" + bytes(90))],
        "msi": [("a.msi", installer())],
        "pdf": [("a.pdf", real("pdf.pdf")), ("junk in front.PDF", b"\r\n\r\n" + real("pdf.pdf"))],
        "docx": [("a.docx", office("docx"))], "xlsx": [("a.xlsx", office("xlsx"))],
        "pptx": [("a.pptx", office("pptx"))], "vsdx": [("a.vsdx", office("vsdx"))],
        "xps": [("a.xps", zipped(xps))],
        "doc": [("a.doc", compound("1Table", "WordDocument"))],
        "xls": [("a.xls", compound("Workbook")), ("b.xls", compound("Book"))],
        "ppt": [("a.ppt", compound("Current User", "PowerPoint Document"))],
        "vsd": [("a.vsd", compound("VisioDocument"))], "pub": [("a.pub", compound("Quill"))],
        "ole": [("a.dat", compound("Contents")), ("Thumbs.db", compound("Catalog", "known.jpg"))],
        "odt": [("a.odt", open_document("text"))], "ods": [("a", open_document("spreadsheet"))],
        "odp": [("a.odp", open_document("presentation"))],
        "odg": [("a.odg", open_document("graphics-template"))],
        "rtf": [("a.rtf", rb"{\rtf1\ansi {\pict\pngblip 8950}}")],
        "epub": [("a.epub", zipped(epub))],
        "mobi": [("a.mobi", mobi(0))],
        "cbz": [("a.cbz", zipped({"1.png": PNG}))],
        "iwork": [("a.pages", zipped({"Index/Document.iwa": b"x", "Data/a.png": PNG}))],
        "kmz": [("a.kmz", zipped({"doc.kml": b"<kml/>", "a.png": PNG}))],
        "onenote": [("a.one", bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(90))],
        "chm": [("a.chm", _CHM + bytes(90))],
        "djvu": [("a.djvu", b"AT&TFORM\0\0\0\x10DJVU")],
        "eml": [("a.eml", mail()), ("b", b"Received: by x\r\n" + mail().replace(b"\n", b"\r\n")),
                ("1.emlx", b"%d      \n" % len(mail()) + mail())],
        "mbox": [("INBOX", _MBOX + mail() + b"\n" + _MBOX + mail()),
                 ("Sent", b"From - \r\nX-Mozilla-Status: 0001\r\n" + mail())],
        "mht": [("a.mht", mail()), ("page", b"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\n"
                                    b"Content-Type: multipart/related\r\n\r\n base64")],
        "msg": [("a.msg", compound("__nameid_version1.0", "__properties_version1.0"))],
        "pst": [("a.pst", _pst(b"SM")), ("old.pst", _pst(b"SM", wide=False, crypt=2))],
        "ost": [("a.ost", _pst(b"SO"))],
        "sqlite": [("a.db", headed((0, b"SQLite format 3\0\x10\0"), (100, b"\x0d"), (8191, b"\0"))),
                   ("a.db-wal", b"\x37\x7f\6\x82" + bytes(4200))],
        "plist": [("a.plist", binary_plist(Picture=PNG))],
        "dbx": [("a.dbx", b"\xcf\xad\x12\xfe\xc5\xfd\x74\x6f" + bytes(90))],
        "tnef": [("winmail.dat", b"\x78\x9f\x3e\x22" + bytes(90))],
        "notes": [("a.nsf", b"\x1a\0\0\x04\0\0" + bytes(90))],
        "iso": [("a.iso", headed((32769, b"CD001"), size=40960)),
                ("udf.iso", headed((32769, b"BEA01"), size=40960)),
                ("a.bin", b"\0" + b"\xff" * 10 + b"\0\0\2\0\1" + bytes(2336))],
        "dmg": [("a.dmg", b"x\xda" + bytes(600) + b"koly" + bytes(508)),
                ("a.sparseimage", b"sprs" + bytes(90))],
        "wim": [("a.wim", b"MSWIM\0\0\0" + bytes(200))],
        "vmdk": [("a.vmdk", b"KDMV\1\0\0\0" + bytes(90))],
        "vhd": [("a.vhd", b"conectix" + bytes(1024)),
                ("b.vhd", bytes(9000) + b"conectix".ljust(512))],
        "vhdx": [("a.vhdx", b"vhdxfile" + bytes(90))],
        "vdi": [("a.vdi", headed((0, b"<<< Oracle VM VirtualBox Disk Image >>>\n"),
                                 (64, b"\x7f\x10\xda\xbe")))],
        "qcow2": [("a.qcow2", headed((0, b"QFI\xfb\0\0\0\3")))],
        "ewf": [("a.E01", b"EVF\t\r\n\xff\0\1" + bytes(90)),
                ("a.Ex01", b"EVF2\r\n\x81\0" + bytes(9))],
        "aff": [("a.aff", b"AFF10\r\n\0" + bytes(90)),
                ("a.aff4", zipped({"container.description": b"aff4://x"}))],
        "ad1": [("a.ad1", b"ADSEGMENTEDFILE\0" + bytes(90))],
        "squashfs": [("a.snap", b"hsqs" + bytes(90))],
        "disk image": [("a.img", headed((446, partition), (510, b"\x55\xaa"), size=400 * 1024)),
                       ("floppy.img", headed((54, b"FAT12   "), (510, b"\x55\xaa"),
                                             size=360 * 1024))],
        "android backup": [("a.ab", b"ANDROID BACKUP\n5\n1\nnone\nx\x9c")],
        "warc": [("a.warc", b"WARC/1.0\r\nWARC-Type: warcinfo\r\n")],
        "chrome cache": [("0a1b_0", bytes.fromhex("305c72a71b6dfbfc") + bytes(90)),
                         ("data_3", b"\xc3\xca\x04\xc1" + bytes(90))],
    }  # fmt: skip


def locked() -> dict[str, list[tuple[str, bytes]]]:
    """Of every kind that can be encrypted."""
    file_pass = b"\x09\x08\x04\0" + bytes(4) + b"\x2f\0\x36\0"
    drm = {"mimetype": b"application/epub+zip", "META-INF/rights.xml": b"<x/>"}
    show = bytes(12) + struct.pack("<I", 0xF3D1C4DF) + bytes(40)
    smime = (b"MIME-Version: 1.0\nSubject: x\nContent-Type: application/pkcs7-mime;\n"
             b" smime-type=enveloped-data\n\nMIAG\n")  # fmt: skip
    pgp_mail = mail(attachment=b"").replace(b"See the", b"-----BEGIN PGP MESSAGE-----")
    bitlocker = headed((3, b"-FVE-FS-"), (510, b"\x55\xaa"), size=400 * 1024)
    return {
        "zip": [("a.zip", zip_crypto("a.png", PNG)), ("b.zip", real("zip-locked.zip")),
                ("c.zip", real("zip-names-locked.zip")),
                ("second.zip", second_member_locked()),
                ("cut off.zip", zip_crypto("a.png", PNG)[:-40])],
        "7z": [(name, real(name)) for name in ("7z-locked.7z", "7z-names-locked.7z",
               "7z-locked-in-part.7z", "7z-packed-header-locked.7z")],
        "rar": [(name, real(name)) for name in ("rar4-locked.rar", "rar4-names-locked.rar",
                "rar5-locked.rar", "rar5-names-locked.rar")],
        "arj": [("a.arj", arj(garbled=True))],
        "ace": [("a.ace", ace(locked=True))],
        "self-extracting": [("a.exe", program_with(real("rar4-locked.rar"))),
                            ("b.exe", program_with(zip_crypto("a", PNG))),
                            ("c.exe", program_with(real("7z-locked.7z")))],
        "appended zip": [("a.jpg", b"\xff\xd8\xff\xe0" + bytes(500) + zip_crypto("a.png", PNG))],
        "pdf": [(name, real(name)) for name in ("pdf-locked.pdf", "pdf-locked-xref-stream.pdf",
                "pdf-locked-linearised.pdf")],
        "docx": [("a.docx", compound("EncryptionInfo", "EncryptedPackage"))],
        "ooxml": [("no ending", compound("EncryptionInfo", "EncryptedPackage"))],
        "doc": [("a.doc", compound("WordDocument", WordDocument=headed((11, b"\1"), size=5000)))],
        "xls": [("a.xls", compound("Workbook", Workbook=file_pass + bytes(5000))),
                ("small.xls", compound("x", "Workbook", x=bytes(900), Workbook=file_pass))],
        "ppt": [("a.ppt", compound("PowerPoint Document", "Current User",
                                   **{"Current User": show})),
                ("b.ppt", compound("PowerPoint Document", "EncryptedSummary"))],
        "odt": [("a.odt", open_document("text", locked=True)),
                ("new.odt", zipped({"mimetype": b"application/vnd.oasis.opendocument.text",
                                    "encrypted-package": b"x"}))],
        "epub": [("a.epub", zipped(drm))],
        "mobi": [("a.azw", mobi(2))],
        "eml": [("a.eml", smime), ("b.eml", pgp_mail)],
        "mbox": [("a", _MBOX + pgp_mail)],
        "pst": [("a.pst", _pst(b"SM", crypt=16))],
        "dmg": [("a.dmg", b"encrcdsa" + bytes(600)), ("old.dmg", bytes(900) + b"cdsaencr")],
        "qcow2": [("a.qcow2", headed((0, b"QFI\xfb\0\0\0\3"), (35, b"\2")))],
        "ad1": [("a.ad1", b"ADCRYPT\0" + bytes(90))],
        "luks": [("vault", b"LUKS\xba\xbe\0\2" + bytes(4090))],
        "disk image": [("a.img", bitlocker)],
        "android backup": [("a.ab", b"ANDROID BACKUP\n5\n1\nAES-256\n00")],
        "itunes backup": [("Backup/0123/Manifest.plist", binary_plist(IsEncrypted=True))],
        "pgp": [("a.asc", b"-----BEGIN PGP MESSAGE-----\n\nhQ\n"),
                ("b", b"\x8c\x0d\4\x09\3\x08" + PNG),
                ("c.gpg", b"\x85\1\x0c\3" + bytes(99)), ("d.gpg", b"\xc1\xc0\x4c\3" + bytes(99))],
        "age": [("a.age", b"age-encryption.org/v1\n-> X25519 x\n")],
        "aescrypt": [("a.aes", b"AES\2\0\0\x1b" + bytes(90))],
        "axcrypt": [("a.axx", bytes.fromhex("c0b9072e4f93f146a015792ca1d9e821") + bytes(90))],
    }  # fmt: skip


def installer() -> bytes:
    """A compound file whose root has the class of an installer's package."""
    raw = bytearray(compound("\u4840\u3b3f"))
    root = raw.index("Root Entry".encode("utf-16-le"))
    raw[root + 80 : root + 96] = bytes.fromhex("84100c0000000000c000000000000046")
    return bytes(raw)


def mobi(encryption: int) -> bytes:
    """A Palm database with a first record."""
    return headed((60, b"BOOKMOBI"), (78, struct.pack(">I", MOBI_RECORD)),
                  (MOBI_RECORD + 12, struct.pack(">H", encryption)))  # fmt: skip


def second_member_locked() -> bytes:
    """A zip file of which one member needs no password; flags as both headers have them."""
    raw = bytearray(zipped({"read me.txt": TEXT, "secret.txt": TEXT}))
    for name in (b"PK\x03\x04", b"PK\x01\x02"):
        at = raw.rindex(name)
        raw[at + (6 if name[2] == 3 else 8)] |= 1
    return bytes(raw)
