"""report.html in a real browser: no picture is shown but by a deliberate act on that very one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundle import browser, samples
from tests.bundle.browser import Browser

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
IMAGES = """[...document.querySelectorAll("input[id^='shown-']")]
  .sort((one, other) => one.id.localeCompare(other.id))
  .map(each => each.closest("figure").querySelector("img"))"""
"""By the finding's number: the page groups them by what they are."""
FILTERS = f"{IMAGES}.map(each => getComputedStyle(each).filter)"
FOCUSED = "document.activeElement.id"

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


def shown(page: Browser) -> list[bool]:
    """Of each preview, whether its picture can be made out."""
    filters = page.ask(FILTERS)
    assert all("grayscale(1)" in each for each in filters)
    return ["blur(" not in each for each in filters]


def focus_on(page: Browser, control: str) -> None:
    """By Tab alone, as somebody without a mouse does."""
    for _ in range(30):
        if page.ask(FOCUSED) == control:
            return
        page.press("Tab")
    pytest.fail(f"Tab never comes to {control}")


def test_a_page_that_was_opened_shows_no_picture(page: Browser) -> None:
    assert shown(page) == [False] * 4
    widths = page.ask(f"{IMAGES}.map(each => each.complete && each.naturalWidth)")
    assert widths[0] == 160  # it is loaded, so that there would be something to see


def test_no_key_that_moves_shows_a_picture_wherever_the_focus_is(page: Browser) -> None:
    visited = set()
    for _ in range(12):
        page.press("Tab")
        visited.add(page.ask(FOCUSED))
        for key in MOVES[1:]:
            page.press(key)
        assert shown(page) == [False] * 4, page.ask(FOCUSED)
    assert {f"shown-{number}" for number in range(1, 5)} <= visited


def test_space_on_a_picture_s_own_control_shows_that_one_and_hides_it_again(page: Browser) -> None:
    focus_on(page, "shown-2")
    page.press("Space")
    assert shown(page) == [False, True, False, False]
    for key in ("Down", "Right", "Enter", "Tab"):
        page.press(key)
    assert shown(page) == [False, True, False, False]
    focus_on(page, "shown-2")
    page.press("Space")
    assert shown(page) == [False] * 4


def test_a_click_on_show_shows_that_one_and_hide_hides_it(page: Browser) -> None:
    page.click("label.show[for=shown-3]")
    assert shown(page) == [False, False, True, False]
    page.click("label.show[for=shown-1]")
    assert shown(page) == [True, False, True, False]
    page.click("label.hide[for=shown-3]")
    assert shown(page) == [True, False, False, False]
    page.click("figure:has(#shown-1) img")
    assert shown(page) == [True, False, False, False]


def test_paper_shows_none_whatever_the_screen_does(page: Browser) -> None:
    page.click("label.show[for=shown-1]")
    page.as_printed(printed=True)
    try:
        assert shown(page) == [False] * 4
    finally:
        page.as_printed(printed=False)


def test_what_was_shown_is_hidden_when_the_page_is_loaded_again_or_gone_back_to(
    page: Browser, report: Path, tmp_path: Path
) -> None:
    page.click("label.show[for=shown-1]")
    page.again()
    assert shown(page) == [False] * 4
    page.click("label.show[for=shown-1]")
    (tmp_path / "other.html").write_text("<!doctype html><title>other</title>")
    page.open(tmp_path / "other.html")
    page.back()
    assert page.ask("document.title").startswith("seek report")
    assert shown(page) == [False] * 4


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
    assert window.ask("document.querySelectorAll('script').length") == 1
    assert window.ask("document.title").startswith("seek report")
