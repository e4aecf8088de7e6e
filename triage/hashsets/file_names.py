"""Names of files: as text that every format can hold, and those that nobody gave on purpose."""

import fnmatch
from pathlib import Path

_BY_COMPUTERS = (
    *("desktop.ini", "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "autorun.inf", "folder.jpg"),
    *("system volume information", "$recycle.bin", "recycler", "lost+found", "lost.dir", "found.*"),
    *("indexervolumeguid", "wpsettings.dat", "bootex.log", "icon\r"),
)
"""Names, in lower case, that Windows, macOS, Linux and Android give."""


def shown(path: Path | str) -> str:
    """A path, with escapes for bytes that are no UTF-8."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def is_by_a_computer(name: str) -> bool:
    """Whether nobody put a file of that name there on purpose; hidden ones are such, `._x` too."""
    lowered = name.lower()
    return name.startswith((".", "~$")) or any(
        fnmatch.fnmatchcase(lowered, pattern) for pattern in _BY_COMPUTERS
    )
