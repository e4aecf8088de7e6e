"""Every word in every language: none missing, none that nobody says, the same gaps, no English."""

import ast
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from string import Formatter

import pytest

from cli import wording as screens
from cli.guide import words as guide
from cli.guide.overview import case_lines
from cli.guide.state import State
from cli.guide.words import ends, enrolling, main_screen, passwords, questions, search
from triage import ending_words, secret
from triage.bundle.format.speaking import Speaker
from triage.bundle.rendering.html import lines, same, summary, words
from triage.bundle.rendering.html import wording as report
from triage.containers.kinds import FAMILIES
from triage.languages import Language, Wording, form_of, measure, number, table
from triage.match_kinds import MatchKind
from triage.plan.tiers import Tier
from triage.tier_words import TIERS

OTHERS = [each for each in Language if each is not Language.ENGLISH]
GUIDE: dict[str, Wording] = {
    **main_screen.MAIN_SCREEN, **questions.QUESTIONS, **search.SEARCH, **ends.ENDS,
    **enrolling.ENROLLING,
    **passwords.PASSWORDS, **passwords.PASSWORDS,
}  # fmt: skip
ENDINGS = {
    f"{name} {word}": Wording(*(said[language][word] for language in Language))
    for name, said in (("not seen", ending_words.NOT_SEEN), ("ended", ending_words.ENDED))
    for word in said[Language.ENGLISH]
}
KINDS = {
    f"{kind} {surface}": getattr(kind.words, surface)
    for kind in MatchKind
    for surface in ("heading", "meaning", "on_screen")
}
ASK_FOR = {str(kind): wording for kind, wording in secret.ASK_FOR.items()}
CODES = {
    f"{name} {code}": wording
    for name, said in (
        ("error", guide.ERRORS),
        ("posed", guide.POSED),
        ("layer", guide.LAYERS),
        ("not enrolled", guide.NOT_ENROLLED),
    )
    for code, wording in said.items()
}
EVERY: dict[str, Mapping[str, Wording]] = {
    "report": report.WORDS, "screens": screens.WORDS, "guide": GUIDE, "codes": CODES,
    "endings": ENDINGS, "kinds": KINDS, "what to ask for": ASK_FOR, "tiers": TIERS,
}  # fmt: skip
AS_IN_ENGLISH = {
    "de": {"Volume", "Video", "Bytes", "TPM", "in {place}: {offset}", "Secure Boot: {state}"},
    "es": {"No:", "{size} ({n} bytes)", "Bytes", "no", "TPM", "Secure Boot: {state}"},
    "fr": {"Machine", "codec", "Volume", "volume", "volume {id}", "TPM", "Licence"},
    "it": {
        "No:", "Video", "codec", "Volume", "volume", "volume {id}", "no", "File system", "TPM",
        "in {place}: {offset}", "Secure Boot: {state}",
    },
    "nl": {
        "Camera", "Score", "Score {score}.", "Video", "{size} ({n} bytes)", "software", "codec",
        "Volume", "volume", "volume {id}", "Bytes", "Model", "Label", "in {place}: {offset}", "TPM",
        "Secure Boot: {state}",
    },
    "pl": {"Folder", "Model", "TPM", "Secure Boot: {state}"},
    "pt": {
        "{size} ({n} bytes)", "codec", "Volume", "volume", "volume {id}", "Bytes", "TPM",
        "Secure Boot: {state}",
    },
}  # fmt: skip
"""Words that are the same in that language, and have been looked at."""
FORMS = {Language.POLISH: 3}
"""So many at most; two in the others."""
LETTERS = {Language.POLISH: "iso8859_2"}
"""What the stick's fonts show, Lat2 and Lat15 (`cli.guide.asking`); iso8859_15 for the others."""


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("name", EVERY)
def test_a_wording_is_whole_in_every_language(name: str) -> None:
    faults = [
        f"{word}, {language}: {fault}"
        for word, wording in EVERY[name].items()
        for language in Language
        if (fault := fault_of(wording, language))
    ]
    assert not faults


def fault_of(wording: Wording, language: Language) -> str:
    """What is wrong with it in that language; empty if nothing is."""
    said = wording.told(language)
    forms = said.split("|")
    if not all(form.strip() for form in forms) or not said.isprintable():
        return "it says nothing, or what does not print"
    if any(gaps(form) != gaps(wording.en.split("|")[0]) for form in forms):
        return "its gaps are not those of the English"
    if len(forms) > (FORMS.get(language, 2) if "n" in gaps(said) else 1):
        return "it has more forms than the language has for numbers"
    return ""


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_english_in_another_language_but_what_was_looked_at(language: Language) -> None:
    wordings = list(chain.from_iterable(said.values() for said in EVERY.values()))
    english = {wording.en for wording in wordings}
    same_words = {
        wording.en for wording in wordings if wording.told(language) == wording.en
    } - {"codec"}  # fmt: skip
    assert same_words == AS_IN_ENGLISH[language] - {"codec"}
    # a word of another place that was taken over: what is long is nowhere English
    long = {text for text in english if len(text) > 20}
    assert not long & {wording.told(language) for wording in wordings} - same_words


def said_in(*files: str) -> Iterator[str]:
    """Every English sentence that the code of these has a speaker say."""
    for path in chain.from_iterable(map(Path().glob, files)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _is_speaker(node.func):
                yield from _texts(node.args[0])


def _is_speaker(called: ast.expr) -> bool:
    return getattr(called, "id", getattr(called, "attr", "")) in {"say", "_say"}


def _texts(said: ast.expr) -> Iterator[str]:
    if isinstance(said, ast.IfExp):
        yield from (*_texts(said.body), *_texts(said.orelse))
    elif isinstance(said, ast.Constant):
        yield str(said.value)


def constants_in(*files: str) -> set[str]:
    return {
        str(node.value)
        for path in chain.from_iterable(map(Path().glob, files))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
    }


REPORT = ("triage/bundle/rendering/html/*.py", "triage/bundle/rendering/merged.py")
SCREENS = ("cli/told.py", "cli/live.py", "cli/plain.py", "cli/verdict.py", "cli/alike.py",
           "cli/interrupt.py")  # fmt: skip


def test_all_that_the_report_says_has_a_wording_and_no_other() -> None:
    by_name = {
        *words.STATES.values(), *words.KINDS.values(), *words.PROTECTORS.values(),
        *words.SET_KINDS.values(), *(title for _, title in words.OUTCOMES), *FAMILIES,
        *(title for title, *_ in lines._HEADS), same._FLOODED, summary._WORTH,
    }  # fmt: skip
    missing = ({*said_in(*REPORT)} | by_name) - report.WORDS.keys()
    assert not missing, f"write these into triage/bundle/rendering/html/wording/: {missing}"
    tiers = {wording.en for wording in TIERS.values()}
    assert not report.WORDS.keys() - constants_in(*REPORT) - by_name - tiers, "nobody says these"


def test_all_that_a_scan_s_screens_say_has_a_wording_and_no_other() -> None:
    missing = {*said_in(*SCREENS)} - screens.WORDS.keys()
    assert not missing, f"write these into cli/wording/: {missing}"
    tiers = {wording.en for wording in TIERS.values()}
    assert not screens.WORDS.keys() - constants_in(*SCREENS) - tiers, "nobody says these"


def test_every_tier_has_words() -> None:
    assert set(TIERS) == {tier.code for tier in Tier}


@pytest.mark.parametrize("language", Language)
def test_the_stick_s_fonts_have_the_letters_of_all_that_the_guide_says(language: Language) -> None:
    on_stick = ("guide", "codes", "endings", "kinds", "tiers")
    for wording in chain.from_iterable(EVERY[name].values() for name in on_stick):
        wording.told(language).encode(LETTERS.get(language, "iso8859_15"))


def test_a_wording_that_lacks_a_language_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="'pl'"):
        Wording(en="a", es="b", pt="c", de="d", fr="e", it="f", nl="g")  # type: ignore[call-arg]


def test_one_sentence_stands_in_a_table_once() -> None:
    twice = Wording(*["a"] * 8)
    with pytest.raises(ValueError, match="twice"):
        table((twice, twice))


@pytest.mark.parametrize(
    ("language", "amounts"),
    [
        ("en", {0: "many", 1: "one", 2: "many", 21: "many"}),
        ("fr", {0: "one", 1: "one", 2: "many"}),
        ("de", {0: "many", 1: "one", 101: "many"}),
    ],
)
def test_a_number_has_the_form_that_goes_with_it(language: str, amounts: dict[int, str]) -> None:
    assert {each: form_of(language, "one|many", each) for each in amounts} == amounts


def test_polish_has_three_forms() -> None:
    forms = "plik|pliki|plików"
    said = {each: form_of("pl", forms, each) for each in (0, 1, 2, 4, 5, 12, 14, 21, 22, 112, 122)}
    assert said == {
        0: "plików", 1: "plik", 2: "pliki", 4: "pliki", 5: "plików", 12: "plików", 14: "plików",
        21: "plików", 22: "pliki", 112: "plików", 122: "pliki",
    }  # fmt: skip


def test_numbers_and_sizes_cannot_be_taken_for_others() -> None:
    """A comma is decimal everywhere but in English, a point nowhere else."""
    assert number("en", 1_234_567) == "1,234,567"
    assert {number(each, 1_234_567) for each in OTHERS} == {"1 234 567"}
    assert measure("en", "1.5 MB") == "1.5 MB"
    assert measure("de", "1.5 MB") == "1,5 MB"
    assert measure("fr", "1.5 MB") == "1,5 Mo"
    assert [measure(each, "17 bytes") for each in ("en", "pl", "fr")] == [
        "17 bytes",
        "17 B",
        "17 o",
    ]


def test_what_has_no_wording_is_said_in_english_and_stops_nothing() -> None:
    say = Speaker(Language.GERMAN, {})
    assert say("{n} word that nobody wrote|{n} words", n=1_000) == "1 000 words"


def test_what_a_gap_is_filled_with_is_not_read_as_a_sentence() -> None:
    say = Speaker(Language.ENGLISH, {})
    assert say("called {name}", name="{n}|{x}") == "called {n}|{x}"


def test_no_word_of_the_guide_ends_where_the_next_begins() -> None:
    """Keys are said by their letters: each language's menu has the same ones."""
    for language in Language:
        menu = f"{GUIDE['menu'].told(language)}   {GUIDE['menu_end'].told(language)}"
        assert re.findall(r"(?:^|   )([a-z]) ", menu) == [*"crwdhuplx"]


def test_french_has_a_blank_before_a_colon() -> None:
    state = State(language=Language.FRENCH)
    state.case["case"] = "2026-1"
    (line,) = case_lines(state)
    assert line.startswith("Procédure : ")
    assert " : " in line.rpartition("Enquêteur")[2]
