"""PDFs: what is embedded in them as a file, and their pictures. qpdf finds the objects, by pikepdf.

A picture that is encoded as JPEG or JPEG 2000 comes out byte for byte, whatever is wrapped round
it. Others lie there as pixels: of these a PNG is made, whose name says `rendered`, because its
digest is no file's.
"""

from collections.abc import Iterator

from triage.members.member import ContainerBytes, Member, Opening

KINDS = frozenset({"pdf"})
TELLS_LOCKED = True


def make_ready() -> bool:
    """pikepdf is loaded, and what it loads when it first meets a picture."""
    try:
        from triage.members import pdf_objects  # noqa: PLC0415 - nobody else needs it
    except ImportError:
        return False
    pdf_objects.warm_up()
    return True


def members(content: ContainerBytes, opening: Opening) -> Iterator[Member]:
    """First the pictures that are files, then what is embedded, then what is made of pixels.

    Raises DamagedError, also at the end of one that held together only in parts; LockedError where
    neither no password nor one that was given opens it.
    """
    from triage.members import pdf_objects  # noqa: PLC0415 - loaded by make_ready

    yield from pdf_objects.members(content, opening)
