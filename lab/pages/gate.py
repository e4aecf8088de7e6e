"""The one place that decides whether who asks gets an answer; a page only ever sees who may see it.

In this order: is the session one, what is the account now, may that role do what the page does,
does the form come from a page of ours, is it short enough. Host and headers: threshold.py.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from secrets import compare_digest

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from lab import layout
from lab.accounts import Account
from lab.accounts import account as account_of
from lab.decisions import Decisions
from lab.pages.access import Act, may
from lab.pages.asking import MOST_SAID, MOST_UPLOADED, NotThereError, Question
from lab.pages.house import House
from lab.pages.sessions import PageSession
from lab.pages.showing import go_to, told
from lab.pages.tongue import preferred
from triage.errors import SeekError, UsageError

Answer = Callable[[Question], Response]
_MOST_DRAINED = 4 * MOST_UPLOADED
"""A browser that sends more than is taken is heard out so far, or it would show no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabPage:
    """One thing that can be asked for, and what it is to be let do that."""

    method: str
    path: str
    act: Act
    answer: Answer
    takes_file: bool = False


class TooLargeError(Exception):
    """More was sent than is taken."""


class _InMemory(MultiPartParser):
    """A picture that was sent never lies on a disk."""

    spool_max_size = MOST_UPLOADED + MOST_SAID


def gated(house: House, page: LabPage) -> Callable[[Request], Awaitable[Response]]:
    """The page behind the gate."""

    async def answer(request: Request) -> Response:
        number = request.cookies.get(house.cookie, "")
        session = house.sessions.of(number)
        account = await run_in_threadpool(_account, house, session)
        if session and not account:
            house.sessions.end(number)
            session = None
        spoken = session.language if session else ""
        question = Question(
            house=house,
            account=account,
            session=session,
            number=number,
            address=request.client.host if request.client else "",
            language=spoken or preferred(request.headers.get("accept-language", "")),
            path=request.path_params,
            query=dict(request.query_params),
        )
        if not may(account.role if account else None, page.act):
            return told(question, 403, "may_not") if account else go_to("/enter")
        if page.method == "POST":
            if not _is_ours(house, request):
                return told(question, 403, "not_ours")
            try:
                question = await _with_form(request, question, page)
            except TooLargeError:
                return told(question, 413, "too_large")
            except MultiPartException:
                return told(question, 400, "no_form")
            if session and not compare_digest(
                session.token.encode(), question.form.get("token", "").encode()
            ):
                return told(question, 403, "not_ours")
        return await run_in_threadpool(_answered, page, question)

    return answer


def _account(house: House, session: PageSession | None) -> Account | None:
    """As it is now: who was closed, or has another password, is signed out."""
    if session is None:
        return None
    decided = Decisions(house.store / layout.DECISIONS)
    try:
        found = account_of(decided, session.name)
    finally:
        decided.close()
    return found if found and found.secret == session.secret else None


def _is_ours(house: House, request: Request) -> bool:
    """Whether a browser says that the form was on a page of ours; it always says it."""
    origin = request.headers.get("origin")
    scheme = "https" if house.secure else "http"
    return origin is None or origin == f"{scheme}://{request.headers.get('host', '')}"


async def _with_form(request: Request, question: Question, page: LabPage) -> Question:
    most = MOST_SAID + (MOST_UPLOADED if page.takes_file else 0)
    body = await _body(request, most)

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data" and page.takes_file:
        parser = _InMemory(
            request.headers, stream(), max_files=1, max_fields=20, max_part_size=MOST_SAID
        )
        form = await parser.parse()
    else:
        form = await FormParser(request.headers, stream()).parse()
    return replace(question, form=_texts(form), upload=await _file(form))


def _texts(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _file(form: FormData) -> bytes:
    for value in form.values():
        if isinstance(value, UploadFile):
            try:
                return await value.read()
            finally:
                await value.close()
    return b""


async def _body(request: Request, most: int) -> bytes:
    """Raises TooLargeError, after what was too much was heard out."""
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:18]) > _MOST_DRAINED:
        raise TooLargeError
    body, total = bytearray(), 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > _MOST_DRAINED:
            raise TooLargeError
        if total <= most:
            body += chunk
        else:
            body.clear()
    if total > most:
        raise TooLargeError
    return bytes(body)


def _answered(page: LabPage, question: Question) -> Response:
    try:
        return page.answer(question)
    except NotThereError as error:
        return told(question, 404, "not_there", more=error.message, hint=error.hint)
    except UsageError as error:
        return told(question, 400, "refused", more=error.message, hint=error.hint)
    except SeekError as error:
        return told(question, 503, "store_cannot", more=error.message, hint=error.hint)
