"""The sponsorship programme in a browser: nominated, voted on, matched, met, and at an end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import BrowserContext

from portal.blueprints.sponsorship.models import (
    Nomination,
    Panel,
    Sponsorship,
    SponsorshipState,
    Touchpoint,
    TouchpointState,
)
from portal.core import clock
from tests.conftest import ON_SQLITE_ALONE
from tests.served import served
from tests.sponsorship import making

from .furnished import _at
from .live import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow, ON_SQLITE_ALONE]
# Slow: a browser opens.


class Seat(Desk):
    """A desk of somebody who is signed in already."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address, self.language = context, address, None
        self.page = context.new_page()

    def go(self, path: str) -> int:
        """Open a page with all that is folded away."""
        status = super().go(path)
        self.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        return status


@pytest.fixture
def desks(app: Any, cast: Any, db: Any, browse: Any, chromium: Any) -> Any:
    """Desks of people in one browser, by name."""
    cookie = app.config["SESSION_COOKIE_NAME"]
    words = {n: browse(n).client.get_cookie(cookie).value for n in ("carl", "petra", "lena", "ava")}
    db.session.rollback()  # what reads here would hold up who writes there
    with served(_at(app, clock.now())) as address:
        contexts = []

        def desk(name: str) -> Seat:
            context = chromium.new_context(reduced_motion="reduce")
            contexts.append(context)
            context.add_cookies([{"name": cookie, "value": words[name], "url": address}])
            return Seat(context, address)

        yield desk
        for context in contexts:
            context.close()


def test_from_the_nomination_to_the_farewell(
    desks: Callable[[str], Seat], app: Any, cast: Any, db: Any, now: Any
) -> None:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    number, account, lena_id = sponsor.id, cast.acme.reference, cast.ids["lena"]
    db.session.commit()
    db.session.rollback()

    def read(query: Any) -> Any:
        found = db.session.scalar(query)
        db.session.rollback()
        return found

    carl, petra = desks("carl"), desks("petra")
    carl.go(f"/sponsorship/new?account={account}")
    carl.send("/sponsorship/new", lane="strategic")
    name = read(sa.select(Nomination.reference))
    words = {"outcome": "Three countries renewed", "why": "They decide next year."}
    carl.send(f"{name}/edit", **words)
    petra.go("/sponsorship/panels/new")
    meets_at = (now + timedelta(days=2)).strftime("%Y-%m-%dT10:00")
    petra.page.locator(f"[name=members][value='{lena_id}']").check()
    petra.send("/sponsorship/panels/new", meets_at=meets_at, quorum="1")
    panel = read(sa.select(Panel.reference))
    petra.go(f"/sponsorship/{panel}")
    petra.send(f"{panel}/agenda", nomination=name)
    lena = desks("lena")
    lena.go(f"/sponsorship/{name}/dossier")
    lena.send(f"{name}/vote", verdict="admit", reason="They decide about us.")
    petra.go("/sponsorship/matching")
    assert "Ava Solheim" in petra.page.locator("main").inner_text()
    petra.go(f"/sponsorship/{name}")
    petra.send(f"{name}/decide", verdict="admit", sponsor_id=str(number), reason="As voted.")
    begun = read(sa.select(Sponsorship.reference))
    ava, point = desks("ava"), read(sa.select(Touchpoint.id))
    ava.go(f"/sponsorship/{begun}")
    ava.send(f"{begun}/touchpoints/{point}", state="held", note="They asked who decides.")
    states = sa.select(sa.func.count()).where(Touchpoint.state == TouchpointState.HELD)
    assert read(states) == 1
    petra.go(f"/sponsorship/{begun}")
    petra.send(f"{begun}/end", why="outcome_reached", farewell="Back to Carl, with thanks.")
    assert read(sa.select(Sponsorship.state)) is SponsorshipState.ENDED
