"""`python -m tests.bundle`: writes findings.schema.json anew, from the code."""

from pathlib import Path

from triage.bundle.format import schema

SCHEMA = Path(schema.__file__).with_name("findings.schema.json")

if __name__ == "__main__":
    SCHEMA.write_bytes(schema.generate())
