"""No page breaks a rule of accessibility that a machine can check, scrolls sideways, or leads
nowhere.
"""

import itertools

import pytest
from playwright.sync_api import Browser

from tests.conftest import ON_SQLITE_ALONE, check_page

from .furnished import COMBINATIONS, LANGUAGES, Walk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.longest,
    pytest.mark.timeout(600),
    ON_SQLITE_ALONE,
]
# Slow: a browser opens every kind of page.


def test_every_page_is_accessible_and_leads_somewhere(walk: Walk, chromium: Browser) -> None:
    """Each template in a language that goes round: light at 1440, and turned to dark at 390. What
    has another address is looked at there in a combination that goes round too; `make walk` looks
    at every address in all of them.
    """
    places, missing = walk.places()
    assert missing == [], "no page of these routes was seen"
    wrong = walk.dead_links(places)
    for place in places:
        check_page(place.answer.get_data(as_text=True))
    first = {place.template: place for place in reversed(places)}
    last = {place.template: place for place in places if place is not first[place.template]}
    speaking = list(zip(itertools.cycle(LANGUAGES), first.values()))
    round_about = list(zip(itertools.cycle(COMBINATIONS), last.values()))
    with walk.window(chromium):
        for language in LANGUAGES:
            walk.speak(language)
            for place in (place for tongue, place in speaking if tongue == language):
                wrong += walk.look(place, theme="light", width=1440)
                wrong += walk.turn(place, theme="dark", width=390)
            for (tongue, theme, width), place in round_about:
                if tongue == language:
                    wrong += walk.look(place, theme=theme, width=width)
    assert wrong == [], "\n".join(wrong)
