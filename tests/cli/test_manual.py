"""Man pages: a command's says all that its help says, and formatters read it without a fault."""

import html
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.commands import COMMANDS, GROUPS
from cli.manual import roff
from cli.manual.__main__ import script, write
from cli.manual.page import page
from cli.manual.tree import Node, nodes, whole
from triage.errors import ExitCode

ROOT = Path(__file__).parents[2]
NODES = list(nodes(whole()))
HOSTILE = [
    ".SH EVIL",
    "'br",
    "a\\fBb\\n.TH",
    "--two-dashes and an 'apostrophe'",
    "`code` “quoted” ^caret ~tilde `grave",
    "\\",
]


def _mandoc(*arguments: str, given: str = "") -> str:
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    done = subprocess.run(
        ["mandoc", *arguments], input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def _read(text: str) -> str:
    """As a reader sees it, in one line."""
    shown = _mandoc("-T", "html", "-O", "fragment", given=text)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", shown)).split())


def _page(node: Node) -> str:
    return page(node, version="1", date="2026-01-02")


def test_there_is_a_page_for_every_command(tmp_path: Path) -> None:
    written = {file.name for file in write(tmp_path) if file.suffix == ".1"}
    assert written == {f"{node.page}.1" for node in NODES}
    assert written > {"seek.1", *(f"seek-{name}.1" for name in (*COMMANDS, *GROUPS))}
    assert "seek-hash-set-build.1" in written


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.typed)
def test_a_page_says_all_that_the_help_says(node: Node) -> None:
    shown = _read(_page(node))
    about = " ".join((node.command.help or "").split()).replace("`", "")
    assert about in shown
    for parameter in node.command.params:
        for name in (*parameter.opts, *parameter.secondary_opts):
            assert (name if name.startswith("-") else name.upper()) in shown
        words = " ".join((getattr(parameter, "help", None) or "").split())
        assert words.replace("`", "").replace("…", "...") in shown
        for choice in getattr(parameter.type, "choices", ()):
            assert choice in shown
    for below in node.below:
        assert f"{below.page}(1)" in shown


@pytest.mark.parametrize("node", [n for n in NODES if not n.below], ids=lambda node: node.typed)
def test_a_page_lists_the_exit_codes_that_the_help_lists(node: Node) -> None:
    section = _page(node).split(".SH EXIT STATUS\n")[1].split(".SH")[0]
    told = re.findall(r"^\\fB(\d+)\\fR$", section, re.MULTILINE)
    in_help = re.findall(r"(?:: |; )(\d+) ", node.command.epilog or "")
    assert told == in_help
    assert {str(int(code)) for code in (ExitCode.FINISHED, ExitCode.WRONG_USE)} <= set(told)


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.typed)
def test_a_page_is_without_fault_for_mandoc(node: Node) -> None:
    _mandoc("-T", "lint", "-W", "warning", given=_page(node))


@pytest.mark.parametrize("words", HOSTILE)
def test_words_that_look_like_requests_are_shown_as_they_are(words: str) -> None:
    shown = _read(f".TH A 1 2026-01-02\n.SH B\n{roff.text(words)}\n")
    assert words.replace("`code`", "code") in shown


def test_the_same_sources_give_the_same_pages(tmp_path: Path) -> None:
    for name in ("first", "second"):
        subprocess.run(
            [sys.executable, "-m", "cli.manual", tmp_path / name],
            cwd=ROOT, env=os.environ | {"SOURCE_DATE_EPOCH": "1767312000"},
            check=True, capture_output=True,
        )  # fmt: skip
    first = {f.relative_to(tmp_path / "first"): f.read_bytes() for f in _files(tmp_path / "first")}
    again = {
        f.relative_to(tmp_path / "second"): f.read_bytes() for f in _files(tmp_path / "second")
    }
    assert first == again
    assert b'"2026-01-02"' in first[Path("man/man1/seek.1")]


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def test_the_stick_s_shell_reads_what_its_recipe_writes(tmp_path: Path) -> None:
    """The recipe's own line, the overlay's own file; in a folder in the place of the image."""
    overlay = (ROOT / "image-build/overlay/etc/profile.d/seek-completion.sh").read_text()
    recipe = (ROOT / "image-build/steps/seek.sh").read_text()
    (program,) = re.findall(r"-c '(from cli\.manual[^']*)'", recipe)
    made = tmp_path / "usr/share/bash-completion/completions/seek"
    made.parent.mkdir(parents=True)
    with made.open("wb") as out:
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, stdout=out, check=True)
    assert made.read_text() == script("bash")
    read = overlay.replace(" /usr/", f" {tmp_path}/usr/")
    told = subprocess.run(
        ["bash", "--norc", "-c", f"{read}\ncomplete -p seek"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "-F _seek_completion seek" in told
    assert subprocess.run(["sh", "-c", read], check=False).returncode == 0
