"""The result of a self-test: for programs, for the lab's file on one page, and signed."""

import base64
import hashlib
import platform
from html import escape
from pathlib import Path

import msgspec

from triage.bundle.format import layout
from triage.bundle.format.shown import visible
from triage.bundle.writing.durable import storage_errors, write_once
from triage.bundle.writing.signing import Signer
from triage.errors import there_already
from triage.machine import Machine, this_machine
from triage.selftest.answers import Answer

JSON, PAGE, SUMS = "selftest.json", "selftest.html", "selftest.sha256"
SIGNATURE = f"{SUMS}.sig"
NAMESPACE = "seek-selftest@v1"
"""Of the signature, so that it is worth nothing for anything else."""

_STYLE = """
@page { size: A4; margin: 14mm; }
body { max-width: 60rem; margin: 1.5rem auto; padding: 0 1rem; color: #16202a;
  font: 14px/1.4 system-ui, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.4rem; } .passed { color: #1d5e3a; } .failed { color: #a4161a; }
table { width: 100%; border-collapse: collapse; font-size: .85rem; }
th, td { padding: .25rem .5rem .25rem 0; border-bottom: 1px solid #d5dbe1; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
@media print { body { margin: 0; padding: 0; font-size: 9pt; } }
"""


class SelftestResult(msgspec.Struct, frozen=True, kw_only=True):
    """selftest.json."""

    format: str = "seek selftest"
    format_version: int = 1
    program: str
    """Name and version."""
    parts: dict[str, str]
    """Name to version of what shapes a result, as the tested bundle says them."""
    machine: Machine
    system: str
    """Kernel and processor's kind."""
    at: str
    """UTC, by the machine's clock."""
    seconds: float
    by: str
    """Who ran it, as given."""
    signer: str
    """The key's fingerprint."""
    answers: tuple[Answer, ...]

    @property
    def passed(self) -> bool:
        """Whether every answer was right."""
        return all(answer.right for answer in self.answers)


def tested() -> Machine:
    """The machine that this runs on."""
    return this_machine()


def system() -> str:
    """Its kernel, and what kind of processor it has."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def refuse_what_is_there(out: Path) -> None:
    """Raise UsageError if there is something of this name."""
    if out.exists() or out.is_symlink():
        raise there_already(out)


def write(result: SelftestResult, out: Path, signer: Signer) -> None:
    """Into a new folder. Raises EvidenceStickError, SigningError."""
    with storage_errors(str(out)):
        out.mkdir(mode=0o700)
    files = {
        JSON: msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n",
        PAGE: page(result).encode("utf-8"),
    }
    files[SUMS] = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()
    ).encode("ascii")
    files[SIGNATURE] = signer.sign(files[SUMS], namespace=NAMESPACE)
    files |= layout.signer_files(signer.statement.public_key, namespace=NAMESPACE)
    for name, content in files.items():
        write_once(out / name, content, shown=name)


def page(result: SelftestResult) -> str:
    """One page, without scripts and without anything from elsewhere."""
    right = sum(answer.right for answer in result.answers)
    verdict = "passed" if result.passed else "failed"
    machine = f"{result.machine.maker} {result.machine.model} {result.machine.serial}".strip()
    facts = (
        ("Program", result.program), ("Machine", machine), ("System", result.system),
        ("Begun", f"{result.at}, {result.seconds:.0f} s"), ("By", result.by),
        ("Signed with", result.signer),
        ("Parts", ", ".join(f"{name} {said}" for name, said in sorted(result.parts.items()))),
    )  # fmt: skip
    rows = (
        (str(number), answer.proves, answer.technique, answer.nist,
         "passed" if answer.right else "FAILED", answer.came)
        for number, answer in enumerate(result.answers, start=1)
    )  # fmt: skip
    heads = ("No.", "What it proves", "SOLVE-IT", "NIST CFTT", "Result", "What came")
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        f"<title>seek self-test</title><style>{_STYLE}</style></head><body><main>"
        f'<h1 class="{verdict}">Self-test {verdict}: {right} of {len(result.answers)}</h1>'
        f"<p>{escape(_MEANS)}</p>"
        f"<table>{''.join(_row(pair, 'td') for pair in facts if pair[1])}</table>"
        f"<table><thead>{_row(heads, 'th')}</thead>"
        f"<tbody>{''.join(_row(row, 'td') for row in rows)}</tbody></table>"
        "</main></body></html>\n"
    )


_MEANS = (
    "Disks with known content were made on the spot, and the installed program searched them as it "
    "searches any. That shows that this installation does these things on this machine; it shows "
    "nothing of what is not in the table."
)


def _row(cells: tuple[str, ...], cell: str) -> str:
    return f"<tr>{''.join(f'<{cell}>{escape(visible(each))}</{cell}>' for each in cells)}</tr>"
