"""`python -m tests.endings`: writes the table of docs/decisions/how-a-scan-ended.md anew."""

import re
from pathlib import Path

from tests.endings.rows import ROWS
from tests.endings.situations import Situation
from triage.ending import Reason
from triage.ending_words import ENDED, NOT_SEEN, UNFINISHED, nothing_found

DOCUMENT = Path(__file__).parents[2] / "docs/decisions/how-a-scan-ended.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"


def table() -> str:
    """All situations, a row each."""
    lines = ["| | situation | exit code | headline | what is said of it |", "|---|---|---|---|---|"]
    lines += [_row(number, row) for number, row in enumerate(ROWS, 1)]
    return "\n".join(lines) + "\n"


def _row(number: int, row: Situation) -> str:
    headline = nothing_found("en", row.how) if row.findings == 0 or not row.notable else "FINDINGS"
    said = [ENDED["en"][row.how]] if row.how in UNFINISHED else []
    said += [NOT_SEEN["en"][reason] for reason in Reason if reason in row.reasons]
    cells = (str(number), row.name, str(int(row.how.exit_code)), headline, "; ".join(said) or "-")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Between the two marks, and nothing else."""
    text = DOCUMENT.read_text(encoding="utf-8")
    new = re.sub(f"{BEGIN}.*{END}", lambda _: BEGIN + table() + END, text, flags=re.DOTALL)
    DOCUMENT.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
