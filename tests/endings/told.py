"""One scan of a situation by the real command, and what each surface says of it."""

import fcntl
import html
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cli.guide import result
from cli.guide.state import Progress, State
from cli.verdict import verdict_lines
from tests.endings.situations import Asked, Situation
from triage.bundle.format import layout, schema
from triage.bundle.format.document import Document
from triage.languages import Language
from triage.scan.events import Sealed

SEEK = str(Path(sys.executable).with_name("seek"))
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[a-zA-Z]")


@dataclass(frozen=True, kw_only=True)
class Told:
    """All surfaces."""

    exit_code: int
    sealed: Sealed
    """The last line of `--json`."""
    document: Document
    """findings.json."""
    page: str
    """report.html as text, up to its tables."""
    screen: str
    """The last screen of the command line."""
    guide: dict[str, str]
    """The stick's last screen, by language."""


def scan(row: Situation, folder: Path) -> Told:
    """Make the situation, scan it, and look at everything."""
    asked = row.make(folder)
    profile = folder / "profile.yaml"
    profile.write_text(asked.profile)
    sets = [word for path in asked.sets for word in ("--hash-set", str(path))]
    options = ["--profile", profile, *sets, "--out", folder / "out", "--workers", 1, "--json"]
    command = [SEEK, "scan", *map(str, (*asked.sources, *options, *asked.options))]
    with (
        (folder / "errors").open("w+b") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        last = _last_event(process, asked)
    assert last["event"] == "sealed", (folder / "errors").read_text()
    return _read(process.returncode, last)


def _last_event(process: "subprocess.Popen[bytes]", asked: Asked) -> dict[str, object]:
    """Read all; what is done meanwhile is done while a narrow pipe holds the scan back."""
    assert process.stdout is not None
    fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
    meanwhile, last = asked.meanwhile, dict[str, object]()
    for line in process.stdout:
        last = json.loads(line)
        if meanwhile is not None and last["event"] == "finding":
            meanwhile(process)
            meanwhile = None
    return last


def _read(exit_code: int, last: dict[str, object]) -> Told:
    sealed = msgspec.convert(last, Sealed)
    bundle = Path(sealed.bundle)
    return Told(
        exit_code=exit_code,
        sealed=sealed,
        document=schema.decode((bundle / layout.FINDINGS).read_bytes()),
        page=_text((bundle / layout.REPORT).read_text(encoding="utf-8")),
        screen="\n".join(line.plain for line in verdict_lines(sealed)),
        guide={language: _guide(language, last) for language in Language},
    )


def _guide(language: str, last: dict[str, object]) -> str:
    told = Progress()
    told.take_in(last)
    return "\n".join(
        _ESCAPES.sub("", line) for line in result.lines(State(language=language), told)
    )


def _text(page: str) -> str:
    body = page[page.index("<body") : page.index("<h2>Coverage")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
