import base64
import re
import subprocess
import sys
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

import triage
from tests.bundle import samples
from triage.bundle.format import layout, schema
from triage.bundle.format.document import SANDBOX_LAYERS, Document, HashSetUsed, Resumption
from triage.bundle.rendering import html
from triage.bundle.rendering.html import spread
from triage.bundle.rendering.html.same import MOST_LINES
from triage.choices import HashSetUse, PerceptualUse
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
        if not {"style", "script"} & {*self.open} and data.strip():
            self.words.append(data.strip())

    @property
    def text(self) -> str:
        return re.sub(r"(?<=\() | (?=[,:;.)])", "", " ".join(self.words))


@pytest.fixture
def document(sealed_once: Path) -> Document:
    return schema.decode((sealed_once / layout.FINDINGS).read_bytes())


def first_screen(text: str) -> str:
    """Up to the findings."""
    return text[: text.index(" Findings No. Kind What")]


def test_the_first_screen_has_the_answer_what_it_rests_on_and_what_was_not_looked_at(
    document: Document,
) -> None:
    page = Page(html.render(document))
    assert [tag for tag, _ in page.tags if tag in {"h1", "h2", "table"}][:4] == ["h1", *["h2"] * 3]
    first = first_screen(page.text)
    places = [
        first.index(part)
        for part in (
            "seek report 2026/0417 · EX-3",
            "seek report · case 2026/0417 · exhibit EX-3",
            "3 findings 1 Known material 1 Names 1 Scored by a model",
            "Not all could be looked at.",
            "Triage is not proof.",
            "What it rests on",
            "Looked at 14 of 22 files",
            "Compared with 1,204,331 known entries: sample set",
            "Scored by models, whose scores are estimates: open-nsfw 1.0",
            "The first finding came after 4.2 s",
            "Write block on: 1 layer",
            "What was not looked at",
            "ENCRYPTED volumes, not looked into: 1 (24.0 GB)",
            "bitlocker, 24.0 GB: encrypted: nothing in it was looked at (the key is not known)",
            "files that could not be read or decoded: ",
            "d0v1: orphans: stopped at 100,000",
            "files left out by the profile: ",
            "space outside files (19.0 GB)",
            "Exhibit and machine",
            "A. Examiner",
        )
    ]
    assert places == sorted(places)


def test_a_partial_scan_says_so_before_all_else(document: Document) -> None:
    partial = msgspec.structs.replace(document, partial=True, partial_reason="time limit")
    text = Page(html.render(partial)).text
    assert text.index("NOT FINISHED: the time limit came first") < text.index("What it rests on")
    assert "What was not looked at NOT FINISHED: the time limit came first" in text
    none = msgspec.structs.replace(partial, findings=())
    assert "No findings, but not all was looked at" in Page(html.render(none)).text


def test_a_layer_of_the_write_block_that_was_off_is_on_the_first_screen(
    document: Document,
) -> None:
    assert document.write_block
    off = tuple(msgspec.structs.replace(each, on=False) for each in document.write_block.layers)
    block = msgspec.structs.replace(document.write_block, layers=off)
    told = Page(html.render(msgspec.structs.replace(document, write_block=block))).text
    assert "Write block, NOT on in whole: kernel read-only flag" in first_screen(told)
    none = Page(html.render(msgspec.structs.replace(document, write_block=None))).text
    assert "No write block is attested" in first_screen(none)


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
    assert 'class="verdict none">No findings</h1>' in html.render(clear)
    encrypted = msgspec.structs.replace(clear, volumes=document.volumes)
    assert 'class="verdict none"' not in html.render(encrypted)
    assert "No findings, but not all was looked at" in Page(html.render(encrypted)).text


def test_no_findings_is_never_said_to_prove_anything(document: Document) -> None:
    text = Page(html.render(msgspec.structs.replace(document, findings=()))).text
    assert "no finding does not mean that there is nothing" in text
    assert "Triage is not proof" in text[: text.index("What it rests on")]


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs_but_our_script(
    document: Document,
) -> None:
    text = html.render(document)
    page = Page(text)
    assert not page.open
    tags = [tag for tag, _ in page.tags]
    assert not {*tags} & {"link", "iframe", "object", "form"}
    assert tags.count("script") == tags.count("style") == 1
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        source, way = attributes.get("src"), attributes.get("href")
        assert source is None or re.fullmatch(r"media/f\d{6}\.jpg", source)
        assert way is None or (tag == "a" and re.fullmatch(r"#(line|finding)-\d+", way))
    assert "url(" not in text
    assert "unsafe-inline" not in text
    (policy,) = (a["content"] for t, a in page.tags if a.get("http-equiv"))
    script = text[text.index("<script>") + 8 : text.index("</script>")]
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    assert policy
    assert f"script-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'; ")


def test_every_finding_has_a_line_that_leads_to_all_that_is_known_of_it(
    document: Document,
) -> None:
    page = Page(html.render(alike(document, 0, 1, 0)))
    ids = {a["id"] for _, a in page.tags if "id" in a}
    rows = {a["id"] for tag, a in page.tags if tag == "tr" and "id" in a}
    assert rows == {"line-1", "line-2", "line-3"}
    ways = [a["href"] for tag, a in page.tags if tag == "a"]
    assert {(way or "").removeprefix("#") for way in ways} <= ids
    lines = page.text[page.text.index("No. Kind What") : page.text.index("Previews are grey")]
    assert "shows the same as 1" in lines
    assert "HMD Global Nokia 8.3 5G 2021-03-04 05:06:07 taken" in lines
    assert "d0v1 Windows sample set, sample words 1 HMD Global" in lines
    assert "0.913" in lines


def test_a_finding_says_what_it_says_of_itself_and_every_model_s_score(document: Document) -> None:
    text = Page(html.render(document)).text
    assert "made by HMD Global Nokia 8.3 5G · taken 2021-03-04T05:06:07" in text
    assert text.count("frames seen") == 1
    seen = "10 frames seen, from 0:03 to 4:55 of 5:02; then the time for one video was over"
    assert seen in text
    assert "open-nsfw 0.031" in text


def test_names_can_neither_break_out_nor_reorder_nor_hide(document: Document) -> None:
    text = html.render(document)
    assert "<script>alert" not in text
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
    assert [tag for tag, _ in page.tags].count("script") == text.count("<script") == 1
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
        assert text.count(f'id="line-{finding.number}"') == 1


def test_the_card_is_of_the_surest_finding_whoever_was_found_first(document: Document) -> None:
    """The model's guess came first, the digest's match second."""
    guess, known = document.findings[1], document.findings[0]
    swapped = tuple(
        samples.altered(finding, found={"number": number})
        for number, finding in enumerate((guess, known, document.findings[2]), start=1)
    )
    text = html.render(alike(msgspec.structs.replace(document, findings=swapped), 0, 1, 0))
    assert '<article class="finding" id="finding-2">' in text
    assert '<a href="#line-1">1</a>' in text


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
    assert f"In the table above, and not here: {250 - MOST_LINES} further ones." in text
    assert text.count('<tr id="line-') == 251
    assert "doubt the entry" in text


def test_every_match_shows_reason_score_threshold_and_model(document: Document) -> None:
    text = Page(html.render(document)).text
    assert "the profile asks for 0.80. Score 0.913, threshold 0.800. classifier" in text
    assert "set sample set" in text
    assert "· category 1" in text
    assert "deleted" not in text[: text.index("Coverage")]


def test_unallocated_findings_are_called_what_they_are(tmp_path: Path) -> None:
    folder = samples.sealed(tmp_path, findings=10)
    text = Page((folder / layout.REPORT).read_text(encoding="utf-8")).text
    assert text.count("deleted (unallocated)") == 2
    lines = text[text.index("No. Kind What") : text.index("Previews are grey")]
    assert lines.count("JPG deleted") == 2


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


def test_more_findings_than_a_browser_can_bear_are_in_further_files(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, each once, and every way from one to another leads somewhere."""
    monkeypatch.setattr(spread, "PER_FILE", 2)
    pages = {name: Page(text) for name, text in html.files(alike(document, 0, 0, 2))}
    assert list(pages) == ["report.html", "report_002.html"]
    ids = {name: {a.get("id") for _, a in page.tags} for name, page in pages.items()}
    for name, page in pages.items():
        for way in (a["href"] or "" for tag, a in page.tags if tag == "a"):
            file, _, place = way.partition("#")
            assert not place or place in ids[file or name], way
    assert sum("line-3" in there for there in ids.values()) == 1
    assert "3 lines in 2 files" in pages["report.html"].text
    assert "3 findings" in pages["report.html"].text
    assert "shows the same as 3" in pages["report_002.html"].text
    assert "Previews are grey" not in pages["report_002.html"].text
    assert "Findings, file 2 of 2" in pages["report_002.html"].text


def test_many_unreadable_volumes_do_not_bury_the_page(document: Document) -> None:
    volumes = tuple(
        Volume(id=f"d0v{n}", device_id="d0", offset=n, size=n + 1, state=VolumeState.DAMAGED)
        for n in range(500)
    )
    text = Page(html.render(msgspec.structs.replace(document, volumes=volumes))).text
    first = first_screen(text)
    assert first.count("damaged: nothing in it") == 12
    assert "and 488 more of this kind" in first


def test_a_device_without_volumes_is_named(document: Document) -> None:
    text = Page(html.render(msgspec.structs.replace(document, volumes=()))).text
    assert "SAMSUNG MZ7LN256 S2ABNX0H123456" in text
    assert "devices whose volumes could not be listed: 1" in first_screen(text)


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
def test_a_browser_accepts_style_and_script_under_the_policy(
    sealed_once: Path, tmp_path: Path
) -> None:
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
               "--no-first-run", "--disable-background-networking", "--disable-component-update",
               "--disable-sync", f"--user-data-dir={tmp_path}", "--enable-logging=stderr",
               "--dump-dom", f"file://{sealed_once}/report.html"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Content Security Policy" not in done.stderr
    assert "Name, path or date holds" in done.stdout  # which the script put there


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
    assert [tag for tag, _ in page.tags].count("script") == 1


def test_the_renderer_s_digest_is_over_all_that_the_rendering_uses() -> None:
    """A word changed in a module that is left out would make honest bundles fail."""
    code = (
        "import sys, triage.bundle.rendering.html\n"
        "for each in list(sys.modules.values()):\n"
        "    if each.__name__.split('.')[0] == 'triage': print(each.__file__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = Path(triage.__file__).parent
    used = {str(Path(file).relative_to(ours)) for file in done.stdout.split()}
    here = "bundle/rendering/html/"
    packages = {each for each in used if each.endswith("__init__.py")}
    assert all(
        (ours / each).read_text().count("import") == 0 for each in packages if here not in each
    )
    assert {each for each in used - packages if not each.startswith(here)} == {*html.RENDERS}


@pytest.mark.parametrize("detector", [HashSetUse(), PerceptualUse()])
def test_that_nothing_inside_pictures_was_looked_at_is_said(
    document: Document, detector: HashSetUse | PerceptualUse
) -> None:
    applied = msgspec.structs.replace(document.profile.applied, detectors=(detector,))
    said = html.render(
        msgspec.structs.replace(
            document, profile=msgspec.structs.replace(document.profile, applied=applied)
        )
    )
    told = "nothing was looked at that lies in a picture or in a cache" in said
    assert told == isinstance(detector, HashSetUse)
