"""A portal that really serves, and people with a real browser in front of it."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.cast import PASSWORD
from tests.conftest import SECRET

ROOT = Path(__file__).resolve().parents[2]
PORTAL = Path(sys.executable).parent / "portal"
LOCALES = {"en": "en-GB", "fr": "fr-FR", "it": "it-IT"}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


# Not the button that only shows what would be sent.
SEND = "button[type=submit]:not([name=do])"


def environment(url: str, folder: Path, port: int) -> dict[str, str]:
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(("PORTAL_", "DATABASE_"))},
        "DATABASE_URL": url,
        "PORTAL_SECRET_KEY": SECRET,
        "PORTAL_INSTANCE": str(folder),
        "PORTAL_CACHE": os.environ["PORTAL_CACHE"],
        "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
        "PORTAL_LOG_LEVEL": "WARNING",
    }


@contextmanager
def serving(url: str, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a database with `portal serve`, its jobs included; gives its address and settings."""
    port = free_port()
    known = environment(url, folder, port)
    subprocess.run([PORTAL, "upgrade"], env=known, check=True, cwd=folder, capture_output=True)
    log = (folder / "server.log").open("wb")
    server = subprocess.Popen(
        [PORTAL, "serve", "--port", str(port)], env=known, cwd=folder, stdout=log, stderr=log
    )
    try:
        _wait(server, f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}", known
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def _wait(server: "subprocess.Popen[bytes]", address: str) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        assert server.poll() is None, "the server ended at once"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise AssertionError("the server did not come up")


class Desk:
    """A person at a screen: their own browser context, signed in."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        email: str,
        *,
        width: int = 1440,
        height: int = 960,
        password: str = PASSWORD,
        language: str | None = None,
    ) -> None:
        self.address, self.language = address, language
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=width < 500,
            locale=LOCALES.get(language or ""),
        )
        self.context.set_default_timeout(30_000)
        self.page: Page = self.context.new_page()
        self.go("/login")
        self.page.fill("[name=email]", email)
        self.page.fill("[name=password]", password)
        self.page.click("main form button[type=submit]")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def go(self, path: str) -> int:
        """Open a page, which speaks this person's language; gives its status."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        if self.language is not None:
            assert self.page.locator("html").get_attribute("lang") == self.language, path
        return answer.status

    def form(self, ending: str) -> Locator:
        """Find the form whose address ends so."""
        return self.page.locator(f"form[action$='{ending}']").first

    def fill(self, ending: str, **fields: str | bool) -> None:
        """Fill a form's fields by name, whatever kind they are."""
        form = self.form(ending)
        for name, value in fields.items():
            field = form.locator(f"[name='{name}']").first
            kind = field.evaluate("e => e.type || e.tagName")
            if kind == "radio":
                form.locator(f"[name='{name}'][value='{value}']").check()
            elif kind == "checkbox":
                field.set_checked(bool(value))
            elif kind.startswith("select"):
                self._choose(field, str(value))
            elif kind == "hidden":
                continue
            else:
                field.fill(str(value))

    def _choose(self, field: Locator, value: str) -> None:
        """Choose in a select, also one that the page script turned into a search."""
        if field.is_visible():
            field.select_option(value)
            return
        field.evaluate(
            "(e, v) => { e.value = v; e.dispatchEvent(new Event('change', {bubbles: true})) }",
            value,
        )

    def send(self, ending: str, button: str = SEND, **fields: str | bool) -> None:
        """Fill a form, send it, and see that it was taken."""
        self.fill(ending, **fields)
        with self.page.expect_navigation():
            self.form(ending).locator(button).first.click()
        wrong = self.page.locator(".field--wrong, [aria-invalid=true], .problems")
        assert wrong.count() == 0, self.page.locator("main").inner_text()[:1500]

    def shot(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(folder / f"{name}.png"), full_page=True)
