"""The lab's pages say what the program does."""

import re
import subprocess
from pathlib import Path

from msgspec.structs import fields

from triage.bundle.checking.verify import verify
from triage.bundle.format import layout
from triage.bundle.format.document import Found
from triage.evidence import FileEntry
from triage.findings import Result

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_lists_the_steps_as_they_are_taken(bundle: Path) -> None:
    page = (DOCS / "verifying.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", page, re.MULTILINE)
    steps = [(str(step.number), step.title) for step in verify(bundle).steps]
    assert rows == steps


def test_the_pages_commands_work_as_they_are_written(bundle: Path) -> None:
    page = (DOCS / "verifying.md").read_text(encoding="utf-8")
    commands = page.split("```")[1].strip().splitlines()
    assert [command.split()[0] for command in commands] == ["ssh-keygen", "sha256sum"]
    for command in commands:
        subprocess.run(["sh", "-c", command], cwd=bundle, check=True)


def test_the_format_page_names_every_file(bundle: Path) -> None:
    page = (DOCS / "formats/bundle.md").read_text(encoding="utf-8")
    for name in (*layout.LISTED, layout.MANIFEST, layout.SIGNATURE, layout.preview_name(1)):
        assert f"`{name}`" in page


def test_the_format_page_names_every_field_of_a_line() -> None:
    page = (DOCS / "formats/bundle.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    for part in (FileEntry, Result, Found):
        assert {each.encode_name for each in fields(part)} <= named, part.__name__


def test_what_the_stock_commands_catch_is_what_the_page_says(bundle: Path) -> None:
    def passes(command: str) -> bool:
        done = subprocess.run(["sh", "-c", command], cwd=bundle, capture_output=True, check=False)
        return done.returncode == 0

    page = (DOCS / "verifying.md").read_text(encoding="utf-8")
    signature, digests = page.split("```")[1].strip().splitlines()
    entries, manifest = bundle / layout.ENTRIES, bundle / layout.MANIFEST

    (bundle / "added").write_bytes(b"")
    assert passes(digests)
    assert passes(signature)
    (bundle / "added").unlink()

    entries.write_bytes(entries.read_bytes() + b"\n")
    assert not passes(digests)
    assert passes(signature)

    new = subprocess.run(["sha256sum", entries], capture_output=True, text=True, check=True)
    lines = manifest.read_text().splitlines(keepends=True)
    changed = [f"{new.stdout[:64]}  {layout.ENTRIES}\n" if layout.ENTRIES in line else line
               for line in lines]  # fmt: skip
    manifest.write_text("".join(changed))
    assert passes(digests)
    assert not passes(signature)
