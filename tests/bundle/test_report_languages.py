"""A bundle's report is in the language that the scan was given; the rest of the bundle is the same
in all of them."""

import html as escaping
import re
from pathlib import Path

import msgspec
import pytest

from tests.bundle import samples
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout, schema
from triage.bundle.format.document import Document
from triage.bundle.rendering import html
from triage.bundle.rendering.html.speaking import speaker
from triage.bundle.writing.signing import new_key, open_signer
from triage.languages import Language
from triage.match_kinds import MatchKind

REPORT = 12
OTHERS = [each for each in Language if each is not Language.ENGLISH]


@pytest.fixture
def document(sealed_once: Path) -> Document:
    return schema.decode((sealed_once / layout.FINDINGS).read_bytes())


def page_in(document: Document, language: Language) -> str:
    return html.render(msgspec.structs.replace(document, language=language))


def text_of(page: str) -> str:
    bare = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return escaping.unescape(re.sub(r"<[^>]*>", " ", bare))


@pytest.mark.parametrize("language", Language)
def test_the_page_says_its_language_and_speaks_it(document: Document, language: Language) -> None:
    page = page_in(document, language)
    text = text_of(page)
    assert f'<html lang="{language}">' in page
    assert all(kind.words.heading.told(language) in text
               for kind in (MatchKind.HASH_SET, MatchKind.NAME))  # fmt: skip
    for english in ("What it rests on", "Looked at", "Triage is not proof", "Coverage", "Listed"):
        assert (english in text) == (language is Language.ENGLISH), english
    assert page_in(document, language) == page


@pytest.mark.parametrize("language", Language)
def test_nothing_of_ours_is_written_out_or_escaped_twice(
    document: Document, language: Language
) -> None:
    page = page_in(document, language)
    assert not re.search(r"\\u202f|\\xa0|&amp;#|&amp;quot;|None\b", re.sub("&amp;amp;", "", page))
    gaps = re.findall(r"\{[a-z_]+\}", re.sub(r"<(style|script|pre).*?</\1>", "", page, flags=re.S))
    assert sorted(gaps) == ["{all}", "{left}"]  # which the page's script fills


@pytest.mark.parametrize("language", OTHERS)
def test_what_a_suspect_wrote_is_never_translated(document: Document, language: Language) -> None:
    english, other = page_in(document, Language.ENGLISH), page_in(document, language)
    foreign = re.findall(r"<code><bdi>(.*?)</bdi></code>", english)
    assert foreign
    assert re.findall(r"<code><bdi>(.*?)</bdi></code>", other) == foreign
    assert "<script>alert" not in other
    assert re.search("\\\\x1b\\[31m\\\\u202e", other)


@pytest.mark.parametrize("language", OTHERS)
def test_what_seek_noted_in_english_is_marked_as_that(
    document: Document, language: Language
) -> None:
    page = page_in(document, language)
    for finding in document.findings:
        for match in finding.matches:
            assert f'<bdi lang="en">{escaping.escape(match.reason)}</bdi>' in page
    assert 'lang="en"' not in page_in(document, Language.ENGLISH).replace('<html lang="en">', "")


def test_a_bundle_s_report_is_in_its_language_and_no_other_verifies(tmp_path: Path) -> None:
    new_key(tmp_path / "key", comment="lab", ask=False)
    with open_signer(tmp_path / "key") as signer:
        bundle = samples.sealed(tmp_path, signer=signer, language=Language.GERMAN)
        page = (bundle / layout.REPORT).read_text(encoding="utf-8")
        assert "Eine Triage ist kein Beweis." in page
        assert verify(bundle).failed is None
        document = schema.decode((bundle / layout.FINDINGS).read_bytes())
        other = page_in(document, Language.ENGLISH)
        (bundle / layout.REPORT).write_text(other, encoding="utf-8")
        samples.sign_again(bundle, signer)
    failed = verify(bundle).failed
    assert failed is not None
    assert failed.number == REPORT


def test_a_document_without_a_language_is_english(sealed_once: Path) -> None:
    """As those are that were made before there were others."""
    text = (sealed_once / layout.FINDINGS).read_bytes()
    assert b'"language":"en",' in text.replace(b'": "', b'":"')
    without = re.sub(rb'\s*"language":\s*"en",', b"", text, count=1)
    assert schema.decode(without) == schema.decode(text)


def test_what_fills_a_gap_cannot_break_out_of_the_page(document: Document) -> None:
    for language in Language:
        say = speaker(msgspec.structs.replace(document, language=language))
        assert "<script>" not in say("found in {place}", place="<script>x</script>")
        assert "&lt;script&gt;" in say("found in {place}", place="<script>x</script>")
