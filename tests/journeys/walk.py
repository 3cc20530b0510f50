"""`make walk`: every page in every language, theme and width, with screenshots to look at.

`WALK=fr-dark-390,it` takes only the combinations with these words, `PAGES=escalations` only the
addresses with this word.
"""

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.conftest import ON_SQLITE_ALONE

from .furnished import COMBINATIONS, Place, Walk
from .live import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(7200), ON_SQLITE_ALONE]
# Slow: it looks at everything.


def wanted() -> Iterator[tuple[str, str, int]]:
    """Give the combinations that are asked for."""
    asked = [set(words.split("-")) for words in os.environ.get("WALK", "").split(",")]
    for language, theme, width in COMBINATIONS:
        if any(words - {""} <= {language, theme, str(width)} for words in asked):
            yield language, theme, width


def file_of(place: Place) -> str:
    """Give the name of a page's picture."""
    return f"{re.sub(r'[^A-Za-z0-9-]+', '_', place.path[:60]).strip('_') or 'day'}-{place.name}"


def test_walk(walk: Walk, chromium: Browser) -> None:
    wrong: list[str] = []
    places, _missing = walk.places()
    places = [place for place in places if os.environ.get("PAGES", "") in place.path]
    with walk.window(chromium):
        for language, theme, width in wanted():
            walk.speak(language)
            folder = ROOT / "tmp" / "walk" / f"{language}-{theme}-{width}"
            folder.mkdir(parents=True, exist_ok=True)
            for place in places:
                wrong += walk.look(place, theme=theme, width=width)
                file = folder / f"{file_of(place)}.png"
                walk.page.screenshot(path=str(file), full_page=True)
    assert wrong == [], "\n".join(wrong)
