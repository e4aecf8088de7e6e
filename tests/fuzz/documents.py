"""Harnesses of what takes members out of documents and mail, each without the fence round it."""

from collections.abc import Callable, Iterator
from functools import partial

from tests.containers import making
from tests.fuzz.harness import Harness
from tests.members import making_compound_files as office
from tests.members import making_mails as mail
from tests.members import making_outlook as stores
from tests.members import making_pdfs as papers
from tests.members.making_databases import database, property_list
from tests.members.making_tnef import tnef as tnef_of
from triage.media.window import InMemory
from triage.members import compound_files, databases, mails, outlook, pdfs, property_lists, tnef
from triage.members.member import MOST_AT_ONCE, DamagedError, LockedError, Opener, Opening

MOST_MEMBERS, MOST_BYTES = 300, 8_000_000
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + bytes(range(256)) * 3 + b"\xff\xd9"


def taken_apart(family: Opener, kinds: tuple[str, ...], data: bytes) -> None:
    """As each kind; no step gives more than one may."""
    for kind in kinds:
        count = came = 0
        try:
            for member in family.members(InMemory(data), Opening(kind=kind)):
                count += 1
                came += _taken_out(member.chunks)
                if count > MOST_MEMBERS or came > MOST_BYTES:
                    break
        except (DamagedError, LockedError):
            continue


def _taken_out(chunks: Callable[[], Iterator[bytes]]) -> int:
    came = 0
    try:
        for chunk in chunks():
            if len(chunk) > MOST_AT_ONCE:
                raise AssertionError("a step that is too long")
            came += len(chunk)
            if came > MOST_BYTES:
                break
    except (DamagedError, LockedError):
        return came
    return came


def _mails() -> tuple[bytes, ...]:
    letter = mail.message({"a.jpg": JPEG, "b.jpg": JPEG})
    texts = (mail.uuencoded("a.jpg", JPEG), mail.yenc("a.jpg", JPEG))
    return (
        letter, mail.forwarded(letter), mail.mailbox([letter, letter]),
        mail.message({"a.jpg": JPEG}, way="quoted-printable"),
        *(mail.single(text, "8bit", "text/plain") for text in texts),
        mail.single(b'<img src="data:image/png;base64,' + mail.base64_lines(making.PNG), "8bit",
                    "text/html"),
    )  # fmt: skip


def _papers() -> tuple[bytes, ...]:
    assert pdfs.make_ready()
    off = {"object_stream_mode": papers.ObjectStreamMode.disable}
    packed = {"object_stream_mode": papers.ObjectStreamMode.generate}
    jpegs = dict.fromkeys(papers.WRAPPINGS, JPEG)
    return (
        papers.with_jpegs(jpegs, **off), papers.with_jpegs(jpegs, **packed),
        papers.with_inline(JPEG, **off), papers.with_files({"a.zip": making.zipped({})}, **off),
        papers.with_jpegs({"plain": JPEG}, encryption=papers.Encryption(owner="x", user="")),
    )  # fmt: skip


def _office() -> tuple[bytes, ...]:
    blips = (office.blip(JPEG), office.blip(making.PNG, "png", digests=2), office.blip(JPEG, "emf"))
    message = office.msg({"a.jpg": JPEG, "b": office.msg({"c.jpg": JPEG})})
    pool = {"ObjectPool": {"_1": {"\x01Ole10Native": office.packaged("a.jpg", JPEG)}}}
    return (
        office.doc(*blips), office.xls(*blips), office.ppt(*blips), office.compound(message),
        office.compound(pool),
    )  # fmt: skip


def _stores() -> tuple[bytes, ...]:
    mail = stores.Mail(attached={"a.jpg": JPEG * 12, "b": stores.Mail(attached={"c.jpg": JPEG})})
    return tuple(
        stores.store({"Inbox": [mail]}, form, way)
        for form in stores.FORMS.values()
        for way in stores.WAYS
    )


def _bases() -> tuple[bytes, ...]:
    rows = {n: JPEG * n for n in range(1, 12)}
    return tuple(database(rows, page_size=size) for size in (512, 4096))


def _lists() -> tuple[bytes, ...]:
    return (property_list(JPEG, making.PNG * 9), property_list(b"x" * 200))


def _packed() -> tuple[bytes, ...]:
    return (tnef_of({"a.jpg": JPEG, "b": {"c.jpg": JPEG}}),)


HARNESSES = (
    Harness(name="mails", run=partial(taken_apart, mails, ("eml", "mbox")), seeds=_mails),
    Harness(name="pdfs", run=partial(taken_apart, pdfs, ("pdf",)), seeds=_papers),
    Harness(
        name="compound_files", run=partial(taken_apart, compound_files, ("ole",)), seeds=_office
    ),
    Harness(name="outlook", run=partial(taken_apart, outlook, ("pst",)), seeds=_stores),
    Harness(name="tnef", run=partial(taken_apart, tnef, ("tnef",)), seeds=_packed),
    Harness(name="databases", run=partial(taken_apart, databases, ("sqlite",)), seeds=_bases),
    Harness(
        name="property_lists", run=partial(taken_apart, property_lists, ("plist",)), seeds=_lists
    ),
)
