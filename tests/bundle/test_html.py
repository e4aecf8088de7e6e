import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from tests.bundle import samples
from triage.bundle.format import layout, schema
from triage.bundle.format.document import SANDBOX_LAYERS, Document, HashSetUsed, Resumption
from triage.bundle.rendering import html
from triage.bundle.rendering.html import findings as findings_section
from triage.bundle.rendering.html.same import MOST_LINES
from triage.evidence import Volume, VolumeState
from triage.findings import Coverage, Match, VolumeCoverage
from triage.match_kinds import MatchKind
from triage.profile import SetKind


class Page(HTMLParser):
    """What a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"img", "input", "meta", "br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and data.strip():
            self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.fixture
def document(sealed_once: Path) -> Document:
    return schema.decode((sealed_once / layout.FINDINGS).read_bytes())


def test_the_first_lines_say_that_it_is_no_proof_and_what_was_not_looked_at(
    document: Document,
) -> None:
    text = Page(html.render(document)).text
    start = text.index("Read this first")
    assert text[:start].startswith("seek report")
    assert start < text.index("Triage is not proof") < text.index("What was not looked at")
    first = text[: text.index("3 findings")]
    for part in (
        "ENCRYPTED volumes, not looked into: 1 (24.0 GB)",
        "bitlocker, 24.0 GB: encrypted: nothing in it was looked at (the key is not known)",
        "files that could not be read or decoded: ",
        "files left out by the profile: ",
        "space outside files (19.0 GB)",
        "d0v1: orphans: stopped at 100,000",
    ):
        assert part in first


def test_a_partial_scan_says_so_before_all_else(document: Document) -> None:
    partial = msgspec.structs.replace(document, partial=True, partial_reason="time limit")
    text = Page(html.render(partial)).text
    assert "What was not looked at NOT FINISHED: the time limit came first" in text
    none = msgspec.structs.replace(partial, findings=())
    assert "No findings, but not all was looked at" in Page(html.render(none)).text


def test_the_plain_no_findings_is_green_only_where_all_was_looked_at(document: Document) -> None:
    """A disk that is one encrypted container is no all-clear, on this surface as on the others."""
    empty = VolumeCoverage(volume_id="d0v1")
    clear = msgspec.structs.replace(
        document,
        findings=(),
        volumes=tuple(v for v in document.volumes if v.state is not VolumeState.ENCRYPTED),
        coverage=Coverage(volumes={"d0v1": empty}),
        hash_sets=(HashSetUsed(name="lab", kind=SetKind.NOTABLE, entries=7),),
        errors=(),
    )
    assert 'class="verdict none">No findings</p>' in html.render(clear)
    encrypted = msgspec.structs.replace(clear, volumes=document.volumes)
    assert 'class="verdict none"' not in html.render(encrypted)
    assert "No findings, but not all was looked at" in Page(html.render(encrypted)).text


def test_no_findings_is_never_said_to_prove_anything(document: Document) -> None:
    text = Page(html.render(msgspec.structs.replace(document, findings=()))).text
    assert "no finding does not mean that there is nothing" in text
    assert text.index("Triage is not proof") < text.index("No findings")


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(document: Document) -> None:
    text = html.render(document)
    page = Page(text)
    assert not page.open
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "form", "a"}
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name in {"style", "href"} for name in attributes)
        source = attributes.get("src")
        assert source is None or re.fullmatch(r"media/f\d{6}\.jpg", source)
    assert "url(" not in text
    assert "default-src &#x27;none&#x27;" in text
    assert "unsafe-inline" not in text


def test_a_finding_says_what_it_says_of_itself_and_every_model_s_score(document: Document) -> None:
    text = Page(html.render(document)).text
    assert "made by HMD Global Nokia 8.3 5G · taken 2021-03-04T05:06:07" in text
    assert text.count("frames seen") == 1
    seen = "10 frames seen, from 0:03 to 4:55 of 5:02; then the time for one video was over"
    assert seen in text
    assert "open-nsfw 0.031" in text


def test_names_can_neither_break_out_nor_reorder_nor_hide(document: Document) -> None:
    text = html.render(document)
    assert "<script" not in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200b-\u200f]", text)
    shown = Page(text).text
    assert (
        r"Users/<script>alert(1)</script>/a\"b\n\x1b[31m\u202egnp.exe&amp;".replace(r"\"", '"')
        in shown
    )


NASTY = "<b onmouseover=x>'\"&\n\u2028\u202e\x1b]0;x\x07</bdi></td></style><script>"


def spoil(value: object) -> object:
    """Every free text in the document becomes as nasty as it can be."""
    if isinstance(value, dict):
        return {key: keep(key, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [spoil(item) for item in value]
    return value


def keep(key: str, value: object) -> object:
    free = {"path", "model", "serial", "label", "description", "reason", "detector", "comment",
            "what", "where", "case_number", "exhibit", "examiner", "clock", "type", "self_test",
            "transport", "wwn", "file_system", "licence", "origin", "file", "partial_reason",
            "version", "make", "taken", "software", "codec", "created"}  # fmt: skip
    return value + NASTY if key in free and isinstance(value, str) else spoil(value)


def test_no_text_in_the_document_gets_through_unescaped(document: Document) -> None:
    raw = spoil(msgspec.to_builtins(document))
    spoiled = msgspec.convert(raw, Document)
    text = html.render(spoiled)
    page = Page(text)
    assert not page.open
    assert "<script" not in text
    assert "onmouseover" not in {name for _, a in page.tags for name in a}
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u2028\u202e]", text)
    assert len(re.findall("onmouseover", text)) > 40


def test_the_same_document_gives_the_same_page(document: Document) -> None:
    again = schema.decode(schema.encode(document))
    assert html.render(document) == html.render(again)
    assert html.render(document) == html.render(document)
    assert re.fullmatch("[0-9a-f]{64}", html.renderer())


def test_every_preview_has_a_control_of_its_own_and_none_is_printed(document: Document) -> None:
    """What a browser makes of it: test_report_in_browser.py."""
    text = html.render(document)
    tags = Page(text).tags
    controls = [a for tag, a in tags if tag == "input"]
    assert {a["type"] for a in controls} == {"checkbox"}
    assert all("name" not in a and "checked" not in a for a in controls)
    assert len({a["id"] for a in controls}) == len([a for tag, a in tags if tag == "img"]) > 0
    assert all("hidden" in a for tag, a in tags if tag == "img")
    assert "filter: grayscale(1) blur" in text
    printed = text[text.index("@media print") :]
    assert "figure input:checked ~ img { filter: grayscale(1) blur" in printed


def alike(document: Document, *groups: int) -> Document:
    """The document with its findings in these groups."""
    findings = tuple(
        samples.altered(finding, found={"group": group})
        for finding, group in zip(document.findings, groups, strict=True)
    )
    return msgspec.structs.replace(document, findings=findings)


def test_findings_that_show_the_same_are_one_card_with_a_line_for_each_other(
    document: Document,
) -> None:
    text = html.render(alike(document, 0, 1, 0))
    assert text.count("<article") == 2
    assert text.count("<img ") == 2
    assert "3 findings, 2 to look at: the others show the same" in text
    assert "It shows the same as 1 other finding: 1 that looks alike." in text
    for finding in document.findings:
        assert text.count(f'id="finding-{finding.number}"') == 1


def test_the_card_is_of_the_surest_finding_whoever_was_found_first(document: Document) -> None:
    """The model's guess came first, the digest's match second."""
    guess, known = document.findings[1], document.findings[0]
    swapped = tuple(
        samples.altered(finding, found={"number": number})
        for number, finding in enumerate((guess, known, document.findings[2]), start=1)
    )
    text = html.render(alike(msgspec.structs.replace(document, findings=swapped), 0, 1, 0))
    assert '<article class="finding" id="finding-2">' in text
    assert '<span id="finding-1">1</span>' in text


def test_an_absurdly_large_group_is_drawn_in_part_and_doubted(document: Document) -> None:
    match = Match(
        kind=MatchKind.PERCEPTUAL, detector="x", reason="x", provenance={"set_digest": "ab" * 32}
    )
    first = samples.altered(
        document.findings[0], result={"matches": (match,)}, found={"preview": ""}
    )
    findings = tuple(
        samples.altered(
            first,
            found={"number": n, "group": int(n > 1)},
            result={"digests": {"sha256": f"{n:064x}"}},
        )
        for n in range(1, 252)
    )
    text = html.render(msgspec.structs.replace(document, findings=findings))
    assert text.count("<article") == 1
    assert text.count("like the same entry of a set") == MOST_LINES
    assert "not drawn here: 150 further ones." in text
    assert "doubt the entry" in text


def test_every_match_shows_reason_score_threshold_and_model(document: Document) -> None:
    text = Page(html.render(document)).text
    assert "The model scored it 0.91; the profile asks for 0.80. 0.913 0.800 classifier" in text
    assert "set sample set" in text
    assert "· category 1" in text
    assert "deleted" not in text.split("Findings")[1].split("Coverage")[0]


def test_unallocated_findings_are_called_what_they_are(tmp_path: Path) -> None:
    folder = samples.sealed(tmp_path, findings=10)
    text = Page((folder / layout.REPORT).read_text(encoding="utf-8")).text
    assert text.count("deleted (unallocated)") == 2


def test_coverage_adds_up_on_the_page(document: Document) -> None:
    text = Page(html.render(document)).text
    row = text[text.index("All volumes") :].split("Containers: ")[0]
    counts = [int(n) for n in re.findall(r"(?<![\d.])(\d+) (?=\d+(?:\.\d+)? (?:bytes|MB|kB))", row)]
    assert sum(counts[:-1]) == counts[-1] == 23


def test_a_difference_between_two_readings_is_shown(document: Document) -> None:
    text = Page(html.render(document)).text
    assert f"the content had another SHA-256: {'f' * 64}" in text


def test_who_signed_is_never_vague(document: Document) -> None:
    text = Page(html.render(document)).text
    assert document.signer
    assert text.count(document.signer.fingerprint) == 2
    assert "key made for this scan alone" in text
    assert "Write the fingerprint into the paper record now" in text


def test_more_findings_than_a_browser_can_bear_are_counted(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings_section, "MOST", 2)
    text = Page(html.render(document)).text
    assert "1 further finding" in text
    assert "3 findings" in text


def test_many_unreadable_volumes_do_not_bury_the_page(document: Document) -> None:
    volumes = tuple(
        Volume(id=f"d0v{n}", device_id="d0", offset=n, size=n + 1, state=VolumeState.DAMAGED)
        for n in range(500)
    )
    text = Page(html.render(msgspec.structs.replace(document, volumes=volumes))).text
    first = text[: text.index("3 findings")]
    assert first.count("damaged: nothing in it") == 12
    assert "and 488 more of this kind" in first


def test_a_device_without_volumes_is_named(document: Document) -> None:
    text = Page(html.render(msgspec.structs.replace(document, volumes=()))).text
    assert "SAMSUNG MZ7LN256 S2ABNX0H123456" in text
    assert "devices whose volumes could not be listed: 1" in text[: text.index("3 findings")]


def test_a_scan_that_was_taken_up_again_and_its_sandbox_are_told(document: Document) -> None:
    again = Resumption(at="2026-11-21T22:00:00Z", bundle="x", carried_entries=1234, dropped_lines=2)
    told = msgspec.structs.replace(
        document, resumed=(again,), sandbox=("Landlock (ABI 7)", "seccomp")
    )
    text = Page(html.render(told)).text
    assert "Taken up again 2026-11-21 22:00:00 UTC: 1,234 entries kept, 2 not certain" in text
    assert "Readers confined by Landlock (ABI 7), seccomp missing: memory limit, no file" in text


def test_a_layer_of_the_sandbox_that_was_missing_is_said_in_red(document: Document) -> None:
    def said(on: tuple[str, ...]) -> str:
        return html.render(msgspec.structs.replace(document, sandbox=on))

    whole = tuple(each.replace("Landlock", "Landlock (ABI 7)") for each in SANDBOX_LAYERS)
    assert 'class="alert">missing' not in said(whole)
    for each in whole:
        without = said(tuple(on for on in whole if on != each))
        assert f'<span class="alert">missing: {each.partition(" (")[0]}</span>' in without
    assert f'<span class="alert">missing: {", ".join(SANDBOX_LAYERS)}</span>' in said(())


def test_an_empty_document_renders(tmp_path: Path) -> None:
    made = samples.document(samples.image(tmp_path), Coverage())
    bare = msgspec.structs.replace(
        made, devices=(), volumes=(), sources=(), hash_sets=(), models=(), word_lists=(),
        write_block=None, errors=(),
    )  # fmt: skip
    text = Page(html.render(bare)).text
    assert "known material was not looked for" in text
    assert "Not attested" in text
    assert "Not signed" in text


@pytest.mark.skipif(not Path("/usr/bin/chromium").exists(), reason="needs chromium")
def test_a_browser_accepts_the_style_under_the_policy(sealed_once: Path, tmp_path: Path) -> None:
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
               "--no-first-run", "--disable-background-networking", "--disable-component-update",
               "--disable-sync", f"--user-data-dir={tmp_path}", "--enable-logging=stderr",
               "--dump-dom", f"file://{sealed_once}/report.html"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Content Security Policy" not in done.stderr
    assert "Read this first" in done.stdout


def test_containers_that_nobody_looked_into_have_a_table_by_kind(document: Document) -> None:
    text = Page(html.render(document)).text
    title = "Containers: compared as a whole, nobody looked inside"
    table = text[text.index(title) : text.index("Where the bytes lie")]
    assert "Archives zip 2 4.0 MB 1 2.0 MB" in table
    assert "Documents pdf 1 2.0 MB -" in table
    assert "Mail mbox 1 2.0 MB -" in table
    assert "All kinds 4 8.0 MB 1 2.0 MB" in table
    none = msgspec.structs.replace(document, coverage=Coverage())
    assert title not in Page(html.render(none)).text


def test_pictures_that_nobody_decoded_have_a_table_by_kind(document: Document) -> None:
    text = Page(html.render(document)).text
    title = "Pictures of a kind that is not decoded: compared by digest alone"
    table = text[text.index(title) : text.index("Where the bytes lie")]
    assert "camera raw 2 4.0 MB" in table
    assert "JPEG XR 1 2.0 MB" in table
    assert "All kinds 3 6.0 MB" in table
    none = msgspec.structs.replace(document, coverage=Coverage())
    assert title not in Page(html.render(none)).text


def test_a_kind_that_this_version_does_not_know_cannot_break_the_page(document: Document) -> None:
    coverage = Coverage()
    coverage.hold("d0v1", 5, samples.NASTY, locked=True)
    coverage.leave_undecoded("d0v1", 5, samples.NASTY)
    page = Page(html.render(msgspec.structs.replace(document, coverage=coverage)))
    assert "<script>" in page.text
    assert not [tag for tag, _ in page.tags if tag == "script"]
