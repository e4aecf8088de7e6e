"""What providers report: the queue, a report, the order that unblocks its files."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.responses import Response

from lab.engines.duck import Connection
from lab.pages.asking import NotThereError, Question
from lab.pages.showing import go_to, page
from lab.referrals.jurisdiction import jurisdiction_of
from lab.referrals.keeping import see_marks
from lab.referrals.orders import ALL, ReferralKey, enter_order, orders_of, referral_of
from lab.referrals.queue import files_of, queue_of, shared_by
from lab.weighing import weights_of
from triage.errors import StoreError

_MOST = 500
_FILES_AT_ONCE = 100
_MOST_OTHERS = 20


def queue(question: Question) -> Response:
    """Reports, what is to be looked at first above."""
    store = question.store
    with _marks(question) as held, question.decided() as decided:
        rule = jurisdiction_of(store)
        found = queue_of(held, decided, weights_of(store).referrals, rule)
    return page(question, "referrals.html", referrals=found[:_MOST], left_out=len(found[_MOST:]),
                rule=rule.name)  # fmt: skip


def show(question: Question) -> Response:
    """One: what it says and shares, and its files, each with whether it may be opened."""
    number, after = question.whole_number("number"), question.query.get("after", "")[:100]
    store = question.store
    with _marks(question) as held, question.decided() as decided:
        key, rule = _key(question, number), jurisdiction_of(store)
        shared = shared_by(held, decided, weights_of(store).referrals, key)
        files = files_of(held, decided, rule, key, after=after, most=_FILES_AT_ONCE + 1)
        said = held.ask(
            "referral_marks", {"digest": key.digest, "report": key.report, "most": _MOST}
        )
        orders = orders_of(decided, number)
    more = files[_FILES_AT_ONCE - 1].file if len(files) > _FILES_AT_ONCE else ""
    return page(question, "referral.html", referral=key, said=said, shared=shared[:_MOST],
                files=files[:_FILES_AT_ONCE], more=more, orders=orders, rule=rule.name,
                most_others=_MOST_OTHERS)  # fmt: skip


def order(question: Question) -> Response:
    """Unblock all files of a report, or one."""
    number = question.whole_number("number")
    _key(question, number)
    with _marks(question) as held, question.judging() as writer:
        enter_order(writer, held, number, question.form.get("reference", ""),
                    question.form.get("file", ALL))  # fmt: skip
    return go_to(f"/referrals/{number}")


def _key(question: Question, number: int) -> ReferralKey:
    with question.decided() as decided:
        try:
            return referral_of(decided, number)
        except StoreError as error:
            raise NotThereError("There is no such referral.", hint="The queue has all.") from error


@contextmanager
def _marks(question: Question) -> Iterator[Connection]:
    with question.reading() as held:
        see_marks(held, question.store)
        yield held
