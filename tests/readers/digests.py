"""Digests of findings, read by IPED's importer of hash sets: the list, and the set as VICS."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from tests.readers.answers import Answers, Row, of_all
from tests.readers.vics import category

_TOLD = """SELECT lower(hex(SHA256)), lower(hex(MD5)), lower(hex(SHA1)), PROPERTY_NAME, VALUE
FROM HASHES LEFT JOIN HASHES_PROPERTIES USING (HASH_ID) LEFT JOIN PROPERTIES USING (PROPERTY_ID)"""


def iped(answers: Answers, class_path: str, file: Path, export: str, named: str) -> Row:
    """Its tool, of an installation; what is then in its database. `named`: what it calls the
    category there."""
    database = file.with_suffix(".iped.db")
    subprocess.run(
        ["java", "-cp", class_path, "iped.engine.hashdb.HashDBTool",
         "-d", str(file), "-o", str(database)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    held: dict[tuple[str, str], int] = {}
    with closing(sqlite3.connect(database)) as opened:
        for _, md5, sha1, name, value in opened.execute(_TOLD):
            held.setdefault((md5, sha1), 0)
            if name == named:
                held[md5, sha1] = int(value)
    wanted = {
        (content.digests["md5"], content.digests["sha1"]): category(answers, content)
        for content in answers.contents
    }
    there = sum(held.get(key) == given for key, given in wanted.items())
    arrived = (
        f"{of_all(there, len(wanted), 'contents')} with MD5, SHA-1 and category, as properties "
        "of hashes; no path, as a set has none"
    )
    return Row(export, "IPED: `HashDBTool`", arrived, there == len(wanted))
