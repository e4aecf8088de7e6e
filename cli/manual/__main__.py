"""`python -m cli.manual FOLDER`: writes them below FOLDER, as they lie below /usr/share."""

import os
import sys
import time
from pathlib import Path

from typer._completion_shared import get_completion_script

from cli.completing import ASKED
from cli.manual.page import page
from cli.manual.tree import nodes, whole
from triage import __version__

COMPLETION = {
    "bash": "bash-completion/completions/seek",
    "zsh": "zsh/vendor-completions/_seek",
    "fish": "fish/vendor_completions.d/seek.fish",
}
"""Where Debian's shells look for it."""
_ZSH_NOW, _ZSH_LATER = '_seek_completion "$@"', "compdef _seek_completion seek"


def write(folder: Path) -> list[Path]:
    """A page for each command and group, a script for each shell; what was written."""
    date = time.strftime("%Y-%m-%d", time.gmtime(_moment()))
    written = [
        _put(folder / f"man/man1/{node.page}.1", page(node, version=__version__, date=date))
        for node in nodes(whole())
    ]
    written += [_put(folder / place, script(shell)) for shell, place in COMPLETION.items()]
    return written


def script(shell: str) -> str:
    """What a shell reads to complete `seek`: Typer's."""
    made = get_completion_script(prog_name="seek", complete_var=ASKED, shell=shell)
    if shell == "zsh":  # reads it when Tab is first pressed: that Tab wants an answer, too
        made = made.replace(_ZSH_LATER, f"if [ $funcstack[1] = _seek ]; then {_ZSH_NOW}; "
                                        f"else {_ZSH_LATER}; fi")  # fmt: skip
    return f"{made}\n"


def _moment() -> float:
    """The same sources give the same pages: whoever packages them says of when they are."""
    return float(os.environ.get("SOURCE_DATE_EPOCH") or time.time())


def _put(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def main() -> None:
    """Into the folder that is named."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m cli.manual FOLDER")
    written = write(Path(sys.argv[1]))
    sys.stdout.write(f"{len(written)} files below {sys.argv[1]}\n")


if __name__ == "__main__":
    main()
