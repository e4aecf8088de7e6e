"""The pages in a real browser: what a suspect named does nothing, a picture is seen by a deliberate
act alone, everything is reached by keys, and axe-core has nothing against any page."""

from collections.abc import Iterator

import pytest

from tests import fetched
from tests.bundle import browser
from tests.bundle.browser import Browser
from tests.lab.pages.conftest import Place
from tests.lab.pages.served import PASSWORD, SHARED

pytestmark = pytest.mark.skipif(browser.programs() is None, reason=browser.MISSING)
READ = ("/cases", "/search?q=users", "/priorities", "/trends", "/overlaps", "/series",
        "/referrals", "/own",
        f"/contents/{SHARED}", "/nothing")  # fmt: skip
LINKED = {
    "/cases": "main h2 a",
    "/overlaps": ".ranked a",
    "/series": "main tbody a",
    "/referrals": ".ranked a",
}
"""Pages with links to one of their own, and the first of them."""


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser.running(tmp_path_factory.mktemp("browser")) as running:
        yield running


def enter(window: Browser, place: Place, name: str) -> None:
    """Sign in as a person does."""
    window.visit(f"{place.address}/enter")
    if window.ask("location.pathname") == "/enter":
        window.type("input[name=name]", name)
        window.type("input[name=password]", PASSWORD)
        window.press_and_leave("Enter")
    window.visit(f"{place.address}/own")
    assert name in window.ask("document.querySelector('.leave').textContent")


def all_pages(window: Browser, place: Place) -> Iterator[str]:
    """Each that an analyst can see, loaded."""
    for path in READ:
        window.visit(f"{place.address}{path}")
        yield path
        if first := LINKED.get(path):
            window.click(first)
            yield f"below {path}"
    window.visit(f"{place.address}/cases")
    window.click("main table a")
    yield "an exhibit"


def test_a_suspect_s_names_are_shown_and_do_nothing(window: Browser, place: Place) -> None:
    enter(window, place, "analyst")
    seen = 0
    for path in all_pages(window, place):
        assert window.ask("document.scripts.length") == 0, path
        assert window.ask("document.querySelectorAll('img, [onerror], [style]').length") == 0, path
        assert window.ask("document.title.endsWith('· seek')"), path
        text = window.ask("document.body.innerText")
        assert "\u202e" not in text, path
        seen += "<script>document.title=" in text and "\\u202egpj.exe" in text
    assert seen >= 4


def test_axe_has_nothing_against_any_page_and_none_is_wider_than_a_telephone(
    window: Browser, place: Place
) -> None:
    axe = fetched.axe()
    if not axe:
        pytest.skip("axe was not fetched: tests/fetch.sh")
    enter(window, place, "analyst")
    window.as_wide_as(390)
    for path in all_pages(window, place):
        assert window.faults_by(axe) == [], path
        assert window.ask("document.documentElement.scrollWidth") <= 390, path
    window.as_wide_as(0)


def test_a_picture_is_seen_by_keys_alone_and_stays_blurred_until_its_own_key(
    window: Browser, place: Place
) -> None:
    enter(window, place, "analyst")
    window.visit(f"{place.address}/contents/{SHARED}")
    window.ask("document.querySelector('select[name=purpose]').focus()")
    window.type("select[name=purpose]", "to compare")
    for _ in range(2):
        window.press("Tab")
    assert window.ask("document.activeElement.textContent") == "Show this one"
    window.press_and_leave("Enter")
    assert window.ask("location.pathname").startswith("/shown/")
    blur = "getComputedStyle(document.querySelector('.shown img')).filter"
    assert "blur(18px)" in window.ask(blur)
    assert window.ask("document.querySelector('.shown img').naturalWidth") > 0
    window.ask("document.getElementById('clear').focus()")
    window.press("Space")
    assert "blur" not in window.ask(blur)
    assert "grayscale" in window.ask(blur)
    window.again()
    assert window.ask("document.querySelectorAll('.shown img').length") == 1
    window.as_printed(printed=True)
    assert window.ask("getComputedStyle(document.querySelector('.shown img')).display") == "none"
    window.as_printed(printed=False)


def test_the_first_tab_leads_past_the_navigation(window: Browser, place: Place) -> None:
    enter(window, place, "analyst")
    window.visit(f"{place.address}/cases")
    window.press("Tab")
    assert window.ask("document.activeElement.className") == "skip"
    window.press("Enter")
    assert window.ask("document.activeElement.id") == "content"
