"""Coverage: for every volume, how the entries and bytes that were listed add up."""

from triage.bundle.format.document import Document
from triage.bundle.format.shown import size
from triage.bundle.rendering.html import words
from triage.bundle.rendering.html.markup import Html, foreign, join, section, table, tag
from triage.containers.kinds import FAMILY
from triage.findings import Containers, LookedInto, Outcome, Tally, VolumeCoverage

_MOST_REASONS = 200
_MOST_KINDS = 200


def section_of(document: Document) -> Html:
    """Outcomes by volume, where the volumes' bytes lie, and the reasons."""
    explained = (
        "Every file entry (alternate streams by themselves) has one outcome; in each row the "
        "outcomes add up to what was listed. Bytes are those that the file system claims, so that "
        "sparse, compressed and deleted files can make them more than the volume holds."
    )
    parts: list[Html] = [tag("p", explained, class_="note")]
    volumes = sorted(document.coverage.volumes.values(), key=lambda volume: volume.volume_id)
    if not volumes:
        parts.append(tag("p", "No file system was listed."))
    else:
        parts += [_outcomes(document, volumes), _containers(volumes)]
        parts += [_inside(volumes), _undecoded(volumes)]
        parts += [_space(document), _reasons(volumes), _listings(volumes)]
    return section("Coverage", *parts, id_="coverage")


def _outcomes(document: Document, volumes: list[VolumeCoverage]) -> Html:
    heads = ("Volume", *(title for _, title in words.OUTCOMES), "Listed")
    rows = [
        (
            foreign(_name(document, volume.volume_id)),
            *(_tally(volume.outcomes.get(outcome, Tally())) for outcome, _ in words.OUTCOMES),
            _tally(volume.listed),
        )
        for volume in volumes
        if volume.listed.entries
    ]
    listed = Tally(
        entries=sum(volume.listed.entries for volume in volumes),
        bytes=sum(volume.listed.bytes for volume in volumes),
    )
    sums = (_tally(document.coverage.total(outcome)) for outcome, _ in words.OUTCOMES)
    total = ("All volumes", *sums, _tally(listed))
    right = range(1, len(heads))
    return table(heads, rows, numbers=right, total=total, class_="coverage")


def _containers(volumes: list[VolumeCoverage]) -> Html:
    """By kind, the most first; the volumes' own counts are in findings.json."""
    kinds: dict[str, Containers] = {}
    for volume in volumes:
        for kind, told in volume.containers.items():
            kinds[kind] = _both(kinds.get(kind, Containers()), told)
    if not kinds:
        return Html("")
    title = tag("h3", "Containers: compared as a whole, nobody looked inside")
    most = sorted(kinds.items(), key=lambda row: (-row[1].entries, row[0]))
    rows = [
        (FAMILY.get(kind, ""), foreign(kind), *_of_containers(told))
        for kind, told in most[:_MOST_KINDS]
    ]
    total = Containers()
    for told in kinds.values():
        total = _both(total, told)
    heads = ("Family", "Kind", "Entries", "Of them encrypted")
    whole = table(heads, rows, numbers=(2, 3), total=("All kinds", "", *_of_containers(total)))
    return join([title, whole])


def _inside(volumes: list[VolumeCoverage]) -> Html:
    """By kind, the most first: what was taken out of containers, and what was not."""
    kinds: dict[str, LookedInto] = {}
    for volume in volumes:
        for kind, told in volume.inside.items():
            kinds.setdefault(kind, LookedInto()).join(told)
    if not kinds:
        return Html("")
    title = tag("h3", "Containers that were looked into")
    note = (
        "Files in them are compared as any other. Encrypted and damaged ones were not; nor were "
        "those that a limit kept from being taken out, which their container's reason says."
    )
    total = LookedInto()
    for told in kinds.values():
        total.join(told)
    most = sorted(kinds.items(), key=lambda row: (-row[1].entries, row[0]))
    rows = [
        (FAMILY.get(kind, ""), foreign(kind), *_of_inside(told))
        for kind, told in most[:_MOST_KINDS]
    ]
    heads = (
        "Family", "Kind", "Entries", "Not to their end, or damaged", "Files in them", "Encrypted",
        "Damaged", "Containers not looked into",
    )  # fmt: skip
    right = range(2, len(heads))
    whole = table(heads, rows, numbers=right, total=("All kinds", "", *_of_inside(total)))
    return join([title, tag("p", note, class_="note"), whole])


def _of_inside(told: LookedInto) -> tuple[Html, ...]:
    further = (told.locked, told.damaged, sum(told.unopened.values()))
    return (
        _tally(told),
        Html(f"{told.in_part:,}"),
        _tally(Tally(entries=told.members, bytes=told.member_bytes)),
        *(Html(f"{number:,}") for number in further),
    )


def _undecoded(volumes: list[VolumeCoverage]) -> Html:
    """By kind, the most first; the volumes' own counts are in findings.json."""
    kinds: dict[str, Tally] = {}
    for volume in volumes:
        for kind, told in volume.undecoded.items():
            kinds.setdefault(kind, Tally()).add_all(told.entries, told.bytes)
    if not kinds:
        return Html("")
    title = tag("h3", "Pictures of a kind that is not decoded: compared by digest alone")
    most = sorted(kinds.items(), key=lambda row: (-row[1].entries, row[0]))
    rows = [(foreign(kind), _tally(told)) for kind, told in most[:_MOST_KINDS]]
    total = Tally()
    for told in kinds.values():
        total.add_all(told.entries, told.bytes)
    whole = table(("Kind", "Entries"), rows, numbers=(1,), total=("All kinds", _tally(total)))
    return join([title, whole])


def _both(one: Containers, other: Containers) -> Containers:
    return Containers(
        entries=one.entries + other.entries,
        bytes=one.bytes + other.bytes,
        locked=one.locked + other.locked,
        locked_bytes=one.locked_bytes + other.locked_bytes,
    )


def _of_containers(told: Containers) -> tuple[Html, Html]:
    return _tally(told), _tally(Tally(entries=told.locked, bytes=told.locked_bytes))


def _space(document: Document) -> Html:
    """Every byte of every volume, unlisted ones too: the sum is the size of the devices. What lies
    inside a volume is counted with it."""
    in_files: dict[str, int] = {}
    for volume_id, told in document.coverage.volumes.items():
        outermost = volume_id.partition(".")[0]
        in_files[outermost] = in_files.get(outermost, 0) + told.content_bytes
    rows, sums = [], [0, 0, 0]
    for volume in document.volumes:
        if not volume.size or volume.inside:
            continue
        inside = min(volume.size, in_files.get(volume.id, 0))
        parts = (inside, volume.size - inside, volume.size)
        rows.append((foreign(words.volume_name(volume)), *map(_bytes, parts)))
        sums = [total + part for total, part in zip(sums, parts, strict=True)]
    if not rows:
        return Html("")
    heads = ("Volume", "In files that were listed", "Outside of them: not looked at", "Size")
    total = ("All volumes", *map(_bytes, sums))
    whole = table(heads, rows, numbers=(1, 2, 3), total=total)
    return join([tag("h3", "Where the bytes lie"), whole])


def _reasons(volumes: list[VolumeCoverage]) -> Html:
    told = [
        (volume.volume_id, reason, tally)
        for volume in volumes
        for reason, tally in volume.reasons.items()
        if not reason.startswith(Outcome.NO_CONTENT)
    ]
    told.sort(key=lambda row: (-row[2].entries, row[0], row[1]))
    if not told:
        return Html("")
    rows = [
        (
            foreign(volume_id),
            foreign(reason.replace("_", " ", 1)),
            f"{t.entries:,}",
            _bytes(t.bytes),
        )
        for volume_id, reason, t in told[:_MOST_REASONS]
    ]
    heads = ("Volume", "Why it was not fully examined", "Entries", "Bytes")
    return join([tag("h3", "Reasons"), table(heads, rows, numbers=(2, 3))])


def _listings(volumes: list[VolumeCoverage]) -> Html:
    """Limits that the surveys ran into, and what else is to be said of them."""
    rows = [
        (foreign(volume.volume_id), foreign(said), may_miss)
        for volume in volumes
        for may_miss, lines in (("yes", volume.caps), ("no", volume.notes))
        for said in lines
    ]
    if not rows:
        return Html("")
    heads = ("Volume", "Of the listing", "Something may be missed by it")
    return join([tag("h3", "Listings"), table(heads, rows[:_MOST_REASONS])])


def _name(document: Document, volume_id: str) -> str:
    volume = next((v for v in document.volumes if v.id == volume_id), None)
    return words.volume_name(volume) if volume else volume_id


def _tally(tally: Tally) -> Html:
    if not tally.entries:
        return Html("-")
    return join([f"{tally.entries:,}", tag("small", size(tally.bytes))])


def _bytes(amount: int) -> Html:
    return join([f"{amount:,}", tag("small", size(amount))])
