"""What is looked at first, and that nothing is lost on the way."""

import random
from collections.abc import Iterator

import msgspec
import pytest

from triage.evidence import FileEntry, Run, Storage, Timestamps
from triage.plan.order import BATCH_BYTES, SOUNDINGS, Order
from triage.plan.portions import LAST_PICTURES, MOST_PICTURES, SECONDS
from triage.plan.rows import Rows
from triage.plan.tiers import AT_LAST, AT_ONCE, LATER, Planner, Tier, turn_of
from triage.profile import load

QUICK = load("quick")


@pytest.fixture
def order() -> Iterator[Order]:
    order = Order()
    yield order
    order.close()


def _entry(number: int, path: str, *, size: int = 50_000, at: int = 0, **more: object) -> FileEntry:
    return FileEntry(
        id=number, volume_id="d0v1", path=path, size=size, storage=Storage.RUNS,
        runs=(Run(at, size),), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _add(order: Order, entries: list[FileEntry], *, rotating: bool = False) -> None:
    planner, rows = Planner(QUICK), Rows()
    for entry in entries:
        rows.add(entry, planner.place(entry), entry.position)
    order.add(Rows.from_bytes(rows.to_bytes()), rotating=rotating)


@pytest.mark.parametrize(
    ("path", "tier"),
    [
        ("Users/Sam/Pictures/a.jpg", Tier.PERSONAL_PICTURES),
        ("DCIM/100CANON/IMG_1.JPG", Tier.PERSONAL_PICTURES),
        ("photo.heic", Tier.PERSONAL_PICTURES),
        ("Windows/Web/wallpaper.jpg", Tier.OTHER_PICTURES),
        ("Users/Sam/AppData/Local/Cache/f_0001.jpg", Tier.OTHER_PICTURES),
        ("Users/Sam/AppData/Local/Chrome/Cache/Cache_Data/f_00a1", Tier.BROWSER_CACHES),
        ("home/sam/.cache/mozilla/firefox/x/cache2/entries/0AF3", Tier.BROWSER_CACHES),
        ("Users/Sam/AppData/Local/Chrome/Cache/Cache_Data/index.dat", Tier.SYSTEM),
        ("Users/Sam/Documents/holiday.zip", Tier.PERSONAL_DOCUMENTS),
        ("Users/Sam/Documents/blob", Tier.PERSONAL_OTHER),
        ("Windows/System32/kernel32.dll", Tier.SYSTEM),
        ("Users/Sam/Pictures/Thumbs.db", Tier.THUMBNAILS),
        ("Users/Sam/AppData/Local/Microsoft/Windows/Explorer/thumbcache_96.db", Tier.THUMBNAILS),
        ("home/sam/.cache/thumbnails/large/0a.png", Tier.THUMBNAILS),
        ("DCIM/.thumbnails/.thumbdata3--1967290299", Tier.THUMBNAILS),
        ("Android/data/com.google.android.gallery3d/cache/imgcache.0", Tier.THUMBNAILS),
        ("Photos/Thumbs/F1024_1.ithmb", Tier.THUMBNAILS),
        ("home/sam/.cache/thumbnails/fail/gnome/0a.png", Tier.OTHER_PICTURES),
        ("Users/Sam/thumbs.db.txt", Tier.PERSONAL_DOCUMENTS),
        (
            "Users/Sam/AppData/Roaming/Apple Computer/MobileSync/Backup/00008101-00/0a/0a9f",
            Tier.PHONE_BACKUPS,
        ),
        ("Library/Application Support/MobileSync/Backup/0a/Manifest.db", Tier.PHONE_BACKUPS),
        ("Users/Sam/Documents/telephone.ab", Tier.PHONE_BACKUPS),
        ("Users/Sam/Documents/SmartSwitch/backup/SM-G9/Photo.zip", Tier.PHONE_BACKUPS),
        ("Internal storage/WhatsApp/Databases/msgstore.db.crypt15", Tier.PHONE_BACKUPS),
        ("Internal storage/WhatsApp/Media/WhatsApp Images/IMG-1.jpg", Tier.PERSONAL_PICTURES),
        ("Users/Sam/AppData/Roaming/Signal/attachments.noindex/0a/0a9f", Tier.PHONE_BACKUPS),
        ("Users/Sam/Documents/my whatsapp/notes.txt", Tier.PERSONAL_DOCUMENTS),
        ("Users/Sam/Documents/lab", Tier.PERSONAL_OTHER),
    ],
)
def test_where_an_entry_stands(path: str, tier: Tier) -> None:
    assert Planner(QUICK).place(_entry(1, path)).tier is tier


def test_orphans_and_huge_content_come_last() -> None:
    planner = Planner(QUICK)
    assert planner.place(_entry(1, "$OrphanFiles/a.jpg", orphan=True)).tier is Tier.LAST
    assert planner.place(_entry(1, "Users/Sam/disk.vdi", size=10**9)).tier is Tier.LAST
    assert planner.place(_entry(1, "Users/Sam/film.mp4", size=10**9)).tier is not Tier.LAST


@pytest.mark.parametrize(
    ("path", "turn"),
    [
        ("Users", AT_ONCE),
        ("Users/Sam/AppData/Local", AT_ONCE),
        ("home/sam/.cache", AT_ONCE),
        ("home/sam/.cache/thumbnails", AT_ONCE),
        ("Users/Sam/Windows", AT_ONCE),
        ("Users/Sam/AppData/Local/Google/Chrome/User Data/Default/Cache/Cache_Data", LATER),
        ("Users/Sam/AppData/Local/Microsoft/Windows/INetCache", LATER),
        ("home/sam/src/app/node_modules", LATER),
        ("Windows", AT_LAST),
        ("Program Files (x86)", AT_LAST),
        ("usr", AT_LAST),
    ],
)
def test_when_what_lies_in_a_directory_is_listed(path: str, turn: int) -> None:
    assert turn_of(path) == turn


def _many(count: int) -> list[FileEntry]:
    chance = random.Random(3)
    folders = ("Users/Sam/Pictures", "Windows/Web", "Windows/System32", "Users/Sam/Documents")
    endings = ("jpg", "png", "dll", "docx", "bin")
    return [
        _entry(
            number,
            f"{chance.choice(folders)}/f{number}.{chance.choice(endings)}",
            size=chance.randint(1, 300_000),
            at=chance.randrange(1 << 40),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("rotating", [False, True])
def test_every_entry_comes_once_in_batches_that_are_bounded(order: Order, rotating: bool) -> None:
    entries = _many(5000)
    for start in range(0, 5000, 500):
        _add(order, entries[start : start + 500], rotating=rotating)
    left = [order.left(pictures=pictures) for pictures in (True, False)]
    assert sum(count for count, _ in left) == 5000
    assert sum(size for _, size in left) == sum(entry.size for entry in entries)
    seen: list[FileEntry] = []
    while batch := order.next_batch():
        if not batch.job.settles:
            continue
        sizes = [entry.size for entry in batch.entries]
        assert len(sizes) == 1 or sum(sizes) <= BATCH_BYTES
        seen += batch.entries
        for entry in batch.entries:
            assert order.tiers_of([entry])[0] is not None
    assert sorted(seen, key=lambda entry: entry.id) == entries
    assert not order.waits()
    assert order.left(pictures=True) == order.left(pictures=False) == (0, 0)


def test_on_a_rotating_device_a_tier_is_read_as_its_bytes_lie(order: Order) -> None:
    _add(order, _many(2000), rotating=True)
    places: dict[Tier, list[int]] = {tier: [] for tier in Tier}
    while batch := order.next_batch():
        for entry in () if not batch.job.settles else batch.entries:
            tier = order.tiers_of([entry])[0]
            assert tier is not None
            places[tier].append(entry.position)
    assert sum(len(each) for each in places.values()) == 2000
    assert all(each == sorted(each) for each in places.values())


def test_neighbours_of_a_finding_come_next(order: Order) -> None:
    entries = _many(1000)
    _add(order, entries)
    order.sort()
    finding = entries[0]
    folder = finding.path.rpartition("/")[0]
    moved = order.promote_neighbours(finding)
    assert moved == sum(entry.path.rpartition("/")[0] == folder for entry in entries)
    assert order.promote_neighbours(finding) == 0
    batch = order.next_batch()
    assert {entry.path.rpartition("/")[0] for entry in batch.entries} == {folder}
    assert order.tiers_of([batch.entries[0]])[0] is Tier.NEIGHBOURS
    late = _entry(5000, f"{folder}/late.dll")
    _add(order, [late])
    while order.waits():
        batch = order.next_batch()
        if late in batch.entries:
            assert order.tiers_of([late])[0] is Tier.NEIGHBOURS
            return
    raise AssertionError("the late neighbour was lost")


def test_other_content_is_sounded_early_and_pictures_come_first_otherwise(order: Order) -> None:
    pictures = [_entry(n, f"Users/Sam/Pictures/{n}.jpg", at=n) for n in range(4000)]
    others = [_entry(9000 + n, f"Windows/System32/{n}.dll", at=n) for n in range(4000)]
    _add(order, pictures + others)
    kinds = []
    while order.left(pictures=True)[0]:
        batch = order.next_batch()
        kinds.append(batch.entries[0].path.startswith("Users"))
        for entry in batch.entries:
            order.tiers_of([entry])
    wrong = [number for number, picture in enumerate(kinds) if not picture]
    assert wrong == sorted(number for number in SOUNDINGS if number < len(kinds))


def test_columns_that_do_not_fit_are_refused() -> None:
    rows = Rows()
    entry = _entry(1, "a.jpg")
    rows.add(entry, Planner(QUICK).place(entry), entry.position)
    parts = rows.to_bytes()
    for change in ({"tiers": b"\xff"}, {"sizes": b""}, {"packed": b"x"}, {"positions": b"12345"}):
        with pytest.raises(ValueError, match=r"."):
            Rows.from_bytes(parts | change)


def _photographs(count: int) -> list[FileEntry]:
    return [
        _entry(n, f"Users/Sam/Pictures/{n}.jpg", size=3_000_000, at=(n * 7919 % count) << 22)
        for n in range(count)
    ]


def test_beginnings_of_photographs_are_glanced_at_in_turn_with_whole_ones(order: Order) -> None:
    small = [_entry(10_000 + n, f"Users/Sam/Pictures/s{n}.jpg", at=n) for n in range(50)]
    _add(order, [*_photographs(400), *small])
    glanced: list[int] = []
    whole: list[int] = []
    kinds = []
    while batch := order.next_batch():
        kinds.append(not batch.job.settles)
        ids = [entry.id for entry in batch.entries]
        (glanced if not batch.job.settles else whole).extend(ids)
        if not batch.job.settles:
            assert not set(ids) & set(whole), "what was looked at in full needs no glance"
            order.glanced(batch, (), 0.1)
    assert kinds[:6] == [True, False] * 3
    assert len(glanced) == len(set(glanced))
    assert max(glanced) < 400, "a small picture is not glanced at"
    assert sorted(whole) == sorted(entry.id for entry in [*_photographs(400), *small])
    assert order.glances_left == 0


def test_a_picture_whose_thumbnail_matched_comes_next_in_full_and_once(order: Order) -> None:
    _add(order, _photographs(300))
    glance = order.next_batch()
    assert not glance.job.settles
    chosen = [entry.id for entry in glance.entries[-2:]]
    assert order.glanced(glance, chosen, 0.1) == 2
    batch = order.next_batch()
    assert sorted(entry.id for entry in batch.entries) == sorted(chosen)
    assert order.tiers_of(batch.entries) == [Tier.MATCHED_AT_A_GLANCE] * 2
    rest = [entry.id for entry in order.rest()]
    assert sorted([*rest, *chosen]) == list(range(300))


def test_a_glance_that_comes_back_after_the_whole_was_taken_moves_nothing(order: Order) -> None:
    _add(order, _photographs(20))
    glance = order.next_batch()
    while order.next_batch():
        pass
    assert order.glanced(glance, [entry.id for entry in glance.entries], 0.1) == 0
    assert not order.waits()


def test_on_a_rotating_device_glances_follow_the_disk(order: Order) -> None:
    _add(order, _photographs(200), rotating=True)
    places: list[int] = []
    while batch := order.next_batch():
        if not batch.job.settles:
            places += [entry.position for entry in batch.entries]
            order.glanced(batch, (), 0.1)
    assert places == sorted(places)
    assert len(places) >= 100


def _small(count: int) -> list[FileEntry]:
    """Pictures of a person, and a system's files."""
    return [
        _entry(n, f"Users/Sam/Pictures/p{n}.jpg" if n % 2 else f"Windows/s{n}.dll", at=n << 20)
        for n in range(count)
    ]


def test_what_is_small_is_looked_up_once_before_most_pictures_are_looked_at(order: Order) -> None:
    order.look_up_first()
    _add(order, _small(4000))
    looked_up: list[int] = []
    whole: list[int] = []
    while len(looked_up) < 2000:
        batch = order.next_batch()
        ids = [entry.id for entry in batch.entries]
        (looked_up if not batch.job.settles else whole).extend(ids)
        if not batch.job.settles:
            assert not set(ids) & set(whole)
            order.glanced(batch, (), 0.01)
    assert 0 < len(whole) < 100, "every eighth turn belongs to whole looks"
    assert all(number % 2 for number in looked_up[:1900]), "a person's pictures come first"
    whole += [entry.id for entry in order.rest()]
    assert sorted(whole) == list(range(4000))
    assert len(looked_up) == len(set(looked_up))


def test_what_a_set_holds_is_looked_at_next(order: Order) -> None:
    order.look_up_first()
    _add(order, _small(1000))
    batch = order.next_batch()
    assert not batch.job.settles
    assert order.look_ups_left == (1000 - len(batch.entries), (1000 - len(batch.entries)) * 50_000)
    assert order.glanced(batch, [batch.entries[-1].id], 0.01) == 1
    following = order.next_batch()
    assert [entry.id for entry in following.entries] == [batch.entries[-1].id]
    assert following.job.settles


def test_what_is_looked_up_waits_until_it_is_handed_out_in_full(order: Order) -> None:
    """What the look-up says of it after that comes too late: whoever has it in full says it."""
    order.look_up_first()
    _add(order, _small(1000))
    looked_up = order.next_batch()
    assert not looked_up.job.settles
    assert all(map(order.waits_for, looked_up.entries))
    taken: set[int] = set()
    while not taken.issuperset(entry.id for entry in looked_up.entries):
        batch = order.next_batch()
        if batch.job.settles:
            taken.update(entry.id for entry in batch.entries)
            assert not any(map(order.waits_for, batch.entries))
    assert order.glanced(looked_up, [looked_up.entries[0].id], 0.1) == 0
    assert not any(map(order.waits_for, looked_up.entries))


def test_what_lies_beside_a_finding_is_looked_up_before_all_else(order: Order) -> None:
    order.look_up_first()
    hidden = [_entry(9000 + n, f"Windows/WinSxS/x/h{n}.dll", at=n << 20) for n in range(40)]
    _add(order, [*_small(4000), *hidden[:20]])
    order.promote_neighbours(hidden[0])
    _add(order, hidden[20:])
    looked_up: list[int] = []
    while len(looked_up) < 200:
        batch = order.next_batch()
        if not batch.job.settles:
            looked_up += [entry.id for entry in batch.entries]
            order.glanced(batch, (), 0.01)
    assert set(looked_up[:40]) == {entry.id for entry in hidden}
    rest = [entry.id for entry in order.rest()]
    assert len(rest) == len(set(rest))


def test_once_no_picture_waits_the_time_that_is_left_counts_no_looking_up(order: Order) -> None:
    order.look_up_first()
    entries = _small(1000)
    _add(order, [entry for entry in entries if entry.path.startswith("Windows/")])
    assert order.look_ups_left == (0, 0)
    _add(order, [entry for entry in entries if entry.path.startswith("Users/")])
    assert order.look_ups_left == (1000, 1000 * 50_000)


@pytest.mark.parametrize("rotating", [False, True])
def test_nothing_is_looked_up_first_without_a_set_or_where_reading_twice_costs_seeks(
    order: Order, rotating: bool
) -> None:
    if rotating:
        order.look_up_first()
    _add(order, _small(1000), rotating=rotating)
    while batch := order.next_batch():
        assert batch.job.settles


def test_a_profile_that_looks_at_no_pictures_glances_at_none() -> None:
    entry = _photographs(1)[0]
    assert Planner(QUICK).place(entry).glance
    blind = msgspec.structs.replace(QUICK, detectors=QUICK.detectors[:1])
    unwanted = msgspec.structs.replace(
        QUICK, thumbnails=msgspec.structs.replace(QUICK.thumbnails, before_pictures=False)
    )
    assert not Planner(blind).place(entry).glance
    assert not Planner(unwanted).place(entry).glance


def test_what_is_new_or_on_removable_media_comes_first() -> None:
    now, year = 1_700_000_000.0, 365 * 86_400.0
    old, new = (_entry(1, "Users/Sam/Pictures/a.jpg", times=Timestamps(modified=now - age))
                for age in (3 * year, 86_400.0))  # fmt: skip
    fixed = Planner(QUICK, now=now)
    assert fixed.place(new).score > fixed.place(old).score
    assert Planner(QUICK, removable=True, now=now).place(old).score > fixed.place(old).score
    system = _entry(1, "Windows/a.dll", times=new.times)
    assert fixed.place(system).score == fixed.place(_entry(1, "Windows/a.dll")).score


def test_what_is_in_hand_is_still_to_be_done(order: Order) -> None:
    _add(order, [_entry(n, f"Users/Sam/Pictures/{n}.jpg", at=n) for n in range(40)])
    batch = order.next_batch()
    assert order.left(pictures=True) == (40, 40 * 50_000)
    for entry in batch.entries:
        order.tiers_of([entry])
    left = 40 - len(batch.entries)
    assert order.left(pictures=True) == (left, left * 50_000)


def _batch_sizes(order: Order, seconds_each: float, *, whole: bool = True) -> list[int]:
    sizes = []
    while batch := order.next_batch():
        if not batch.job.settles:
            order.glanced(batch, (), 0.1 * seconds_each * len(batch.entries))
        else:
            order.examined(batch.entries, seconds_each * len(batch.entries), pictures=True)
        if not batch.job.settles is not whole:
            sizes.append(len(batch.entries))
    return sizes


def test_the_last_pictures_go_in_small_batches_so_that_no_core_waits(order: Order) -> None:
    _add(order, [_entry(n, f"Users/Sam/Pictures/{n}.jpg", at=n) for n in range(200)])
    _, *batches = _batch_sizes(order, 0.015)
    assert max(batches) == MOST_PICTURES
    assert batches == sorted(batches, reverse=True)
    assert max(batches[-3:]) <= LAST_PICTURES


@pytest.mark.parametrize("seconds_each", [0.06, 0.3, 2.5])
def test_a_batch_takes_about_a_second_however_slow_the_computer_is(
    order: Order, seconds_each: float
) -> None:
    _add(order, [_entry(n, f"Users/Sam/Pictures/{n}.jpg", at=n) for n in range(1000)])
    first, *others = _batch_sizes(order, seconds_each)
    assert first <= LAST_PICTURES
    assert max(others) == max(1, int(SECONDS / seconds_each))


def test_one_slow_video_makes_batches_small_for_a_moment_only(order: Order) -> None:
    _add(order, [_entry(n, f"Users/Sam/Pictures/{n}.jpg", at=n) for n in range(2000)])
    batch = order.next_batch()
    order.examined(batch.entries, 20.0, pictures=True)
    following = _batch_sizes(order, 0.015)
    assert following[0] == 1
    assert max(following[:12]) == MOST_PICTURES


def test_half_as_many_are_glanced_at_as_looked_at_in_full(order: Order) -> None:
    _add(order, _photographs(400))
    first, *others = _batch_sizes(order, 0.1, whole=False)
    assert first <= LAST_PICTURES
    assert max(others) == SECONDS / 0.1 / 2


@pytest.mark.parametrize(("cost", "few", "many"), [(0.01, 600, 2000), (0.05, 32, 400)])
def test_where_a_glance_costs_much_of_a_full_look_it_is_seldom_taken(
    order: Order, cost: float, few: int, many: int
) -> None:
    _add(order, _photographs(2000))
    taken = 0
    while batch := order.next_batch():
        if not batch.job.settles:
            taken += len(batch.entries)
            order.glanced(batch, (), cost * len(batch.entries))
        else:
            order.examined(batch.entries, 0.1 * len(batch.entries), pictures=True)
    assert few <= taken <= many


def test_while_the_survey_goes_on_lesser_pictures_wait_and_nothing_else(order: Order) -> None:
    paths = ("Windows/Web/a.jpg", "Users/Sam/AppData/Chrome/Cache/Cache_Data/f_01", "Windows/a.dll",
             "Users/Sam/Pictures/b.jpg")  # fmt: skip
    _add(order, [_entry(number, path, at=number) for number, path in enumerate(paths)])
    taken = []
    while batch := order.next_batch(listing=True):
        taken += [entry.path for entry in batch.entries]
    assert taken == ["Users/Sam/Pictures/b.jpg", "Windows/a.dll"]
    rest = [entry.path for entry in order.next_batch().entries]
    assert rest == ["Windows/Web/a.jpg"]
    assert order.waits()
