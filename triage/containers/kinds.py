"""The kinds of containers: a closed list, the words for it, and the endings that claim a kind."""

FAMILIES: dict[str, tuple[str, ...]] = {
    "Archives": (
        "zip", "7z", "rar", "tar", "gzip", "bzip2", "xz", "lzma", "lzip", "lzop", "zstd", "lz4",
        "compress", "cab", "installshield", "cpio", "ar", "arj", "lha", "ace", "zoo", "stuffit",
        "xar", "uuencoded", "self-extracting", "appended zip",
    ),
    "Programs and packages": ("jar", "apk", "ipa", "msix", "crx", "deb", "rpm", "msi"),
    "Documents": (
        "pdf", "docx", "xlsx", "pptx", "vsdx", "ooxml", "xps", "doc", "xls", "ppt", "vsd", "pub",
        "ole", "odt", "ods", "odp", "odg", "rtf", "epub", "mobi", "cbz", "iwork", "kmz", "onenote",
        "chm", "djvu",
    ),
    "Mail": ("eml", "mbox", "mht", "msg", "pst", "ost", "dbx", "tnef", "notes"),
    "Disk images": (
        "iso", "dmg", "wim", "vmdk", "vhd", "vhdx", "vdi", "qcow2", "ewf", "aff", "ad1", "luks",
        "squashfs", "disk image",
    ),
    "Databases and lists": ("sqlite", "plist"),
    "Backups": ("android backup", "itunes backup"),
    "Encrypted files": ("pgp", "age", "aescrypt", "axcrypt"),
    "Web": ("warc", "chrome cache"),
}  # fmt: skip
"""Each kind is its own word on every surface."""

KINDS = frozenset(kind for kinds in FAMILIES.values() for kind in kinds)

FAMILY = {kind: family for family, kinds in FAMILIES.items() for kind in kinds}

_ENDINGS = {
    "zip": "zip zipx", "7z": "7z", "rar": "rar cbr", "tar": "tar", "gzip": "gz tgz",
    "bzip2": "bz2 tbz tbz2", "xz": "xz txz", "zstd": "zst tzst", "lz4": "lz4", "cab": "cab",
    "arj": "arj", "lha": "lzh lha", "ace": "ace", "stuffit": "sit sitx", "xar": "xar pkg",
    "jar": "jar war ear", "apk": "apk", "ipa": "ipa", "msix": "msix appx", "crx": "crx",
    "deb": "deb", "rpm": "rpm", "msi": "msi msp", "pdf": "pdf", "docx": "docx docm dotx",
    "xlsx": "xlsx xlsm xlsb xltx", "pptx": "pptx pptm ppsx", "vsdx": "vsdx", "xps": "xps oxps",
    "doc": "doc dot", "xls": "xls xlt", "ppt": "ppt pps", "vsd": "vsd", "pub": "pub", "odt": "odt",
    "ods": "ods", "odp": "odp", "odg": "odg", "rtf": "rtf", "epub": "epub",
    "mobi": "mobi azw azw3", "cbz": "cbz", "iwork": "pages numbers key", "kmz": "kmz",
    "onenote": "one", "chm": "chm", "djvu": "djvu djv", "eml": "eml emlx", "mbox": "mbox",
    "mht": "mht mhtml", "msg": "msg", "pst": "pst", "ost": "ost", "dbx": "dbx", "notes": "nsf",
    "iso": "iso", "dmg": "dmg sparseimage", "wim": "wim esd swm", "vmdk": "vmdk", "vhd": "vhd",
    "vhdx": "vhdx avhdx", "vdi": "vdi", "qcow2": "qcow2", "ewf": "e01 ex01 l01 lx01",
    "aff": "aff aff4", "ad1": "ad1", "pgp": "pgp gpg", "age": "age", "aescrypt": "aes",
    "axcrypt": "axx",
}  # fmt: skip
_BY_ENDING = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}


def ending_of(path: str) -> str:
    """`a/B.Zip` to `zip`; empty where the name has none."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def kind_by_name(path: str) -> str:
    """The kind that a name claims, for content of which nothing is read; empty if it claims none.

    Only endings that mean one thing: not `img`, `bin`, `dat`.
    """
    return _BY_ENDING.get(ending_of(path), "")
