"""Alternate streams of NTFS that a RAR holds beside its files; libarchive tells nothing of them."""

from collections.abc import Callable

from triage.containers.rar import MARK4, MARK5
from triage.members import rar4_headers, rar5_headers
from triage.members.member import ContainerBytes, DamagedError


def streams_in(content: ContainerBytes, goes_on: Callable[[], bool]) -> int:
    """How many, as far as its headers can be read; where they cannot, libarchive says so."""
    count = 0
    begins = content.read_at(0, len(MARK5))
    try:
        if begins == MARK5:
            for block in rar5_headers.blocks(content, len(MARK5)):
                count += rar5_headers.is_stream(block)
                if not goes_on():
                    break
        elif begins.startswith(MARK4):
            for old in rar4_headers.blocks(content, len(MARK4)):
                count += rar4_headers.is_stream(old)
                if not goes_on():
                    break
    except DamagedError:
        return count
    return count
