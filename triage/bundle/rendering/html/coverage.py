"""Coverage: for every volume, how the entries and bytes that were listed add up."""

from triage.bundle.format.document import Document
from triage.bundle.rendering.html import words
from triage.bundle.rendering.html.markup import Html, foreign, join, section, table, tag
from triage.bundle.rendering.html.speaking import Say
from triage.containers.kinds import FAMILY
from triage.findings import Containers, LookedInto, Outcome, Tally, VolumeCoverage
from triage.languages import Language
from triage.profile import looks_at_parts

_MOST_REASONS = 200
_MOST_KINDS = 200


def section_of(say: Say, document: Document) -> Html:
    """Outcomes by volume, where the volumes' bytes lie, and the reasons."""
    explained = say(
        "Every file entry (alternate streams by themselves) has one outcome; in each row the "
        "outcomes add up to what was listed. Bytes are those that the file system claims, so that "
        "sparse, compressed and deleted files can make them more than the volume holds."
    )
    parts: list[Html] = [tag("p", explained, class_="note")]
    if not looks_at_parts(document.profile.applied):
        parts.append(tag("p", say(
            "By this profile nothing was looked at that lies in a picture or in a cache of "
            "thumbnails: thumbnails, pictures behind another's end, videos of motion photos. The "
            "files that hold them were compared as they are."
        )))  # fmt: skip
    volumes = sorted(document.coverage.volumes.values(), key=lambda volume: volume.volume_id)
    if not volumes:
        parts.append(tag("p", say("No file system was listed.")))
    else:
        parts += [_outcomes(say, document, volumes), _containers(say, volumes)]
        parts += [_inside(say, volumes), _undecoded(say, volumes)]
        parts += [_space(say, document), _reasons(say, volumes), _listings(say, volumes)]
    return section(say("Coverage"), *parts, id_="coverage")


def _outcomes(say: Say, document: Document, volumes: list[VolumeCoverage]) -> Html:
    heads = (say("Volume"), *(say(title) for _, title in words.OUTCOMES), say("Listed"))
    rows = [
        (
            _name(say, document, volume.volume_id),
            *(_tally(say, volume.outcomes.get(outcome, Tally())) for outcome, _ in words.OUTCOMES),
            _tally(say, volume.listed),
        )
        for volume in volumes
        if volume.listed.entries
    ]
    listed = Tally(
        entries=sum(volume.listed.entries for volume in volumes),
        bytes=sum(volume.listed.bytes for volume in volumes),
    )
    sums = (_tally(say, document.coverage.total(outcome)) for outcome, _ in words.OUTCOMES)
    total = (say("All volumes"), *sums, _tally(say, listed))
    right = range(1, len(heads))
    return table(heads, rows, numbers=right, total=total, class_="coverage")


def _containers(say: Say, volumes: list[VolumeCoverage]) -> Html:
    """By kind, the most first; the volumes' own counts are in findings.json."""
    kinds: dict[str, Containers] = {}
    for volume in volumes:
        for kind, told in volume.containers.items():
            kinds[kind] = _both(kinds.get(kind, Containers()), told)
    if not kinds:
        return Html("")
    title = tag("h3", say("Containers: compared as a whole, nobody looked inside"))
    most = sorted(kinds.items(), key=lambda row: (-row[1].entries, row[0]))
    rows = [
        (_family(say, kind), foreign(kind), *_of_containers(say, told))
        for kind, told in most[:_MOST_KINDS]
    ]
    total = Containers()
    for told in kinds.values():
        total = _both(total, told)
    heads = (say("Family"), say("Kind"), say("Entries"), say("Of them encrypted"))
    whole = table(
        heads, rows, numbers=(2, 3), total=(say("All kinds"), "", *_of_containers(say, total))
    )
    return join([title, whole])


def _inside(say: Say, volumes: list[VolumeCoverage]) -> Html:
    """By kind, the most first: what was taken out of containers, and what was not."""
    kinds: dict[str, LookedInto] = {}
    for volume in volumes:
        for kind, told in volume.inside.items():
            kinds.setdefault(kind, LookedInto()).join(told)
    if not kinds:
        return Html("")
    title = tag("h3", say("Containers that were looked into"))
    note = say(
        "Files in them are compared as any other. Encrypted and damaged ones were not; nor were "
        "those that a limit kept from being taken out, which their container's reason says."
    )
    total = LookedInto()
    for told in kinds.values():
        total.join(told)
    most = sorted(kinds.items(), key=lambda row: (-row[1].entries, row[0]))
    rows = [
        (_family(say, kind), foreign(kind), *_of_inside(say, told))
        for kind, told in most[:_MOST_KINDS]
    ]
    heads = (
        say("Family"), say("Kind"), say("Entries"), say("Not to their end, or damaged"),
        say("Files in them"), say("Encrypted"), say("Damaged"), say("Containers not looked into"),
    )  # fmt: skip
    right = range(2, len(heads))
    whole = table(heads, rows, numbers=right, total=(say("All kinds"), "", *_of_inside(say, total)))
    return join([title, tag("p", note, class_="note"), whole])


def _of_inside(say: Say, told: LookedInto) -> tuple[Html, ...]:
    further = (told.locked, told.damaged, sum(told.unopened.values()))
    return (
        _tally(say, told),
        say.number(told.in_part),
        _tally(say, Tally(entries=told.members, bytes=told.member_bytes)),
        *map(say.number, further),
    )


def _undecoded(say: Say, volumes: list[VolumeCoverage]) -> Html:
    """By kind, the most first; the volumes' own counts are in findings.json."""
    kinds: dict[str, Tally] = {}
    for volume in volumes:
        for kind, told in volume.undecoded.items():
            kinds.setdefault(kind, Tally()).add_all(told.entries, told.bytes)
    if not kinds:
        return Html("")
    title = tag("h3", say("Pictures of a kind that is not decoded: compared by digest alone"))
    most = sorted(kinds.items(), key=lambda row: (-row[1].entries, row[0]))
    rows = [(foreign(kind), _tally(say, told)) for kind, told in most[:_MOST_KINDS]]
    total = Tally()
    for told in kinds.values():
        total.add_all(told.entries, told.bytes)
    whole = table(
        (say("Kind"), say("Entries")),
        rows,
        numbers=(1,),
        total=(say("All kinds"), _tally(say, total)),
    )
    return join([title, whole])


def _both(one: Containers, other: Containers) -> Containers:
    return Containers(
        entries=one.entries + other.entries,
        bytes=one.bytes + other.bytes,
        locked=one.locked + other.locked,
        locked_bytes=one.locked_bytes + other.locked_bytes,
    )


def _of_containers(say: Say, told: Containers) -> tuple[Html, Html]:
    return _tally(say, told), _tally(say, Tally(entries=told.locked, bytes=told.locked_bytes))


def _space(say: Say, document: Document) -> Html:
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
        rows.append((words.volume_name(say, volume), *(_bytes(say, each) for each in parts)))
        sums = [total + part for total, part in zip(sums, parts, strict=True)]
    if not rows:
        return Html("")
    heads = (
        say("Volume"), say("In files that were listed"), say("Outside of them: not looked at"),
        say("Size"),
    )  # fmt: skip
    total = (say("All volumes"), *(_bytes(say, each) for each in sums))
    whole = table(heads, rows, numbers=(1, 2, 3), total=total)
    return join([tag("h3", say("Where the bytes lie")), whole])


def _reasons(say: Say, volumes: list[VolumeCoverage]) -> Html:
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
            _reason(say, reason),
            say.number(t.entries),
            _bytes(say, t.bytes),
        )
        for volume_id, reason, t in told[:_MOST_REASONS]
    ]
    heads = (say("Volume"), say("Why it was not fully examined"), say("Entries"), say("Bytes"))
    return join([tag("h3", say("Reasons")), table(heads, rows, numbers=(2, 3))])


def _listings(say: Say, volumes: list[VolumeCoverage]) -> Html:
    """Limits that the surveys ran into, and what else is to be said of them."""
    rows = [
        (foreign(volume.volume_id), say.noted(said), may_miss)
        for volume in volumes
        for may_miss, lines in ((say("yes"), volume.caps), (say("no"), volume.notes))
        for said in lines
    ]
    if not rows:
        return Html("")
    heads = (say("Volume"), say("Of the listing"), say("Something may be missed by it"))
    return join([tag("h3", say("Listings")), table(heads, rows[:_MOST_REASONS])])


def _name(say: Say, document: Document, volume_id: str) -> Html:
    volume = next((v for v in document.volumes if v.id == volume_id), None)
    return words.volume_name(say, volume) if volume else foreign(volume_id)


def _tally(say: Say, tally: Tally) -> Html:
    if not tally.entries:
        return Html("-")
    return join([say.number(tally.entries), tag("small", say.size(tally.bytes))])


def _bytes(say: Say, amount: int) -> Html:
    return join([say.number(amount), tag("small", say.size(amount))])


def _family(say: Say, kind: str) -> Html:
    family = FAMILY.get(kind, "")
    return say(family) if family else Html("")


def _reason(say: Say, reason: str) -> Html:
    """`encrypted: ...`, the outcome in words, and what was noted of the entry."""
    if say.language is Language.ENGLISH:
        return foreign(reason.replace("_", " ", 1))
    outcome, _, why = reason.partition(":")
    titles = {str(each): title for each, title in words.OUTCOMES}
    if outcome not in titles:
        return say.noted(reason)
    return join([say(titles[outcome]), join([": ", say.noted(why.strip())]) if why else ""])
