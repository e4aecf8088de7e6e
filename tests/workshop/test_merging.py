"""Bundles of one search are one report: every finding has its place, and no place is told twice."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.bundle import samples
from tests.conftest import Seek
from tests.scan import cut_off
from tests.scan.test_two_bundles import gone_on_with
from tests.workers import scanning
from triage.bundle.checking import merged as merges
from triage.bundle.checking.entry_lines import findings_of
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.envelope import recipients
from triage.bundle.format import merged
from triage.bundle.format.document import Finding, Found, Resumption
from triage.bundle.format.merged import Merged
from triage.bundle.writing.exports import read_document
from triage.bundle.writing.signing import Signer, open_signer
from triage.errors import BundleError, UsageError
from triage.scan import scan
from triage.scan.events import Event, FindingTold
from triage.workshop.merging import GivenBundle, Merging, refuse_what_does_not_belong

AT = "2026-11-30T02:00:00Z"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Bundles of two exhibits: of five findings and of three, whose contents are three of those."""
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    return [samples.sealed(folders[0], findings=5), samples.sealed(folders[1], findings=3)]


@pytest.fixture(scope="module")
def together(two: list[Path], seek: Seek, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("merged") / "together"
    done = seek("merge", *two, "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def _said(folder: Path) -> Merged:
    return merged.decode((folder / "merged.json").read_bytes())


def _given(bundle: Path, number: int = 1, **other: Any) -> GivenBundle:
    document = read_document(bundle)
    said: dict[str, Any] = {
        "name": f"bundle {number}",
        "document": document,
        "findings": tuple(findings_of(bundle, document.volumes)),
        "manifest_sha256": f"{number:064x}",
        "preview": lambda name: (bundle / name).read_bytes(),
    }
    return GivenBundle(**said | other)


def _written(given: list[GivenBundle], out: Path) -> Merged:
    with open_signer(None) as signer:
        return Merging(given).write(out, signer, by="seek", at=AT)


def test_each_content_is_told_once_with_all_places_and_all_of_it_verifies(
    two: list[Path], together: Path, seek: Seek
) -> None:
    said = _said(together)
    assert [len(each.places) for each in said.contents] == [2, 2, 2, 1, 1]
    first, second = said.contents[0].places
    assert (first.source, second.source) == (1, 2)
    assert [each.findings for each in said.sources] == [5, 3]
    assert [each.manifest_sha256 for each in said.sources] == [
        hashlib.sha256((bundle / "manifest.sha256").read_bytes()).hexdigest() for bundle in two
    ]
    assert [each.says.findings for each in said.sources] == [(), ()]
    result = merges.verify(together)
    assert result.failed is None, result.failed
    done = seek("verify", together, "--json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert (told["contents"], told["places"], told["verified"]) == (5, 8, True)
    assert [each["bundle"] for each in told["sources"]] == [bundle.name for bundle in two]


def test_the_report_says_what_it_is_what_was_not_looked_at_and_escapes_all_names(
    two: list[Path], together: Path
) -> None:
    page = (together / "report.html").read_text()
    assert "<strong>This is no scan&#x27;s bundle.</strong>" in page
    assert page.count("What was not looked at") == 2
    assert page.count("Anything that is not attached to this machine") == 2
    assert "<script>alert" not in page
    assert "lies in 2 places" in page
    for bundle in two:
        assert bundle.name in page
    own = (two[0] / "media/f000001.jpg").read_bytes()
    assert (together / "media/f000001.jpg").read_bytes() == own
    assert 'src="media/f000001.jpg"' in page


def test_a_key_of_the_lab_signs_it_and_is_told_by_the_labs_list(
    two: list[Path], seek: Seek, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    assert seek("key", "new", "--out", key, "--no-passphrase").returncode == 0
    done = seek("merge", two[1], "--out", tmp_path / "out", "--key", key)
    assert done.returncode == 0, done.stderr
    listed = tmp_path / "list"
    listed.write_text(f"lab {key.with_suffix('.pub').read_text()}")
    result = merges.verify(tmp_path / "out", signers=listed)
    assert (result.failed, result.principal) == (None, "lab")
    other = tmp_path / "other"
    assert seek("key", "new", "--out", other, "--no-passphrase").returncode == 0
    listed.write_text(f"lab {other.with_suffix('.pub').read_text()}")
    failed = merges.verify(tmp_path / "out", signers=listed).failed
    assert failed is not None
    assert failed.number == 4


def test_of_a_scan_and_the_run_that_went_on_with_it_each_finding_counts_once(
    seek: Seek, tmp_path: Path
) -> None:
    image, known = cut_off.suspect(tmp_path, files=500)
    told: list[Event] = []
    search = scanning.search_of(
        image, out=tmp_path / "out", profile=scanning.PLAIN, hash_sets=(known,)
    )
    stop = lambda: any(isinstance(event, FindingTold) for event in told)  # noqa: E731
    stopped = Path(scan(search, tell=told.append, wants_stop=stop).bundle)
    later = gone_on_with(stopped, [])
    done = seek("merge", stopped, later, "--out", tmp_path / "together")
    assert done.returncode == 0, done.stderr
    said = _said(tmp_path / "together")
    first, second = said.sources
    assert (first.all_in, first.carried) == (2, first.findings)
    assert first.findings > 0
    assert (second.all_in, second.carried) == (0, 0)
    assert sum(len(each.places) for each in said.contents) == second.findings
    assert {place.source for each in said.contents for place in each.places} == {2}
    assert merges.verify(tmp_path / "together").failed is None
    assert "which goes on with its scan" in (tmp_path / "together/report.html").read_text()


def test_a_finding_that_a_later_run_does_not_have_is_not_lost(two: list[Path]) -> None:
    """Nor is one told by a later bundle that does not verify."""
    earlier, later = _given(two[0], name="earlier"), _given(two[0], 2)
    goes_on = msgspec.structs.replace(
        later.document,
        continues="earlier",
        resumed=(Resumption(at=AT, bundle="earlier", carried_entries=2),),
    )
    lacking = _replaced(later, document=goes_on, findings=later.findings[:2])
    with open_signer(None) as signer:
        said = Merging([earlier, lacking])._merged(signer, by="seek", at=AT)
        assert (said.sources[0].carried, said.sources[0].all_in) == (2, 2)
        told = [(p.source, p.finding) for each in said.contents for p in each.places]
        assert sorted(told) == [(1, 3), (1, 4), (1, 5), (2, 1), (2, 2)]
        doubtful = _replaced(lacking, trouble="step 5")
        said = Merging([earlier, doubtful])._merged(signer, by="seek", at=AT)
        assert (said.sources[0].carried, said.sources[0].all_in) == (0, 0)


def _replaced(given: GivenBundle, **other: Any) -> GivenBundle:
    return replace(given, **other)


def _many(given: GivenBundle, count: int, first: int = 0) -> GivenBundle:
    """With so many findings of different contents."""
    findings = tuple(
        Finding(
            entry=samples.entry(number),
            result=samples.found(number),
            found=Found(number=number - first + 1, at=AT, after=1.0),
        )
        for number in range(first, first + count)
    )
    return _replaced(given, findings=findings)


def test_nothing_found_is_no_all_clear_where_a_bundle_was_not_looked_at_in_full(
    two: list[Path], tmp_path: Path
) -> None:
    empty = [_many(_given(bundle, n), 0) for n, bundle in enumerate(two, 1)]
    _written(empty, tmp_path / "out")
    page = (tmp_path / "out/report.html").read_text()
    assert '<h1 class="verdict some">Nothing was found, but not all was looked at</h1>' in page
    assert merges.verify(tmp_path / "out").failed is None


def test_very_many_contents_are_told_in_further_files(two: list[Path], tmp_path: Path) -> None:
    given = [_many(_given(two[0]), 1500), _many(_given(two[1], 2), 1500, first=700)]
    said = _written(given, tmp_path / "out")
    assert len(said.contents) == 2200
    assert sum(len(each.places) for each in said.contents) == 3000
    assert (tmp_path / "out/report_002.html").is_file()
    assert merges.verify(tmp_path / "out").failed is None


def test_what_shows_the_same_in_any_bundle_is_one_group(two: list[Path], tmp_path: Path) -> None:
    """Two leads to one in the first, three to two in the second: all three show the same."""
    one, other = _many(_given(two[0]), 3), _many(_given(two[1], 2), 3)

    def grouped(given: GivenBundle, number: int, leader: int) -> GivenBundle:
        findings = [
            samples.altered(each, found={"group": leader}) if each.number == number else each
            for each in given.findings
        ]
        return _replaced(given, findings=tuple(findings))

    said = _written([grouped(one, 2, 1), grouped(other, 3, 2)], tmp_path / "out")
    assert [each.finding.found.group for each in said.contents] == [0, 1, 1]
    assert merges.verify(tmp_path / "out").failed is None


def test_matches_of_all_bundles_are_told_each_once(two: list[Path]) -> None:
    one, other = _many(_given(two[0]), 1), _many(_given(two[1], 2), 1)
    further = samples.found(3).matches
    other = _replaced(
        other, findings=(samples.altered(other.findings[0], result={"matches": further}),)
    )
    with open_signer(None) as signer:
        (content,) = Merging([one, other])._merged(signer, by="seek", at=AT).contents
    wanted = [
        *one.findings[0].matches,
        *(each for each in further if each not in one.findings[0].matches),
    ]
    assert sorted(content.finding.matches, key=repr) == sorted(wanted, key=repr)
    assert [place.kinds for place in content.places][1] == tuple(m.kind for m in further)


def test_one_bundle_twice_several_cases_and_what_contradicts_itself_are_refused(
    two: list[Path],
) -> None:
    one, other = _given(two[0]), _given(two[1], 2)
    with pytest.raises(UsageError, match="the same bundle"):
        refuse_what_does_not_belong([one, _given(two[1])], several_cases=True)
    case = msgspec.structs.replace(other.document.case, case_number="2026/9")
    another = _replaced(other, document=msgspec.structs.replace(other.document, case=case))
    with pytest.raises(UsageError, match=r"2026/0417, 2026/9\."):
        refuse_what_does_not_belong([one, another], several_cases=False)
    refuse_what_does_not_belong([one, another], several_cases=True)
    twice = _replaced(other, findings=(other.findings[0], other.findings[0]))
    astray = samples.altered(other.findings[0], entry={"volume_id": "d9v9"})
    for wrong in (twice, _replaced(other, findings=(astray,))):
        with pytest.raises(BundleError, match="contradicts itself"):
            refuse_what_does_not_belong([one, wrong], several_cases=False)


def test_what_does_not_verify_is_refused_or_taken_on_the_examiners_word_and_that_is_said(
    two: list[Path], seek: Seek, tmp_path: Path
) -> None:
    broken = tmp_path / two[1].name
    shutil.copytree(two[1], broken)
    with (broken / "report.html").open("a") as changed:
        changed.write(" ")
    done = seek("merge", two[0], broken, "--out", tmp_path / "out")
    assert done.returncode == 20
    assert "does not verify: step 5" in " ".join(done.stderr.split())
    assert not (tmp_path / "out").exists()
    done = seek("merge", two[0], broken, "--out", tmp_path / "out", "--not-verified")
    assert done.returncode == 3, done.stderr
    assert "It does not verify" in done.stdout
    assert (
        "Nothing that is told of it can be relied on" in (tmp_path / "out/report.html").read_text()
    )
    assert _said(tmp_path / "out").sources[1].trouble.startswith("step 5")
    done = seek("verify", tmp_path / "out")
    assert done.returncode == 0
    assert "did not verify when it was merged" in " ".join(done.stdout.split())
    for name in ("manifest.sha256", "manifest.sha256.sig"):
        (broken / name).unlink()
    done = seek("merge", broken, "--out", tmp_path / "more", "--not-verified")
    assert done.returncode == 20
    assert not (tmp_path / "more").exists()


def test_envelopes_are_opened_by_the_labs_key_and_that_it_lies_open_is_said(
    seek: Seek, tmp_path: Path
) -> None:
    key = tmp_path / "lab"
    assert seek("key", "new", "--out", key, "--no-passphrase").returncode == 0
    to = recipients.of([key.with_suffix(".pub").read_text().strip()])
    device = samples.image(tmp_path)
    writer = samples.begun(tmp_path / "closed", device, recipients=to)
    coverage = samples.fill(writer, 2)
    with open_signer(None) as signer:
        envelope = writer.seal(samples.document(device, coverage), signer)
    done = seek("merge", envelope, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "--identity" in done.stderr
    done = seek("merge", envelope, "--identity", key, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "It lies open" in done.stdout
    (source,) = _said(tmp_path / "out").sources
    assert source.findings == 2
    assert source.bundle.startswith("2026_0417-EX_3-")


def test_nothing_takes_it_for_a_bundle(together: Path, seek: Seek, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no bundle: several were put together there"):
        BundleFolder(together)
    done = seek("merge", together, "--not-verified", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "several were put together there" in " ".join(done.stderr.split())


Change = Callable[[Path], object]


def _without_previews(folder: Path) -> None:
    lines = (folder / "merged.sha256").read_text().splitlines(keepends=True)
    (folder / "merged.sha256").write_text("".join(each for each in lines if "media" not in each))


CHANGES: dict[str, tuple[int, Change]] = {
    "a link": (1, lambda at: (at / "more").symlink_to("/etc/passwd")),
    "cut off": (1, lambda at: (at / "merged.sha256.sig").unlink()),
    "another list": (2, lambda at: (at / "merged.sha256").write_text("x")),
    "a line more": (3, _without_previews),
    "another word": (5, lambda at: (at / "merged.json").write_bytes(
        (at / "merged.json").read_bytes().replace(b"2026/0417", b"2026/0418"))),
    "a page more": (6, lambda at: (at / "report_002.html").write_text("x")),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_is_changed_afterwards_is_noticed(
    change: str, together: Path, tmp_path: Path
) -> None:
    number, do = CHANGES[change]
    copy = tmp_path / "copy"
    shutil.copytree(together, copy)
    do(copy)
    failed = merges.verify(copy).failed
    assert failed is not None
    assert failed.number == number


def _signed_again(folder: Path, signer: Signer, said: dict[str, Any] | None = None) -> None:
    """What somebody does who signs whatever he likes."""
    if said is not None:
        text = msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n"
        (folder / "merged.json").write_bytes(text)
    names = sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())
    sums = "".join(
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in names if not name.startswith("merged.sha256")
    ).encode()  # fmt: skip
    (folder / "merged.sha256").write_bytes(sums)
    signature = signer.sign(sums, namespace=merged.NAMESPACE)
    (folder / "merged.sha256.sig").write_bytes(signature)


@pytest.fixture(scope="module")
def signed(
    two: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Signer]]:
    """What both are put together to, and who signed it."""
    out = tmp_path_factory.mktemp("signed") / "out"
    with open_signer(None) as signer:
        Merging([_given(two[0]), _given(two[1], 2)]).write(out, signer, by="seek", at=AT)
        yield out, signer


Lie = Callable[[dict[str, Any]], object]
LIES: dict[str, tuple[int, Lie]] = {
    "a field more": (7, lambda said: said.update(more=1)),
    "another signer": (8, lambda said: said["signer"].update(fingerprint="SHA256:x")),
    "a finding kept silent": (9, lambda said: said["contents"].pop()),
    "a place kept silent": (9, lambda said: said["contents"][0]["places"].pop()),
    "a place twice": (9, lambda said: said["contents"][0]["places"][1].update(source=1)),
    "a bundle that is not there": (
        9, lambda said: said["contents"][0]["places"][1].update(source=3)),
    "a volume that is not there": (
        9, lambda said: said["contents"][0]["places"][1].update(volume_id="d7v7")),
    "told of elsewhere": (9, lambda said: said["contents"][0]["finding"]["entry"].update(path="x")),
    "carried by nobody": (9, lambda said: said["sources"][0].update(findings=6, carried=1)),
    "another case": (9, lambda said: said.update(case_numbers=["x"])),
    "another story": (10, lambda said: said["sources"][0].update(bundle="x")),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_who_signs_it_cannot_contradict_himself(
    lie: str, signed: tuple[Path, Signer], tmp_path: Path
) -> None:
    number, do = LIES[lie]
    out, signer = Path(shutil.copytree(signed[0], tmp_path / "out")), signed[1]
    said = json.loads((out / "merged.json").read_bytes())
    do(said)
    _signed_again(out, signer, said)
    failed = merges.verify(out).failed
    assert failed is not None
    assert (failed.number, failed.title) == (number, merges._STEPS[number - 1][0])


def test_previews_that_were_swapped_are_noticed(
    signed: tuple[Path, Signer], tmp_path: Path
) -> None:
    out = Path(shutil.copytree(signed[0], tmp_path / "out"))
    first, second = (out / f"media/f00000{n}.jpg" for n in (1, 2))
    held = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(held)
    _signed_again(out, signed[1])
    failed = merges.verify(out).failed
    assert failed is not None
    assert failed.number == 11


def test_a_bundles_signature_is_no_signature_of_it(
    signed: tuple[Path, Signer], tmp_path: Path
) -> None:
    out = Path(shutil.copytree(signed[0], tmp_path / "out"))
    sums = (out / "merged.sha256").read_bytes()
    (out / "merged.sha256.sig").write_bytes(signed[1].sign(sums))
    failed = merges.verify(out).failed
    assert failed is not None
    assert (failed.number, failed.detail) == (3, "the signature was made for another purpose")
