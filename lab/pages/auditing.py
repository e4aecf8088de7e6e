"""What was done to the store: its log, followed from the first line, the last records first."""

from starlette.responses import Response

from lab.layout import AUDIT
from lab.pages.asking import Question
from lab.pages.showing import page
from lab.reveals import reveal_of
from lab.trail import read_trail

_AT_ONCE = 100


def audit(question: Question) -> Response:
    """So many records before a number; of a picture that was shown, the reason in words too."""
    records = list(read_trail(question.store / AUDIT))
    before = question.whole_number("before") or len(records) + 1
    some = [each for each in records if each.seq < before][-_AT_ONCE:][::-1]
    reasons = {}
    with question.decided() as decided:
        for each in some:
            number = each.fields.get("reveal")
            if isinstance(number, int) and (found := reveal_of(decided, number)):
                reasons[each.seq] = found.words
    more = some[-1].seq if some and some[-1].seq > records[0].seq else 0
    return page(question, "audit.html", records=some, reasons=reasons, count=len(records),
                more=more)  # fmt: skip
