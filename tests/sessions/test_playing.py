"""What plays the sessions: whatever is not as a script says fails it, and shows what was said."""

import os
from pathlib import Path

import pytest

from tests.sessions.playing import SessionError, play
from tests.sessions.script import Command, Make, Script, ScriptError, parse

TITLE = "# A session\n"


def script_of(*lines: str) -> Script:
    return parse(TITLE + "\n".join(lines) + "\n", "a.txt")


PASSING = [
    ["$ echo one; echo two; echo three", "exit 0", "says one", "says three"],
    ["$ echo 'FINDING 1 after 0.3 s: known'", "exit 0", "says FINDING 1 after …: known"],
    ["$ printf '  d0v1   16 MB\\n'", "exit 0", "says d0v1 16 MB"],
    ["$ echo trouble >&2; exit 3", "exit 3", "warns trouble", "never joy"],
    ["$ mkdir -p a/b && touch a/b/c", "exit 0", "leaves a/*/c", "leaves no a/*/d"],
    ["$ echo yes", "exit 0", "says yes", "# a comment", "", "$ echo no", "exit 0", "says no"],
    ["$ kill -9 $$", "exit 137"],
    ["$ echo 'a.c'", "exit 0", "says a.c", "never a.d"],
]
FAILING = {
    "a wrong exit code": (["$ echo one; exit 3", "exit 0"], "line 2: the exit code is 3"),
    "an exit code of 0 where another is said": (
        ["$ echo one", "exit 3"],
        "line 2: the exit code is 0, and not 3",
    ),
    "a line that is missing": (["$ echo one", "exit 0", "says two"], "line 4: not on standard out"),
    "a part of a line": (["$ echo one two", "exit 0", "says one"], "line 4: not on standard out"),
    "lines in another order": (
        ["$ echo one; echo two", "exit 0", "says two", "says one"],
        "line 5: not on standard output",
    ),
    "one line that is expected twice": (
        ["$ echo one", "exit 0", "says one", "says one"],
        "line 5: not on standard output",
    ),
    "a dot that is another sign": (["$ echo abc", "exit 0", "says a.c"], "line 4"),
    "a line that belongs on standard error": (
        ["$ echo one", "exit 0", "warns one"],
        "line 4: not on standard error",
    ),
    "a line that belongs on standard output": (
        ["$ echo one >&2", "exit 0", "says one"],
        "line 4: not on standard output",
    ),
    "a line that must never be said": (
        ["$ echo NO FINDINGS", "exit 0", "says NO FINDINGS", "never FINDINGS"],
        "line 5: must never be said",
    ),
    "one that must never be said on standard error": (
        ["$ echo oh no >&2", "exit 0", "never oh … no", "never oh no"],
        "line 5: must never be said",
    ),
    "a file that is missing": (["$ true", "exit 0", "leaves a"], "line 4: there is no a"),
    "a file that should not be there": (
        ["$ touch a.b", "exit 0", "leaves no *.b"],
        "line 4: there is /",
    ),
    "an error that nobody foresaw": (
        ["$ echo 'Traceback (most recent call last):'", "exit 0"],
        "must never be said: 'Traceback",
    ),
    "something that it waits for in vain": (
        ["$ echo one", "press Ctrl-C when it says two", "exit 0"],
        "line 3: it never said 'two'",
    ),
    "a second command": (["$ true", "exit 0", "$ false", "exit 0"], "line 4: the exit code is 1"),
}


@pytest.mark.parametrize("lines", PASSING)
def test_what_is_as_the_script_says_passes(lines: list[str], tmp_path: Path) -> None:
    play(script_of(*lines), tmp_path)


@pytest.mark.parametrize(("lines", "message"), FAILING.values(), ids=FAILING)
def test_what_is_not_as_the_script_says_fails(
    lines: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(SessionError) as failure:
        play(script_of(*lines), tmp_path)
    assert str(failure.value).startswith("a.txt")
    assert message in str(failure.value).splitlines()[0]


def test_a_failure_shows_the_whole_session_so_far(tmp_path: Path) -> None:
    lines = ["$ echo before", "exit 0", "$ echo now; echo oops >&2; exit 4", "exit 0"]
    with pytest.raises(SessionError) as failure:
        play(script_of(*lines), tmp_path)
    shown = str(failure.value).splitlines()
    for line in ("$ echo before", "before", "exit 0", "now", "! oops", "exit 4"):
        assert line in shown


def test_ctrl_c_comes_while_the_command_runs(tmp_path: Path) -> None:
    waits = "$ trap 'echo stopped; exit 130' INT; echo begun; while :; do sleep 0.01; done"
    lines = [waits, "press Ctrl-C when it says begun", "exit 130", "says stopped"]
    assert "(press Ctrl-C)" in play(script_of(*lines), tmp_path)


def test_the_plug_is_pulled_without_a_word(tmp_path: Path) -> None:
    waits = "$ trap 'echo stopped' INT TERM; echo begun; while :; do sleep 0.01; done"
    lines = [waits, "pull the plug when it says begun", "exit 137", "never stopped"]
    play(script_of(*lines), tmp_path)


def test_nothing_of_who_runs_the_tests_reaches_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEK_ANYTHING", "set")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    lines = ['$ echo "${SEEK_ANYTHING-unset} $LANG $HOME"; pwd', "exit 0"]
    assert f"unset C.UTF-8 {tmp_path}\n{tmp_path}" in play(script_of(*lines), tmp_path)


NOT_UNDERSTOOD = {
    "a word that is none": (["$ true", "exit 0", "say hello"], "line 4: not understood: 'say hell"),
    "an expectation before a command": (["says hello", "$ true", "exit 0"], "line 2"),
    "no exit code": (["$ true", "says hello", "$ true", "exit 0"], "line 2: no 'exit' follows"),
    "no exit code at the end": (["$ true"], "line 2: no 'exit' follows"),
    "two exit codes": (["$ true", "exit 0", "exit 1"], "line 4"),
    "an exit code that is none": (["$ true", "exit zero"], "line 3: not an exit code"),
    "nothing that is said": (["$ true", "exit 0", "says"], "line 4"),
    "anything that is said": (["$ true", "exit 0", "says …"], "line 4: 'says' says nothing"),
    "anything that is never said": (["$ true", "exit 0", "never … …"], "line 4"),
    "nothing to wait for": (["$ true", "press Ctrl-C", "exit 0"], "line 3"),
    "an indented line below a command": (["$ true", "exit 0", "    says x"], "line 4: an indented"),
    "an indented line below a table": (["table a: b", "    c"], "line 3: an indented line"),
    "nothing that is typed": (["file a", "    b"], "nothing is typed"),
    "nothing to make": (["disk", "$ true", "exit 0"], "line 2: 'disk' says nothing"),
}


@pytest.mark.parametrize(("lines", "message"), NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
def test_a_line_that_is_not_understood_is_named(lines: list[str], message: str) -> None:
    with pytest.raises(ScriptError) as failure:
        script_of(*lines)
    assert str(failure.value).startswith("a.txt, ")
    assert message in str(failure.value)


def test_a_session_without_a_title_is_none() -> None:
    with pytest.raises(ScriptError, match="line 1"):
        parse("$ true\nexit 0\n", "a.txt")


NOT_MADE = {
    "a disk of no kind": ["disk a.img zfs"],
    "files on a disk that nobody reads": ["disk a.img luks", "    a.txt  text b"],
    "content that is none": ["folder a", "    a.txt  noise 3"],
    "a picture beyond the last": ["folder a", "    a.jpg  picture 9999"],
    "content without two blanks": ["folder a", "    a.txt text b"],
    "a digest of nothing": ["file a", "    <md5 of page 3>"],
}


@pytest.mark.parametrize("lines", NOT_MADE.values(), ids=NOT_MADE)
def test_what_cannot_be_made_is_named_with_its_line(lines: list[str], tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"a\.txt, line 2: "):
        play(script_of(*lines, "$ true", "exit 0"), tmp_path)


def test_a_stick_that_was_not_made_is_not_filled(tmp_path: Path) -> None:
    lines = ["$ echo begun", "fill stick when it says begun", "exit 0"]
    with pytest.raises(ScriptError, match="line 2: no stick 'stick' was made"):
        play(script_of(*lines), tmp_path)


def test_what_is_made_is_what_the_script_describes(tmp_path: Path) -> None:
    lines = [
        "folder a",
        "    deep/b.txt      text bread, milk",
        "    c/*.txt         letters 9 to 11",
        "file list",
        "    <sha256 of text bread, milk>  deep/b.txt",
        "      two more blanks",
        "$ cd a && head -n 1 ../list | sha256sum --strict -c",
        "exit 0",
        "says deep/b.txt: OK",
        "leaves a/c/0009.txt",
        "leaves a/c/0011.txt",
        "leaves no a/c/*12.txt",
        "$ tail -n 1 list | cat -A",
        "exit 0",
    ]
    assert "\n  two more blanks$" in play(script_of(*lines), tmp_path)


@pytest.mark.parametrize("kind", ["ntfs", "ext4", "fat", "exfat"])
def test_a_disk_holds_what_the_script_describes(kind: str, tmp_path: Path) -> None:
    """What is deleted is still there, and unallocated."""
    lines = [
        f"disk a.img {kind} LABEL",
        "    KEPT/B.TXT      text bread, milk",
        "    KEPT/GONE.TXT   letter 3, deleted",
        "file names.yaml",
        "    {name: n, description: n, detectors: [{use: names, lists: [words]}]}",
        "file words",
        "    re:TXT",
        "$ seek devices a.img",
        "exit 0",
        f"says d0v1 … {'fat16' if kind == 'fat' else kind} LABEL readable",
        "$ seek scan a.img --profile names.yaml --out out",
        "exit 0",
        "$ seek report out/* --export csv --out a.csv && cut -d, -f3,9 a.csv | sort",
        "exit 0",
        "says KEPT/B.TXT,allocated",
        "says KEPT/…ONE.TXT,unallocated",
    ]
    play(script_of(*lines), tmp_path)


def test_a_script_knows_whether_it_needs_root() -> None:
    assert script_of("stick s", "$ true", "exit 0").needs_root
    assert not script_of("folder s", "$ true", "exit 0").needs_root


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a stick is mounted")
def test_a_stick_is_filled_and_emptied(tmp_path: Path) -> None:
    write = "head -c 65536 /dev/zero >> stick/a"
    fills = f"$ echo one; while {write}; do :; done; echo full; until {write}; do :; done"
    lines = ["stick stick", fills, "fill stick when it says one", "empty stick when it says full",
             "exit 0", "says full", "warns …No space left on device"]  # fmt: skip
    assert "(empty stick)" in play(script_of(*lines), tmp_path)


def test_steps_keep_the_numbers_of_their_lines() -> None:
    read = script_of("", "file a", "    b", "", "$ true", "# why", "exit 0")
    made, typed = read.steps
    assert isinstance(made, Make)
    assert isinstance(typed, Command)
    assert (made.line, typed.line) == (3, 6)
    assert (read.title, made.below, typed.exit_code) == ("A session", ["b"], 0)
