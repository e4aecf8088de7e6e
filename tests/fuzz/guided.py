"""One harness under atheris (libFuzzer): `python -m tests.fuzz.guided NAME FOLDER [OPTION …]`.

FOLDER keeps what was found worth keeping; options are libFuzzer's.
"""

import hashlib
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["triage"], enable_loader_override=False):
    from tests.fuzz.all import HARNESSES


def main() -> None:
    """Never returns: libFuzzer ends the process."""
    harness = HARNESSES[sys.argv[1]]
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for seed in (*harness.seeds(), *(path.read_bytes() for path in harness.saved)):
        (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    atheris.Setup([sys.argv[0], *sys.argv[3:], str(folder)], harness.survives)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
