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
    for _ in range(30):
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
    for _ in range(12):
        page.press("Tab")
        visited.add(page.ask(FOCUSED))
        for key in MOVES[1:]:
            page.press(key)
        assert shown(page) == set(), page.ask(FOCUSED)
    assert visited >= CONTROLS


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
    assert window.ask("document.querySelectorAll('script').length") == 1
    assert window.ask("document.title").startswith("seek report")
