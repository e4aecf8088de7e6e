"""A real Chromium, driven through chromedriver's own protocol (W3C WebDriver), for tests."""

import http.client
import json
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MISSING = "chromium and chromedriver are not here: apt install chromium chromium-driver"
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""What WebDriver calls an element's reference."""

_KEYS_HAD = """(() => {
  if (window.keysHad === undefined) {
    window.keysHad = 0;
    window.addEventListener("keyup", () => { window.keysHad += 1; }, true);
  }
  return window.keysHad;
})()"""
"""How many keys the page was given; counted from the first time that it is asked."""
_RUN_AXE = """const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(found => done(
  found.violations.map(each => [each.impact, each.id, each.nodes[0].html.slice(0, 200)])))"""
_MOST_QUESTIONS = 10_000

KEYS = {
    "Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Space": " ", "PageUp": "\ue00e",
    "PageDown": "\ue00f", "End": "\ue010", "Home": "\ue011", "Left": "\ue012", "Up": "\ue013",
    "Right": "\ue014", "Down": "\ue015",
}  # fmt: skip


def programs() -> tuple[str, str] | None:
    """The browser and its driver; None if they are not installed."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


class Browser:
    """One window. Every method waits until the browser has done it."""

    def __init__(self, port: int, browser: str, profile: Path) -> None:
        """`profile`: an empty folder for what it keeps."""
        self._port = port
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,900",
                     f"--user-data-dir={profile}"]  # fmt: skip
        options = {"binary": browser, "args": arguments}
        asked = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self._session = f"/session/{self._ask('POST', '/session', asked)['sessionId']}"

    def open(self, page: Path) -> None:
        """Load a file."""
        self._do("url", url=page.as_uri())

    def visit(self, address: str) -> None:
        """Go to what a server has there."""
        self._do("url", url=address)

    def type(self, selector: str, text: str) -> None:
        """Into the one that the selector finds, as a person types; of a file, its path."""
        found = self._do("element", using="css selector", value=selector)[_ELEMENT]
        self._do(f"element/{found}/value", text=text)

    def faults_by(self, axe: str) -> list[str]:
        """What axe-core, a script, has against the page: how bad, which rule, where first."""
        self._do("execute/sync", script=f"{axe}; window.axe = axe;", args=[])
        found = self._do("execute/async", script=_RUN_AXE, args=[])
        return [f"{impact}: {rule}: {html}" for impact, rule, html in found]

    def screen(self) -> bytes:
        """What the window shows, as PNG."""
        connection = self._ask("GET", f"{self._session}/screenshot", None)
        return b64decode(connection)

    def again(self) -> None:
        """Load the page once more."""
        self._do("refresh")

    def back(self) -> None:
        """Go to the page before."""
        self._do("back")

    def press(self, key: str) -> None:
        """One key, down and up, wherever the focus is; returns when the page has had it."""
        before = self.ask(_KEYS_HAD)
        code = KEYS[key]
        actions = [{"type": kind, "value": code} for kind in ("keyDown", "keyUp")]
        self._do("actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])
        for _ in range(_MOST_QUESTIONS):
            if self.ask(_KEYS_HAD) > before:
                return
        raise RuntimeError(f"the page never had the key {key}")

    def press_and_leave(self, key: str) -> None:
        """One key that leads to another page; returns when that is there."""
        self.ask("window.stillHere = true")
        code = KEYS[key]
        actions = [{"type": kind, "value": code} for kind in ("keyDown", "keyUp")]
        self._do("actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])
        for _ in range(_MOST_QUESTIONS):
            if self.ask("window.stillHere === undefined && document.readyState === 'complete'"):
                return
        raise RuntimeError(f"the key {key} led nowhere")

    def click(self, selector: str) -> None:
        """With the mouse, on the one that the selector finds."""
        found = self._do("element", using="css selector", value=selector)[_ELEMENT]
        self._do(f"element/{found}/click")

    def ask(self, script: str) -> Any:
        """What a script returns; it runs beside the page, which may run none of its own."""
        return self._do("execute/sync", script=f"return {script};", args=[])

    def as_printed(self, *, printed: bool) -> None:
        """Lay the page out for paper, or for the screen again."""
        wanted = {"media": "print" if printed else ""}
        self._do("goog/cdp/execute", cmd="Emulation.setEmulatedMedia", params=wanted)

    def as_wide_as(self, pixels: int) -> None:
        """Give the page a window of that width; 0: its own again."""
        wanted = {"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": True}
        what = "setDeviceMetricsOverride" if pixels else "clearDeviceMetricsOverride"
        params = wanted if pixels else {}
        self._do("goog/cdp/execute", cmd=f"Emulation.{what}", params=params)

    def paper(self) -> bytes:
        """The page as PDF, on the paper that it asks for."""
        params = {"preferCSSPageSize": True, "printBackground": True}
        return b64decode(self._do("goog/cdp/execute", cmd="Page.printToPDF", params=params)["data"])

    def close(self) -> None:
        """End it."""
        self._ask("DELETE", self._session, None)

    def _do(self, what: str, **said: Any) -> Any:
        return self._ask("POST", f"{self._session}/{what}", said)

    def _ask(self, method: str, path: str, said: Any) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        try:
            body = None if said is None else json.dumps(said)
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{path}: {answer['error']}: {answer.get('message')}")
        return answer


@contextmanager
def running(profile: Path) -> Iterator[Browser]:
    """A browser for as long as it is needed."""
    found = programs()
    if found is None:
        raise RuntimeError(MISSING)
    command = ["prlimit", "--as=unlimited:", found[1], "--port=0"]  # it reserves a terabyte
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as driver:
        try:
            browser = Browser(_port_of(driver), found[0], profile)
            try:
                yield browser
            finally:
                browser.close()
        finally:
            driver.kill()  # its browser was closed


def _port_of(driver: "subprocess.Popen[str]") -> int:
    """chromedriver takes a free one and says which."""
    assert driver.stdout is not None
    for line in driver.stdout:
        if "started successfully on port" in line:
            return int(line.split("port")[1].strip(" .\n"))
    raise RuntimeError("chromedriver did not start")
