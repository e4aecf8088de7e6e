"""Puts nothing in the place of an OpenSSL that a wheel brings along and nobody calls.

OpenCV's wheel links FFmpeg, which links OpenSSL 1.1.1k for addresses beginning with https. seek gives FFmpeg streams and never an
address, in workers that may open no socket; yet the library, without care since 2023, would be loaded into every worker that
decodes a video. Each function that is asked for is here a trap: a worker that called one would end, and its entry be said to be
unreadable.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

NAMES = re.compile(r"lib(ssl|crypto)-[0-9a-f]+\.so[.0-9a-z]*")
WANTED = re.compile(r"(\w+)@+(OPENSSL_\w+)")


def main() -> int:
    """Replace both libraries of one wheel; it is an error if they are not there, or nobody wants anything of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", type=Path, help="the wheel's folder of shared libraries")
    folder: Path = parser.parse_args().libraries
    replaced = [path for path in sorted(folder.iterdir()) if NAMES.fullmatch(path.name)]
    functions = wanted(path for path in sorted(folder.iterdir()) if path not in replaced)
    if len(replaced) != 2 or not functions:
        print(f"error: {folder} holds no OpenSSL any more: take this step away", file=sys.stderr)
        return 1
    for library in replaced:
        make(library, functions)
    return 0


def wanted(libraries: Iterable[Path]) -> dict[str, list[str]]:
    """By version, the functions of OpenSSL that these libraries ask for."""
    found = defaultdict(set)
    for library in libraries:
        said = subprocess.run(["llvm-nm", "--dynamic", "--undefined-only", library], check=True, capture_output=True, text=True)
        for name, version in WANTED.findall(said.stdout):
            found[version].add(name)
    return {version: sorted(names) for version, names in sorted(found.items())}


def make(library: Path, functions: dict[str, list[str]]) -> None:
    """A library of that name whose functions are traps; the same bytes for the same names."""
    with tempfile.TemporaryDirectory() as work:
        code, versions = Path(work) / "traps.c", Path(work) / "versions"
        names = [name for those in functions.values() for name in those]
        code.write_text("".join(f"void {name}(void) {{ __builtin_trap(); }}\n" for name in names))
        versions.write_text("".join(f"{version} {{ {'; '.join(those)}; }};\n" for version, those in functions.items()))
        made = Path(work) / library.name
        subprocess.run(
            ["clang", "-w", "-shared", "-nostdlib", "-fPIC", "-O1", "-Wl,--build-id=none", f"-Wl,--version-script={versions}",
             f"-Wl,-soname,{library.name}", "-o", made, code],
            check=True, cwd=work,
        )  # fmt: skip
        library.write_bytes(made.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
