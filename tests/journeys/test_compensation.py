"""A compensation from the harm to the delivered credit: asked for in English, signed by two people
in French and Italian, in real browsers.
"""

from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from portal.blueprints.concessions import queries, rules
from portal.blueprints.concessions.models import Concession, State
from portal.core import clock
from tests.conftest import ON_SQLITE_ALONE
from tests.served import served

from .furnished import _at

pytestmark = [pytest.mark.browser, pytest.mark.slow, ON_SQLITE_ALONE]
# Slow: a browser opens.
HARM = {
    "why": "Two plants stood still for a day.",
    "apology": "The order release was down on Tuesday.",
    "fix": "No change without a rehearsal.",
    "loss": "30000",
    "rests_on": "Invoices of the plant, 12 June.",
}
PEOPLE = {"carl": "en", "felix": "fr", "ava": "it"}


def send(page: Page, action: str, **fields: str) -> None:
    """Fill in a form of the page and send it."""
    form = page.locator(f'form[action$="/{action}"]')
    for name, value in fields.items():
        form.locator(f'[name="{name}"]').fill(value)
    with page.expect_navigation():
        form.locator("button[type=submit]").first.click()


def headline(page: Page, language: str) -> str:
    """Give the headline, of a page in the person's language that does not scroll sideways."""
    assert page.locator("html").get_attribute("lang") == language
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return page.locator("h1").inner_text()


def test_from_harm_to_a_delivered_credit(
    app: Any, cast: Any, db: Any, browse: Any, chromium: Browser
) -> None:
    cookie = app.config["SESSION_COOKIE_NAME"]
    words = {name: browse(name).client.get_cookie(cookie).value for name in PEOPLE}
    account = cast.acme.reference
    db.session.commit()
    with served(_at(app, clock.now())) as address:
        context = chromium.new_context(viewport={"width": 390, "height": 844})
        page = context.new_page()

        def become(name: str, where: str) -> str:
            """Open a page as somebody; gives its headline."""
            context.add_cookies([{"name": cookie, "value": words[name], "url": address}])
            page.goto(where)
            return headline(page, PEOPLE[name])

        become("carl", f"{address}/concessions/new?account={account}")
        page.locator('[name="documented"]').check()
        send(page, "concessions/new", **HARM)
        here = page.url
        assert "30,000" in headline(page, "en")
        send(page, "request")
        first = become("felix", here)
        page.locator('form[action$="/insurer"] input[value="told"]').check()
        send(page, "insurer")
        send(page, "approve", word="Vu les factures.")
        assert headline(page, "fr") != first
        first = become("ava", here)
        send(page, "approve")
        assert headline(page, "it") != first
        become("carl", here)
        send(page, "offer")
        send(page, "accept", who="Hélène Vasseur, COO")
        become("felix", here)
        number = page.locator('form[action$="/deliver"] [name^="part_"]').get_attribute("name")
        send(page, "deliver", **{str(number): "AV-2026-118"})
        headline(page, "fr")
        context.close()
    db.session.expire_all()
    row = db.session.scalars(sa.select(Concession)).one()
    assert (row.state, queries.parts(row)[0].credit_note) == (State.DELIVERED, "AV-2026-118")
    assert {one.person_id for one in queries.living(row)} == {cast.felix.id, cast.ava.id}
    (line,) = queries.lines(rules.period_of(queries.today(clock.now())))
    assert line.closing == rules.Balance(delivered=30_000_00)
