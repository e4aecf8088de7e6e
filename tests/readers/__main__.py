"""`make readers`: every export, read by the other tool's own reader, as the table of
docs/formats/exports.md.

    python -m tests.readers FOLDER

Reads nothing from a network. What neither Debian nor the locks have is named by whoever has it:

    GLEAPP=CHECKOUT      a checkout of abrignoni/GLEAPP
    IPED=CLASS_PATH      of an installed IPED, for Java 17 (`/opt/iped/iped.jar:/opt/iped/lib/*`)
    DFXML=CHECKOUT       a checkout of dfxml-working-group/dfxml_python, with its submodule

What is not named is left out, and said. The exit code is 1 if a reader lacks something.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.demo import SEEK
from tests.readers import answers, digests, entries, exhibit, graph, vics
from tests.readers.answers import Answers, Row

_EXPORTS = {"csv": "csv", "vics": "json", "case": "jsonld", "dfxml": "dfxml", "body": "body",
            "digests": "csv"}  # fmt: skip


def main() -> int:
    """Make a disk, scan it, export, have all of it read; returns the exit code."""
    folder = Path(sys.argv[1]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    disk, known, profile, passwords = exhibit.make(folder)
    _seek("scan", disk, "--profile", profile, "--hash-set", known, "--unlock", passwords,
          "--case", "READERS-1", "--exhibit", "A1", "--examiner", "J. Roe",
          "--out", folder / "bundles")  # fmt: skip
    bundle = next((folder / "bundles").iterdir())
    for export, ending in _EXPORTS.items():
        _seek("report", bundle, "--export", export, "--out", folder / f"{export}.{ending}")
    _seek("extract", bundle, "--source", disk, "--unlock", passwords, "--all", "--vics",
          "--out", folder / "extracted")  # fmt: skip
    _seek("hash-set", "build", folder / "digests.csv", "--out", folder / "set.seekset",
          "--name", "findings", "--kind", "notable")  # fmt: skip
    _seek("hash-set", "export", folder / "set.seekset", "--format", "vics",
          "--out", folder / "set.json")  # fmt: skip
    _seek("lab", "init", folder / "store")
    _seek("lab", "import", folder / "store", bundle)
    _seek("lab", "entries", folder / "store", "--out", folder / "entries.parquet")
    told = answers.read(bundle)
    print(f"{told.findings} findings, {len(told.contents)} contents with those of their parts; "
          f"{len(told.lines)} entries.\n")  # fmt: skip
    print("| export | reader | what arrived |\n|---|---|---|")
    lacking = False
    for row in _rows(told, folder):
        lacking |= not row.whole
        print(f"| {row.export} | {row.reader} | {'' if row.whole else 'NOT ALL: '}{row.arrived} |")
    return int(lacking)


def _rows(told: Answers, folder: Path) -> Iterator[Row]:
    if checkout := _named("GLEAPP"):
        extracted = folder / "extracted" / "vics.json"
        yield vics.gleapp(told, Path(checkout).resolve(), extracted)
        yield vics.gleapp_without_files(Path(checkout).resolve(), folder / "vics.json")
    yield vics.seek(told, folder / "vics.json")
    if class_path := _named("IPED"):
        for file, export, named in (
            ("digests.csv", "digests", "category"),
            ("set.json", "digests, as `seek hash-set export --format vics`", "vicCategory"),
        ):
            yield digests.iped(told, class_path, folder / file, export, named)
    yield graph.case_validate(folder / "case.jsonld")
    yield graph.rdflib_query(told, folder / "case.jsonld")
    if checkout := _named("DFXML"):
        xsd = Path(checkout, "dependencies", "dfxml_schema", "dfxml.xsd")
        yield entries.schema(xsd, folder / "dfxml.dfxml")
        yield entries.dfxml(told, Path(checkout).resolve(), folder / "dfxml.dfxml")
        yield entries.idifference(Path(checkout).resolve(), folder / "dfxml.dfxml")
    yield entries.mactime(told, folder / "body.body")
    yield entries.duckdb_csv(told, folder / "csv.csv")
    yield entries.duckdb_parquet(told, folder / "entries.parquet")


def _named(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        print(f"| | {variable} | not tried: it is not named |")
    return value


def _seek(*arguments: object) -> None:
    done = subprocess.run([SEEK, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(f"seek {arguments[0]} failed:\n{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
