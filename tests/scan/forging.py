"""What somebody who found a stick does to the bundles on it: all that takes no key of the lab's."""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

from tests.bundle.samples import sign_again
from triage.bundle.format import auditlog, layout, schema
from triage.bundle.format.document import Integrity, LogEnd
from triage.bundle.rendering import html
from triage.bundle.writing.journal import Journal
from triage.bundle.writing.scan_key import ScanKey
from triage.bundle.writing.signing import Signer

SEALING = ("findings.json", "report.html", "signer.pub", "allowed_signers", "manifest.sha256.sig",
           "manifest.sha256")  # fmt: skip


def unsealed(bundle: Path) -> None:
    """As if the scan had been cut off."""
    for name in SEALING:
        (bundle / name).unlink()


def stripped(bundle: Path) -> None:
    """Every entry that was a finding was looked at, it says now, and is none."""
    file = bundle / "entries.jsonl"
    lines = [json.loads(line) for line in file.read_bytes().splitlines()]
    findings = [line for line in lines if line.pop("found", None)]
    assert findings
    for line in findings:
        del line["result"]["matches"]
    spelled = (json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
    file.write_bytes(b"".join(spelled))


def replaced(bundle: Path, **said: str) -> None:
    """scan.json with another case number, examiner, exhibit or clock."""
    file = bundle / "scan.json"
    terms = json.loads(file.read_bytes())
    for name, value in said.items():
        (terms if name == "clock" else terms["case"])[name] = value
    file.write_bytes(json.dumps(terms, indent=1).encode())


def records(bundle: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (bundle / "log.jsonl").read_bytes().splitlines()]


def written(bundle: Path, told: list[dict[str, Any]]) -> None:
    """The log with these records, every one bound to the one before."""
    chain, lines = auditlog.Chain(), []
    for each in told:
        fields = each["fields"]
        if each["event"] == "scan key":
            fields = {**fields, "after": chain.end.sha256}
        lines.append(chain.line(each["event"], fields) + b"\n")
    (bundle / "log.jsonl").write_bytes(b"".join(lines))


def committed(bundle: Path, fields: dict[str, Any]) -> dict[str, Any]:
    """A commit of entries.jsonl as it is now."""
    text = (bundle / "entries.jsonl").read_bytes()
    now = {
        "entries": text.count(b"\n"),
        "bytes": len(text),
        "sha256": hashlib.sha256(text).hexdigest(),
    }
    return {"event": "durable", "fields": {**fields, **now}}


def chained_anew(bundle: Path, *, keeping_the_scan_key: bool = False) -> None:
    """The log made again so that it vouches for what entries.jsonl is now."""
    told = records(bundle)
    last = next(each for each in reversed(told) if each["event"] == "durable")
    fields = last["fields"] if keeping_the_scan_key else {}
    dropped = {"durable"} if keeping_the_scan_key else {"durable", "scan key"}
    kept = [each for each in told if each["event"] not in dropped]
    written(bundle, [*kept, committed(bundle, fields)])


def made_anew(bundle: Path, signer: Signer, *, under: dict[str, Any] | None = None) -> LogEnd:
    """The log as one run of the signer's own, with a scan key that he has; where it ends.

    `under`: fields of a true `scan key` record that are put into his.
    """
    own = ScanKey.vouched_for(signer)
    terms = hashlib.sha256((bundle / "scan.json").read_bytes()).hexdigest()
    vouched = msgspec.to_builtins(own.vouched(after=auditlog.START, terms=terms))
    vouched |= under or {}
    told = [each for each in records(bundle) if each["event"] not in {"scan key", "durable"}]
    chain = auditlog.Chain()
    sealed_by = {"signer": signer.statement.fingerprint}
    lines = [chain.line("scan key", vouched, utc=told[0]["utc"])]
    for each in told:
        fields = each["fields"] | (sealed_by if each["event"] == auditlog.SEALING else {})
        lines.append(chain.line(each["event"], fields, utc=each["utc"]))
    lines.append(chain.line("durable", _committed_without_previews(bundle), sign=own.sign))
    (bundle / "log.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    return chain.end


def gone_on_with(bundle: Path, signer: Signer) -> None:
    """A run of the signer's own behind what is certain, which says that all is proven, and that an
    entry was looked at."""
    journal = Journal(bundle)
    own = ScanKey.vouched_for(signer, after=journal.log_end.sha256)
    entries, log = bundle / "entries.jsonl", bundle / "log.jsonl"
    certain = entries.read_bytes()[: journal.size]
    line = json.loads(next(each for each in certain.splitlines() if b'"found"' not in each))
    line["entry"]["id"] += 900_000_000
    entries.write_bytes(certain + json.dumps(line).encode() + b"\n")
    chain = auditlog.Chain(journal.log_end)
    said = journal.resumption("2026-11-29T10:00:00Z", Integrity.PROVEN)
    vouched = own.vouched(after=journal.log_end.sha256, terms=journal.terms)
    lines = [
        chain.line("scan key", msgspec.to_builtins(vouched)),
        chain.line("resumed", msgspec.to_builtins(said)),
        chain.line("durable", _committed_without_previews(bundle), sign=own.sign),
    ]
    before = log.read_bytes()[: journal.log_size]
    log.write_bytes(before + b"".join(line + b"\n" for line in lines))


def signed_again(bundle: Path, signer: Signer, *, runs_too: bool = True) -> None:
    """All of a sealed bundle in the signer's own name. `runs_too`: the log with it."""
    file = bundle / "findings.json"
    document = schema.decode(file.read_bytes())
    end = made_anew(bundle, signer) if runs_too else document.log
    document = msgspec.structs.replace(document, signer=signer.statement, log=end)
    file.write_bytes(schema.encode(document))
    (bundle / "report.html").write_text(html.render(document), encoding="utf-8")
    for name, text in layout.signer_files(signer.statement.public_key).items():
        (bundle / name).write_bytes(text)
    sign_again(bundle, signer)


def _committed_without_previews(bundle: Path) -> dict[str, Any]:
    fields: dict[str, Any] = committed(bundle, {})["fields"]
    return fields | {"previews": 0, "previews_sha256": hashlib.sha256().hexdigest()}
