"""Families of content - pictures, videos, documents, archives - by type and by name."""

import re
from functools import lru_cache

from triage.profile import Family

UNKNOWN = "application/octet-stream"
"""What libmagic says of bytes that it does not know; also ours for all zeros."""
_EXTENSIONS = {
    Family.PICTURES: """
        jpg jpeg jpe jfif jif jpg_large png apng webp gif bmp dib tif tiff avif avifs heic
        heif hif heics jp2 j2k jpx jxl ico cur psd psb xcf tga pcx ppm pgm pbm pnm svg svgz
        dds exr hdr thm cr2 cr3 crw nef nrw arw sr2 srf dng orf rw2 raf pef srw x3f raw 3fr
        erf kdc dcr mrw iiq mef rwl gpr qoi pam pfm ras pct ilbm lbm jng bpg flif pcd dcx xwd
        jpf jpm jpc j2c hif jxr psb targa mpo jps wdp hdp emf wmf eps ithmb itc itc2 pnm xpm xbm
        icns pict mng fits wbmp sgi
    """,
    Family.VIDEOS: """
        mp4 m4v mov qt avi mkv webm mpg mpeg mpe m1v m2v mpv vob ts mts m2ts m2t tod mod flv
        f4v wmv asf 3gp 3gpp 3g2 3gp2 ogv ogm rm rmvb divx xvid mxf dv insv lrv mjpeg mjpg amv
        mp4v mp2v m2p m4s cmfv ismv mj2 nut ivf y4m wtv dif gxf nsv nuv h264 h265 hevc obu dav
    """,
    Family.DOCUMENTS: """
        pdf doc docx docm dot dotx rtf odt ods odp odg xls xlsx xlsm xlsb ppt pptx pptm pps
        ppsx txt csv md htm html xhtml xml epub mobi djvu ps pages numbers key eml msg mbox
        pst ost one
    """,
    Family.ARCHIVES: """
        zip rar 7z gz tgz bz2 tbz xz txz zst lz4 tar cab iso arj lzh lha ace jar apk cbz cbr
        dmg wim z01 001 r00
    """,
}
FAMILIES = {ending: each for each, endings in _EXTENSIONS.items() for ending in endings.split()}
"""Ending of a name to what such files are."""
_DOCUMENT_TYPES = (
    "text/", "application/pdf", "application/msword", "application/rtf", "application/postscript",
    "application/vnd.ms-", "application/vnd.openxmlformats", "application/vnd.oasis",
    "application/x-ole-storage", "application/cdfv2", "application/epub", "message/",
    "application/json", "image/vnd.djvu",
)  # fmt: skip
_NOT_DOCUMENTS = ("application/vnd.ms-cab", "application/vnd.ms-fontobject", "application/vnd.ms-o")
_ARCHIVE_TYPES = (
    "application/zip", "application/x-rar", "application/vnd.rar", "application/x-7z",
    "application/gzip", "application/x-gzip", "application/x-bzip", "application/x-xz",
    "application/zstd", "application/x-tar", "application/x-lz", "application/x-lzma",
    "application/vnd.ms-cab", "application/x-iso9660", "application/x-arc", "application/x-arj",
    "application/x-lha", "application/java-archive", "application/vnd.android.package",
    "application/x-cpio", "application/x-archive",
)  # fmt: skip
_EXTENSION = re.compile(r"(?!\d+$)\w{1,10}")


def family(mime: str, name: str = "") -> Family:
    """The family of a type; of a name, where the type is empty or unknown."""
    if mime and mime != UNKNOWN:
        return _family_of_type(mime)
    known = (FAMILIES[each] for each in reversed(extensions_of(name)) if each in FAMILIES)
    return next(known, Family.EVERYTHING)


def _family_of_type(mime: str) -> Family:
    mime = mime.lower()
    if mime.startswith(_DOCUMENT_TYPES) and not mime.startswith(_NOT_DOCUMENTS):
        return Family.DOCUMENTS
    if mime.startswith("image/"):
        return Family.PICTURES
    if mime.startswith(("video/", "application/mxf", "application/vnd.rn-realmedia")):
        return Family.VIDEOS
    return Family.ARCHIVES if mime.startswith(_ARCHIVE_TYPES) else Family.EVERYTHING


@lru_cache(maxsize=8)
def extensions_of(name: str) -> tuple[str, ...]:
    """`a/b.JPG.dat` to `("jpg", "dat")`; what a bare `.name` begins with is no extension.

    It is asked several times of each entry, one after the other.
    """
    parts = name.rpartition("/")[2].lower().rstrip("~ ").lstrip(".").split(".")[1:]
    return tuple(part for part in parts if _EXTENSION.fullmatch(part))
