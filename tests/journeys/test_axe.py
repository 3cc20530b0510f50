"""No page breaks a rule of accessibility that a machine can check, scrolls sideways, or leads
nowhere.
"""

import pytest
from playwright.sync_api import Browser

from .furnished import COMBINATIONS, LANGUAGES, Place, Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
# Slow: a browser opens every kind of page.


def first_of_each(places: list[Place]) -> list[Place]:
    """Give the first page that each template draws."""
    return list({place.template: place for place in reversed(places)}.values())


def test_every_page_is_accessible_and_leads_somewhere(walk: Walk, chromium: Browser) -> None:
    """Each template in English, light, at 1440; each address in a combination that rotates."""
    walk.speak("en")
    places, missing = walk.places()
    assert missing == [], "no page of these routes was seen"
    wrong = walk.dead_links(places)
    with walk.window(chromium):
        for place in first_of_each(places):
            wrong += walk.look(place, theme="light", width=1440)
        for language in LANGUAGES:
            walk.speak(language)
            for number, place in enumerate(places):
                tongue, theme, width = COMBINATIONS[number * 7 % len(COMBINATIONS)]
                if tongue == language:
                    wrong += walk.look(place, theme=theme, width=width)
    assert wrong == [], "\n".join(wrong)
