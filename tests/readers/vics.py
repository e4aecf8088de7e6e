"""VICS, read by GLEAPP's importer, and by seek's own reader of sets."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.readers.answers import Answers, Row, of_all
from triage.bundle.rendering.contents import FoundContent
from triage.hashsets.importing import ready
from triage.hashsets.labels import number_of

_GLEAPP = "GLEAPP: `projectvic.import_vic`"
_IMPORT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from gleapp.projectvic import import_vic
class Rows(list):
    def upsert_file(self, path, **said): self.append(said)
    def set_meta(self, name, value): pass
    def get_meta(self, name): return None
    def get_category(self, code): return code
    def commit(self): pass
    def audit_log(self, *said): pass
class Case:
    db, examiner = Rows(), "nobody"
present, missing = import_vic(Case, sys.argv[2])
print(json.dumps({"present": present, "missing": missing, "rows": Case.db}))
"""
"""GLEAPP's importer, whose rows are listed here instead of in its database."""


def gleapp(answers: Answers, checkout: Path, file: Path) -> Row:
    """Its importer, of a checkout of its repository; of what was taken out."""
    said = _imported(checkout, file)
    held = Counter[tuple[object, ...]]()
    for row in said["rows"]:
        places = [row["orig_path"], *json.loads(row.get("alt_paths", "[]"))]
        for place in places:
            held[row["md5"], row["sha1"], place, row.get("category", 0)] += 1
    wanted = Counter(_wanted(answers, content) for content in answers.contents)
    there = (wanted & held).total()
    arrived = (
        f"{of_all(there, wanted.total(), 'contents')}, each with MD5, SHA-1, path and category; "
        f"{said['present']} with their file, {said['missing']} as missing files"
    )
    return Row("`seek extract --vics`", _GLEAPP, arrived, there == wanted.total())


def gleapp_without_files(checkout: Path, file: Path) -> Row:
    """The same, of a list alone."""
    count = len(_imported(checkout, file)["rows"])
    said = f"{count} contents" if count else "none: it registers files, and there are none"
    return Row("vics", _GLEAPP, said, whole=True)


def _imported(checkout: Path, file: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, str(checkout), str(file)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _wanted(answers: Answers, content: FoundContent) -> tuple[object, ...]:
    place = "/".join(filter(None, (content.finding.entry.volume_id, *content.place)))
    place = place.replace("/", "\\")
    digests = content.digests
    return digests["md5"], digests["sha1"], place, category(answers, content)


def category(answers: Answers, content: FoundContent) -> int:
    """That the lab's set gave it."""
    given = (
        match.provenance.get("category", "")
        for other in answers.contents
        if other.key == content.key
        for match in other.own
    )
    return number_of(next(filter(None, given), ""))


def seek(answers: Answers, file: Path) -> Row:
    """It, as a set: digests and categories come back."""
    there = 0
    with ready(file) as known:
        for content in answers.contents:
            entry = known.find("md5", bytes.fromhex(content.digests["md5"]))
            there += entry is not None and number_of(entry.category) == category(answers, content)
    arrived = f"{of_all(there, len(answers.contents), 'contents')} with MD5, SHA-1 and category"
    whole = there == len(answers.contents)
    return Row("vics", "seek's own, `seek hash-set build`", arrived, whole)
