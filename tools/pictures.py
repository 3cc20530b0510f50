"""Make the pictures of the README from a running demo: `python tools/pictures.py [ADDRESS]`.

The demo must be served (`make demo`); the address defaults to http://127.0.0.1:8000. Chromium takes
the pages, poppler's `pdftoppm` the briefing's first page where it is installed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from portal.demo.people import HOST, PASSWORD

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SIZE = ViewportSize(width=1280, height=860)


def signed_in(browser: Browser, address: str, *, who: str) -> Page:
    """Open the portal as one of the demo's people."""
    page = browser.new_context(viewport=SIZE, locale="en-GB").new_page()
    page.goto(f"{address}/login")
    page.fill("input[name=email]", f"{who}@{HOST}")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_load_state("networkidle")
    return page


def case(browser: Browser, address: str) -> None:
    """Take the page of the gravest open case."""
    page = signed_in(browser, address, who="adler")
    page.goto(f"{address}/escalations/?severity=E1")
    page.click("tbody th a")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / "case.png")


def day(browser: Browser, address: str) -> None:
    """Take an executive's day."""
    page = signed_in(browser, address, who="solheim")
    page.screenshot(path=FOLDER / "my-day.png")


def briefing(browser: Browser, address: str) -> None:
    """Take page one of the newest briefing that an Italian executive has."""
    if shutil.which("pdftoppm") is None:
        print("pdftoppm is not installed (poppler-utils): the briefing's picture stays as it is")
        return
    page = signed_in(browser, address, who="executive")
    page.goto(f"{address}/briefings/")
    link = page.locator("tbody a").first.get_attribute("href")
    got = page.request.get(f"{address}{link}.pdf")
    if not got.ok:
        raise SystemExit(f"{link}.pdf answered {got.status}")
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(got.body())
        file.flush()
        command = ["pdftoppm", "-png", "-r", "80", "-singlefile", "-f", "1", "-l", "1", file.name]
        subprocess.run([*command, str(FOLDER / "briefing")], check=True)


def main(address: str) -> None:
    """Make all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for take in (case, day, briefing):
            take(browser, address.rstrip("/"))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
