"""CASE: held against the ontology by case_validate, and asked as a graph by rdflib."""

import subprocess
import sys
from pathlib import Path

import rdflib

from tests.readers.answers import Answers, Row, of_all

_ASK = """
PREFIX o: <https://ontology.unifiedcyberontology.org/uco/observable/>
PREFIX c: <https://ontology.unifiedcyberontology.org/uco/core/>
PREFIX t: <https://ontology.unifiedcyberontology.org/uco/types/>
SELECT ?path ?value WHERE {
  ?file a o:File ; c:hasFacet ?named, ?held .
  ?named o:filePath ?path .
  ?held o:hash ?hash .
  ?hash t:hashMethod "SHA256" ; t:hashValue ?value .
}"""


def case_validate(file: Path) -> Row:
    """Whether it conforms."""
    command = str(Path(sys.executable).with_name("case_validate"))
    done = subprocess.run(
        [command, "--built-version", "case-1.5.0", "--allow-info", str(file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    conforms = "Conforms: True" in done.stdout
    said = "conforms to CASE 1.5.0" if conforms else done.stdout.splitlines()[-1]
    return Row("case", "case-utils: `case_validate`", said, conforms)


def rdflib_query(answers: Answers, file: Path) -> Row:
    """Each file and part, with its path and its SHA-256."""
    graph = rdflib.Graph().parse(file, format="json-ld")
    held = {(str(path), str(value).lower()) for path, value in graph.query(_ASK)}  # type: ignore[misc]
    wanted = {
        ("/".join(filter(None, content.place)), content.digests["sha256"])
        for content in answers.contents
    }
    there = len(wanted & held)
    arrived = f"{of_all(there, len(wanted), 'contents')} with SHA-256 and path"
    return Row("case", "rdflib: SPARQL", arrived, there == len(wanted))
