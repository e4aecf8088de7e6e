"""report.html in a real browser: no picture is shown but by a deliberate act on that very one.

And what is there to choose by: lines that are sorted and filtered, a phone's width, paper.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import fetched
from tests.bundle import browser, samples
from tests.bundle.browser import Browser
from tests.conftest import Seek

MOVES = (
    "Tab",
    "Left",
    "Up",
    "Right",
    "Down",
    "PageDown",
    "PageUp",
    "Home",
    "End",
    "Enter",
    "Escape",
)
"""Keys that move or confirm; none of them is asked to show anything."""
IMAGES = "[...document.querySelectorAll('figure img')]"
FILTERS = f"""Object.fromEntries({IMAGES}.map(each =>
  [each.parentElement.querySelector("input").id, getComputedStyle(each).filter]))"""
FOCUSED = "document.activeElement.id"
CONTROLS = {f"shown-{number}" for number in range(1, 5)}

pytestmark = pytest.mark.skipif(browser.programs() is None, reason=browser.MISSING)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.sealed(tmp_path_factory.mktemp("shown"), findings=4) / "report.html"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser.running(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture
def page(window: Browser, report: Path) -> Browser:
    window.open(report)
    return window


def shown(page: Browser) -> set[str]:
    """The controls of those previews whose pictures can be made out."""
    filters = page.ask(FILTERS)
    assert filters.keys() == CONTROLS
    assert all("grayscale(1)" in each for each in filters.values())
    return {control for control, each in filters.items() if "blur(" not in each}


def focus_on(page: Browser, control: str) -> None:
    """By Tab alone, as somebody without a mouse does."""
    for _ in range(60):
        if page.ask(FOCUSED) == control:
            return
        page.press("Tab")
    pytest.fail(f"Tab never comes to {control}")


def test_a_page_that_was_opened_shows_no_picture(page: Browser) -> None:
    assert shown(page) == set()
    widths = page.ask(f"{IMAGES}.map(each => each.complete && each.naturalWidth)")
    assert widths[0] == 160  # it is loaded, so that there would be something to see


def test_no_key_that_moves_shows_a_picture_wherever_the_focus_is(page: Browser) -> None:
    visited = set()
    for _ in range(60):
        page.press("Tab")
        visited.add(page.ask(FOCUSED))
        if visited >= CONTROLS:
            break
    assert visited >= CONTROLS
    assert shown(page) == set()
    for control in CONTROLS:
        page.ask(f"document.getElementById('{control}').focus()")
        for key in MOVES[1:]:
            page.press(key)
        assert shown(page) == set(), control


def test_space_on_a_picture_s_own_control_shows_that_one_and_hides_it_again(page: Browser) -> None:
    focus_on(page, "shown-2")
    page.press("Space")
    assert shown(page) == {"shown-2"}
    for key in ("Down", "Right", "Enter", "Tab"):
        page.press(key)
    assert shown(page) == {"shown-2"}
    focus_on(page, "shown-2")
    page.press("Space")
    assert shown(page) == set()


def test_a_click_on_show_shows_that_one_and_hide_hides_it(page: Browser) -> None:
    page.click("label.show[for=shown-3]")
    assert shown(page) == {"shown-3"}
    page.click("label.show[for=shown-1]")
    assert shown(page) == {"shown-1", "shown-3"}
    page.click("label.hide[for=shown-3]")
    assert shown(page) == {"shown-1"}
    page.click("figure:has(#shown-1) img")
    assert shown(page) == {"shown-1"}


def test_paper_shows_none_whatever_the_screen_does(page: Browser) -> None:
    page.click("label.show[for=shown-1]")
    page.as_printed(printed=True)
    try:
        assert shown(page) == set()
    finally:
        page.as_printed(printed=False)


def test_what_was_shown_is_hidden_when_the_page_is_loaded_again_or_gone_back_to(
    page: Browser, report: Path, tmp_path: Path
) -> None:
    page.click("label.show[for=shown-1]")
    page.again()
    assert shown(page) == set()
    page.click("label.show[for=shown-1]")
    (tmp_path / "other.html").write_text("<!doctype html><title>other</title>")
    page.open(tmp_path / "other.html")
    page.back()
    assert page.ask("document.title").startswith("seek report")
    assert shown(page) == set()


def test_without_its_style_the_page_draws_no_picture(page: Browser, report: Path) -> None:
    """As a browser's reading view, or a mail program that drops styles, would have it."""
    page.ask("document.querySelector('style').remove()")
    assert page.ask(f"{IMAGES}.map(each => getComputedStyle(each).display)") == ["none"] * 4


def test_a_script_that_got_into_the_page_is_not_run(
    window: Browser, report: Path, tmp_path: Path
) -> None:
    spoiled = tmp_path / "report.html"
    script = "<script>document.title = 'it ran'</script></body>"
    spoiled.write_text(report.read_text().replace("</body>", script))
    window.open(spoiled)
    assert window.ask("document.querySelectorAll('script').length") == 2
    assert window.ask("document.title").startswith("seek report")


LINES = "[...document.querySelectorAll('#lines tbody tr')]"
NUMBERS = f"{LINES}.filter(row => !row.hidden).map(row => row.cells[0].textContent)"
CARDS = (
    "[...document.querySelectorAll('article')].filter(card => !card.hidden).map(card => card.id)"
)


def choose(page: Browser, column: str, value: str) -> None:
    """Choose a value of a column, as somebody with a mouse does."""
    page.ask(f"""(() => {{
      const label = [...document.querySelectorAll(".filters label")]
        .find(each => each.firstChild.textContent === "{column}");
      const control = label.lastElementChild;
      control.value = "{value}";
      control.dispatchEvent(new Event("{"input" if column.startswith("Name") else "change"}"));
    }})()""")


def test_lines_are_filtered_with_their_cards_and_that_is_said(page: Browser) -> None:
    everything = page.ask(NUMBERS)
    choose(page, "Kind", "=Names")
    assert page.ask(NUMBERS) == ["1", "3"]
    assert page.ask(CARDS) == ["finding-1", "finding-3"]
    assert "Chosen: 2 of 4 lines" in page.ask("document.querySelector('[role=status]').textContent")
    choose(page, "Set, model, list", "=sample set")
    assert page.ask(NUMBERS) == ["1"]
    choose(page, "Set, model, list", "")
    choose(page, "Kind", "")
    choose(page, "Name, path or date holds", "img_0003")
    assert page.ask(NUMBERS) == ["4"]
    choose(page, "Name, path or date holds", "")
    assert page.ask(NUMBERS) == everything
    assert page.ask("document.querySelector('[role=status]').textContent") == ""


def test_lines_are_sorted_by_any_column_and_back(page: Browser) -> None:
    page.click("#lines th:nth-child(1) button")
    assert page.ask(NUMBERS) == ["1", "2", "3", "4"]
    page.click("#lines th:nth-child(1) button")
    assert page.ask(NUMBERS) == ["4", "3", "2", "1"]
    page.click("#lines th:nth-child(9) button")
    assert page.ask(NUMBERS)[0] == "2"  # the only one with a score; those without come last
    page.click("#lines th:nth-child(9) button")
    assert page.ask(NUMBERS)[0] == "2"


def test_a_phone_shows_the_answer_first_and_nothing_wider_than_itself(
    page: Browser, report: Path
) -> None:
    page.as_wide_as(390)
    try:
        page.open(report)
        assert page.ask("document.querySelector('.ended').getBoundingClientRect().bottom") < 500
        assert page.ask("document.documentElement.scrollWidth") == 390
    finally:
        page.as_wide_as(0)


def test_nineteen_findings_are_four_pages_of_paper(
    window: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bundle = samples.sealed(tmp_path_factory.mktemp("printed"), findings=19)
    window.open(bundle / "report.html")
    paper = window.paper()
    assert 0 < len(re.findall(rb"/Type\s*/Page\b", paper)) <= 4


@pytest.fixture(scope="module")
def together(seek: Seek, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two bundles of one search, whose 19 contents are the same but for four."""
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    bundles = [samples.sealed(folders[0], findings=19), samples.sealed(folders[1], findings=15)]
    out = tmp_path_factory.mktemp("merged") / "together"
    done = seek("merge", *bundles, "--out", out)
    assert done.returncode == 0, done.stderr
    return out / "report.html"


def test_axe_has_nothing_against_a_report_or_one_of_several_bundles(
    window: Browser, report: Path, together: Path
) -> None:
    """The one on a screen, the other on a telephone."""
    axe = fetched.axe()
    if not axe:
        pytest.skip("axe was not fetched: tests/fetch.sh")
    try:
        for path, width in ((report, 0), (together, 390)):
            window.as_wide_as(width)
            window.open(path)
            assert window.faults_by(axe) == [], path
    finally:
        window.as_wide_as(0)


def test_the_report_of_several_bundles_is_few_pages_without_a_picture(
    window: Browser, together: Path
) -> None:
    """19 contents in 34 places and what is said of two bundles; and a telephone's width."""
    window.open(together)
    assert window.ask(f"{IMAGES}.length") > 10
    window.as_printed(printed=True)
    try:
        filters = window.ask(f"{IMAGES}.map(each => getComputedStyle(each).filter)")
        assert all("blur(" in each for each in filters)
    finally:
        window.as_printed(printed=False)
    assert 0 < len(re.findall(rb"/Type\s*/Page\b", window.paper())) <= 6
    window.as_wide_as(390)
    try:
        window.open(together)
        assert window.ask("document.documentElement.scrollWidth") == 390
        assert window.ask("document.querySelector('h1').getBoundingClientRect().bottom") < 500
    finally:
        window.as_wide_as(0)
