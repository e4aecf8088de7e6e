"""What people write by hand is read; what stands for more than it is, or twice, is refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from triage import plain_yaml
from triage import profile as profiles
from triage.errors import HashSetError, ModelError, ProfileError
from triage.hashsets.categories import load_map
from triage.packs.models import load_pack

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(99 + n)}: &{chr(99 + n)} [{', '.join(['*' + ('a' if n == 0 else chr(98 + n))] * 10)}]\n"
    for n in range(10)
)
"""700 bytes that stand for 10^11 values."""
REFUSED = {
    "a bomb of aliases": (BOMB, r"an anchor \(&\).*line 1, column 4"),
    "an alias": ("a: 1\nb: *a", r"an alias \(\*\).*line 2"),
    "an anchor alone": ("name: &n quick", r"an anchor \(&\)"),
    "an anchor of a list": ("detectors: &d\n  - use: type", r"an anchor \(&\)"),
    "an anchor of a key": ("&k name: quick", r"an anchor \(&\)"),
    "a merge key": ("limits:\n  <<: {time: 1 h}", r"a merge key \(<<\).*line 2"),
    "a merge key of several": ("limits: {<<: [{time: 1 h}, {time: 2 h}]}", r"a merge key \(<<\)"),
    "a key twice": ("name: a\nname: b", r"the key 'name' stands there twice.*line 2"),
    "a key twice, further in": (
        "limits: {time: 1 h, time: 2 h}",
        r"the key 'time' stands there twice",
    ),
    "brackets without end": ("[" * 10_000, "nested too deeply|line 1"),
    "a number of many digits": (f"name: {'9' * 5000}", "a value is none"),
    "a day that never was": ("name: 2026-02-31", "a value is none"),
    "a text without end": ("# x\n" * 70_000, "more than 262,144 characters"),
    "a tag of Python's": (
        "name: !!python/object/apply:os.system [true]",
        "could not determine a constructor",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_profiles_cards_and_tables_refuse_it_with_its_place(kind: str, tmp_path: Path) -> None:
    text, said = REFUSED[kind]
    for name in ("profile.yaml", "card.yaml", "map.yaml"):
        (tmp_path / name).write_text(text)
    with pytest.raises(ProfileError, match=said):
        profiles.load(str(tmp_path / "profile.yaml"))
    with pytest.raises(HashSetError, match=said):
        load_map(tmp_path / "map.yaml")
    with pytest.raises(ModelError, match=said if len(text) < 60_000 else "understood"):
        load_pack(str(tmp_path))


def test_a_bomb_of_aliases_does_not_hold_the_check_of_a_profile(tmp_path: Path) -> None:
    """In a process that is ended after 20 seconds of the processor's time."""
    (tmp_path / "p.yaml").write_text(f"name: x\ndescription: x\ndetectors: *m\n{BOMB}")
    (tmp_path / "q.yaml").write_text(BOMB)
    (tmp_path / "r.yaml").write_text("name: " + ":".join(["59"] * 80_000))
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (20, 20))\n"
        "from triage.errors import ProfileError\nfrom triage.profile import load\n"
        "for file in sys.argv[1:]:\n"
        "    try: load(file)\n"
        "    except ProfileError: print('refused')\n"
    )
    files = [str(tmp_path / f"{name}.yaml") for name in "pqr"]
    done = subprocess.run(
        [sys.executable, "-c", code, *files], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "refused\n" * 3), done.stderr[-300:]


def test_what_people_write_is_read() -> None:
    text = "a: [1, x, 2.5, true, null]\nb:\n  c: 'd & *e'\n  f: |\n    two\n    lines\n'<<': 1\n"
    assert plain_yaml.read(text) == {
        "a": [1, "x", 2.5, True, None],
        "b": {"c": "d & *e", "f": "two\nlines\n"},
        "<<": 1,
    }


@pytest.mark.parametrize("name", profiles.SHIPPED)
def test_shipped_profiles_are_plain(name: str) -> None:
    assert profiles.load(name).name == name
