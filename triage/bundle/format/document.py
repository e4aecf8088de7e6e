"""The result document, findings.json: one frozen value that every rendering is made from.

Times are UTC in ISO 8601 with a `Z`; durations are seconds; sizes are bytes; digests are lower-case
hex. What comes from evidence (names, labels, serial numbers) is text that its owner chose: whoever
shows it escapes it.
"""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from triage.case import Case
from triage.ending import Ending, Reason
from triage.evidence import Device, FileEntry, Protector, Run, SourceKind, Volume
from triage.findings import Coverage, Match, Result
from triage.languages import Language
from triage.machine import Machine
from triage.profile import Profile, SetKind, SetSignature

RUNS_KEPT = 1000
"""An entry keeps so many runs of its content; the rest is counted in `runs_left_out`."""

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Utc = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]
Natural = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]


FORMAT = 2
"""Of the bundles that are written."""
SANDBOX_LAYERS = (
    "memory limit", "no file can grow", "thread limit", "not root", "no new privileges",
    "Landlock", "seccomp",
)  # fmt: skip
"""What the names in `Document.sandbox` begin with, where none is missing."""
MOST_FINDINGS = 100_000
"""The document lists so many findings; further ones have their lines in entries.jsonl alone."""


class DocumentValue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value of the document: an unknown field is an error, not ignored."""


class Tool(DocumentValue, frozen=True, kw_only=True):
    """What made the bundle."""

    name: str = "seek"
    version: str
    parts: dict[str, str] = {}
    """Name to version of all that shapes a result: python, pytsk3, opencv, onnxruntime …"""
    renderer: str = ""
    """SHA-256 over the code that renders report.html; where it is the same, so is the report."""


class SourceNamed(DocumentValue, frozen=True, kw_only=True):
    """What was given to scan, said plainly."""

    device_id: str
    kind: SourceKind
    path: str
    """As it was given."""


class ProfileUsed(DocumentValue, frozen=True, kw_only=True):
    """The profile as it was applied, `--time-limit` and the like included."""

    applied: Profile
    sha256: Sha256
    """Of `applied` as compact JSON."""
    file: str = ""
    """Shipped name or path."""
    file_sha256: str = ""
    """Of the YAML text; empty if it was not read from a file."""


class HashSetUsed(DocumentValue, frozen=True, kw_only=True):
    """A hash set that was looked up in."""

    name: str
    kind: SetKind
    file: str = ""
    format: str = ""
    sha256: str = ""
    """Of the file."""
    algorithms: tuple[str, ...] = ()
    entries: Natural = 0
    counted: Natural | None = None
    """Entries of the categories that count; None: all do."""
    bad_lines: Natural = 0
    """Lines that could not be read, and so were not looked for."""
    first_bad_lines: tuple[int, ...] = ()
    expired: str = ""
    """The day on which it expired; empty if it had not when the scan began."""
    signature: SetSignature | None = None
    """None in a bundle that is older than that it was looked at."""
    signed_by: str = ""
    """Who, by the list of signers."""


class SetLeftOut(DocumentValue, frozen=True, kw_only=True):
    """A file among the lab's hash sets that could not be used: nothing was looked up in it."""

    file: str
    why: str


class ModelUsed(DocumentValue, frozen=True, kw_only=True):
    """A model pack that scored pictures."""

    name: str
    version: str = ""
    sha256: str = ""
    """Of model.onnx."""
    licence: str = ""
    origin: str = ""
    threshold: float | None = None


class WordListUsed(DocumentValue, frozen=True, kw_only=True):
    """A list of words and regular expressions that names were held against."""

    name: str
    sha256: str = ""
    entries: Natural = 0


class DeviceState(DocumentValue, frozen=True, kw_only=True):
    """What the kernel says of one device at one moment."""

    device_id: str
    read_only: bool | None = None
    counters: dict[str, int] = {}
    """From sysfs `stat`: reads, read_bytes, writes, written_bytes, discards, flushes …"""


class Snapshot(DocumentValue, frozen=True, kw_only=True):
    """All devices at one moment."""

    at: Utc
    devices: tuple[DeviceState, ...] = ()


class WriteBlockLayer(DocumentValue, frozen=True, kw_only=True):
    """One layer of the write block."""

    name: str
    on: bool
    self_test: str = ""
    refused: Natural = 0


class Attestation(DocumentValue, frozen=True, kw_only=True):
    """What shows that nothing was written to the devices, and by how much it may be trusted."""

    before: Snapshot | None = None
    after: Snapshot | None = None
    layers: tuple[WriteBlockLayer, ...] = ()
    refused_writes: tuple[str, ...] = ()
    """Kernel log lines about writes that were refused."""
    facts: dict[str, str] = {}
    """Image build, verity root hash, Secure Boot, kernel …"""


class Times(DocumentValue, frozen=True, kw_only=True):
    """By the clock of the machine, which is never set."""

    started: Utc
    ended: Utc
    seconds: Seconds
    """Between the two, by the monotonic clock."""
    first_finding_after: Seconds | None = None
    clock: str = ""
    """What is known of the clock: as found, and the agent's stated offset."""


LONGEST_NAME = 1000
"""Of whoever a list of signers names; what is longer is cut."""


class Integrity(StrEnum):
    """What shows that an earlier run's part is what that run wrote, and all of one piece."""

    PROVEN = "proven"
    """It is signed by the key that signed on, by one on the list of signers that was given, or with
    the scan key whose fingerprint was noted when that run began."""
    OF_THAT_RUN = "key made for that run alone"
    OPEN_KEY = "key lay unlocked beside it"
    ANOTHER_KEY = "another key"
    NOT_SIGNED = "not signed"
    NOT_CHECKED = "not checked"
    """By an older seek."""

    @property
    def why(self) -> str:
        """Why it is not proven, in words."""
        return _WHY_NOT.get(self, "")


_WHY_NOT = {
    Integrity.OF_THAT_RUN: "signed with a key that was made for that run alone",
    Integrity.OPEN_KEY: "whoever had the stick could sign: the key lay on it unlocked",
    Integrity.ANOTHER_KEY: "signed with a key that nobody vouched for",
    Integrity.NOT_SIGNED: "no key vouches for it",
    Integrity.NOT_CHECKED: "resumed by an older seek, which did not check it",
}


class Resumption(DocumentValue, frozen=True, kw_only=True):
    """The scan was taken up again after it had been cut off."""

    at: Utc
    bundle: str
    """Name of the folder with what was done before; the same, unless that one was sealed."""
    carried_entries: Natural
    """Entries whose outcome was on the medium; they were not looked at again."""
    dropped_lines: Natural = 0
    """Lines that were not certain to be whole; those entries were looked at again."""
    integrity: Integrity = Integrity.NOT_CHECKED
    signer: Annotated[str, msgspec.Meta(max_length=100)] = ""
    """Fingerprint of the key that vouches for the earlier run; empty: none does."""
    principal: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)] = ""
    """Whose key that is, by the list of signers that was given when the scan was taken up."""
    may_be_cut_short: bool = False
    """It was not sealed: outcomes at its end may be gone. Those entries were looked at again."""


class Trouble(DocumentValue, frozen=True, kw_only=True):
    """Something that went wrong without stopping the scan."""

    where: str
    what: str
    unseen: Reason | None = None
    """What was not looked at because of it; None: nothing, or it is counted elsewhere."""


class SignerKind(StrEnum):
    """Whose key it is."""

    GIVEN = "given key"
    FRESH = "key made for this scan alone"


class SignerStatement(DocumentValue, frozen=True, kw_only=True):
    """The key that signs the manifest, known before the document is written."""

    kind: SignerKind
    fingerprint: str
    """As `ssh-keygen -l` shows it: `SHA256:…`."""
    public_key: str
    """Type and base64, as in an authorized_keys file, without a comment."""
    comment: str = ""


class LogEnd(DocumentValue, frozen=True, kw_only=True):
    """Where the audit log ends."""

    records: Natural
    sha256: Sha256
    """Of its last line, without the line feed."""


class Found(DocumentValue, frozen=True, kw_only=True, omit_defaults=True):
    """What only a finding has: its place among the others, and how it was come upon."""

    number: Annotated[int, msgspec.Meta(ge=1)]
    """From 1, in the order found."""
    at: Utc
    after: Seconds
    """Since the start of the scan."""
    looked_at_as: str = ""
    """Why it was looked at when it was: what the step of the scan is called."""
    group: Natural = 0
    """Number of the first finding that shows the same, of which this is a copy or a near duplicate;
    0: it is the first of its group."""
    preview: str = ""
    """File in the bundle, `media/…`; empty if there is none."""
    preview_sha256: str = ""
    """Of that file, so that no other finding's can stand in its place."""


class Finding(DocumentValue, frozen=True, kw_only=True):
    """A file entry with at least one match: what its line in entries.jsonl says, and no more."""

    entry: FileEntry
    result: Result
    found: Found

    @property
    def number(self) -> int:
        """What it is called by."""
        return self.found.number

    @property
    def matches(self) -> tuple[Match, ...]:
        """Why it is one."""
        return self.result.matches

    @property
    def digests(self) -> dict[str, str]:
        """Of its content."""
        return self.result.digests


class Unlocking(DocumentValue, frozen=True, kw_only=True):
    """What came of an encrypted volume on which secrets were tried. No secret is said."""

    volume_id: str
    protector: Protector | None = None
    """Which opened it; None: it stays locked."""
    found_in: str = ""
    """Where the secret lay, if on another volume: the volume's id and the path."""
    at: str
    """When that was known, UTC."""
    wrong_tries: Natural = 0
    """Secrets of the agent's that did not open it."""
    reason: str = ""
    """Why it could not be tried; empty: it was tried, or opened."""


class Document(DocumentValue, frozen=True, kw_only=True):
    """findings.json. The writer fills in findings, log, signer, resumed and renderer at sealing."""

    format: Literal["seek findings"] = "seek findings"
    format_version: Literal[2] = 2
    """Goes up when a reader of the old format would misread the new one."""
    tool: Tool
    language: Language = Language.ENGLISH
    """Of the report: a rendering of this document is one in this language."""
    case: Case = Case()
    partial: bool = False
    partial_reason: str = ""
    """Why the scan did not go to its end: interrupted, time limit …"""
    ending: Ending | None = None
    """How it ended and what was not looked at, as `reckoning` makes it from the rest of the
    document; None in a bundle that is older than that."""
    times: Times
    machine: Machine = Machine()
    """The machine that the scan ran on: on scene, the exhibit itself."""
    sources: tuple[SourceNamed, ...]
    devices: tuple[Device, ...]
    volumes: tuple[Volume, ...]
    unlocking: tuple[Unlocking, ...] = ()
    """Of encrypted volumes on which secrets were tried, each once."""
    profile: ProfileUsed
    hash_sets: tuple[HashSetUsed, ...] = ()
    sets_left_out: tuple[SetLeftOut, ...] = ()
    models: tuple[ModelUsed, ...] = ()
    word_lists: tuple[WordListUsed, ...] = ()
    write_block: Attestation | None = None
    sandbox: tuple[str, ...] = ()
    """The layers of the sandbox that every worker had on; what is missing was not on in all."""
    resumed: tuple[Resumption, ...] = ()
    continues: str = ""
    """Folder of an earlier, sealed bundle of this scan, which lies beside this one. All outcomes in
    it are in this one too: this one counts."""
    unread: dict[str, tuple[Run, ...]] = {}
    """By volume: which of its bytes could not be read, as far as content lies there."""
    coverage: Coverage
    errors: tuple[Trouble, ...] = ()
    findings: tuple[Finding, ...] = ()
    findings_left_out: Natural = 0
    """Found after the document was full: in entries.jsonl alone, with all that is said of them."""
    log: LogEnd | None = None
    signer: SignerStatement | None = None


def kept_runs(entry: FileEntry) -> FileEntry:
    """The entry as bundles have it: with at most RUNS_KEPT runs, and how many were left out."""
    left_out = len(entry.runs) - RUNS_KEPT
    if left_out <= 0:
        return entry
    return msgspec.structs.replace(entry, runs=entry.runs[:RUNS_KEPT], runs_left_out=left_out)
