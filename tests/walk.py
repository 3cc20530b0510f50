"""`make walk`: every page in every language, theme and width, with screenshots to look at."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.journeys import crawl
from tests.journeys.live import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(3600)]
# Slow: it looks at everything.


def test_walk(app: Flask, database: Any, chromium: Browser, tmp_path: Path) -> None:
    if not database.url.startswith("sqlite"):
        pytest.skip("the pages are the same on both databases")
    shots = ROOT / "tmp" / "walk"
    wrong: list[str] = []
    with crawl.furnished(app, database, chromium, tmp_path) as portal:
        portal.speak("en")
        paths = crawl.crawl(portal, wrong)
        for language in crawl.LANGUAGES:
            portal.speak(language)
            for theme in crawl.THEMES:
                for width in crawl.WIDTHS:
                    for name, path in paths:
                        wrong += crawl.look(portal, name, path, theme=theme, width=width)
                        folder = shots / f"{language}-{theme}-{width}"
                        folder.mkdir(parents=True, exist_ok=True)
                        file = path.strip("/").replace("/", "_") or "my-day"
                        portal.page(name, theme, width).screenshot(
                            path=str(folder / f"{file}.png"), full_page=True
                        )
    assert wrong == [], "\n".join(wrong)
