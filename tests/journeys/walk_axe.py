"""No page breaks a rule of accessibility that a machine can check."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser

from . import crawl

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
# Slow: a browser opens every kind of page, twice.


def test_every_page_is_accessible(
    app: Flask, database: Any, chromium: Browser, tmp_path: Path
) -> None:
    if not database.url.startswith("sqlite"):
        pytest.skip("the pages are the same on both databases")
    with crawl.furnished(app, database, chromium, tmp_path) as portal:
        portal.speak("en")
        wrong: list[str] = []
        paths = crawl.crawl(portal, wrong)
        assert len(paths) >= 40, paths
        for name, path in paths:
            wrong += crawl.look(portal, name, path, theme="light", width=1440)
        for language in crawl.LANGUAGES:
            portal.speak(language)
            for number, (name, path) in enumerate(paths):
                tongue, theme, width = crawl.COMBINATIONS[number * 7 % len(crawl.COMBINATIONS)]
                if tongue == language:
                    wrong += crawl.look(portal, name, path, theme=theme, width=width)
    assert wrong == [], "\n".join(wrong)
