"""One case on two phones: from the customer's words to the closure the customer agreed to."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from portal.blueprints.accounts.models import Contact, Promise, PromiseState
from portal.blueprints.escalations.models import Escalation, ExitCriterion, State
from portal.blueprints.notifications.models import Notification
from tests.conftest import ON_SQLITE_ALONE

from .conftest import Live
from .live import Desk
from .test_story_actions import WORDS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300), ON_SQLITE_ALONE]
# Slow: a server and a browser.

WIDTH, HEIGHT = 390, 844
CUSTOMER = "Hélène Vasseur"


def test_a_case_from_a_phone_to_agreed_closure(live: Live, chromium: Browser) -> None:
    carl, erik = (
        Desk(chromium, live.address, f"{name}@halden.example", width=WIDTH, height=HEIGHT)
        for name in ("carl", "erik")
    )
    case = declare(carl, live)
    accept(erik, case)
    write(erik, case, live)
    promise(erik, case, live)
    agree_on_the_end(erik, case, live)
    keep_the_promise(erik, case)
    close(erik, case)
    look(carl, case, live)


def stands_at(desk: Desk, state: str) -> None:
    """See the case's state in the line over its headline, on a page no wider than the phone."""
    expect(desk.page.locator(".kicker")).to_contain_text(state)
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= WIDTH


def act(desk: Desk, case: str, name: str) -> None:
    """Open the case and follow one of its links, as a thumb would."""
    desk.go(f"/escalations/{case}")
    with desk.page.expect_navigation():
        desk.page.get_by_role("link", name=name, exact=True).first.tap()
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= WIDTH


def declare(carl: Desk, live: Live) -> str:
    carl.go("/escalations/new")
    carl.send(
        "/escalations/new",
        "button[value=declare]",
        account="Acme Forges",
        words=WORDS,
        demand="Une proposition chiffrée",
        deadline=(datetime.now(UTC) + timedelta(days=9)).date().isoformat(),
    )
    stands_at(carl, "Declared")
    carl.shot(live.shots, "phone-1-declared")
    return carl.page.url.rpartition("/")[2].partition("?")[0]


def accept(erik: Desk, case: str) -> None:
    erik.go(f"/escalations/{case}")
    erik.send(f"{case}/accept")
    stands_at(erik, "Accepted")


def write(erik: Desk, case: str, live: Live) -> None:
    """The owner writes to the customer and, because a message waits a minute, calls as well."""
    act(erik, case, "Write to the customer")
    contact = live.read(sa.select(Contact.id).where(Contact.name == CUSTOMER).limit(1))
    erik.send(
        f"{case}/write",
        contact=str(contact),
        subject="Où nous en sommes",
        text="Je vous appelle tout de suite.",
    )
    told = sa.select(Notification.contact_id).where(
        Notification.record_ref == case, Notification.template == "notifications/customer"
    )
    assert live.read(told) == contact
    erik.send(f"{case}/note", text="Called and told what happens today.", what="called")


def promise(erik: Desk, case: str, live: Live) -> None:
    act(erik, case, "Record a promise")
    erik.send(
        f"{case}/promise",
        what="The cause in writing",
        to_whom=CUSTOMER,
        by=str(live.cast.ids["erik"]),
        due=(datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT12:00"),
        kind="action",
    )
    expect(erik.page.locator("#promises")).to_have_text("Promises: one open")


def agree_on_the_end(erik: Desk, case: str, live: Live) -> None:
    """What must be true at the end is written down; then the case may go on."""
    erik.send(f"{case}/criteria", text="Ten working days without a stop")
    expect(erik.page.locator("#exit-title")).to_have_text("Exit criteria: 0 of 1 met")
    erik.send(f"{case}/stabilise")
    stands_at(erik, "Stabilising")
    erik.shot(live.shots, "phone-2-stabilising")


def keep_the_promise(erik: Desk, case: str) -> None:
    act(erik, case, "The cause in writing")
    erik.send(urlsplit(erik.page.url).path, how="kept")
    expect(erik.page.locator("#promises")).to_have_text("Promises: none open")


def close(erik: Desk, case: str) -> None:
    """The customer agrees that the criterion is met, then to the closure."""
    with erik.page.expect_navigation():
        erik.page.get_by_role("button", name="Met, and the customer agrees").tap()
    expect(erik.page.locator("#exit-title")).to_have_text("Exit criteria: 1 of 1 met")
    act(erik, case, "Close the case")
    erik.send(
        f"{case}/close",
        resolution="fix",
        text="Index rebuilt and rehearsed on their data.",
        agreed_by=CUSTOMER,
    )
    stands_at(erik, "Closed")


def look(carl: Desk, case: str, live: Live) -> None:
    """Who declared it reads on the phone that the customer agreed; the records say the same."""
    carl.go(f"/escalations/{case}")
    stands_at(carl, "Closed")
    expect(carl.page.get_by_text(f"Agreed with {CUSTOMER}.")).to_be_visible()
    carl.shot(live.shots, "phone-3-closed")
    row = live.read(sa.select(Escalation).where(Escalation.reference == case))
    assert (row.state, row.agreed_by) == (State.CLOSED, CUSTOMER)
    assert row.last_contact_at is not None, "they heard from us"
    assert live.read(sa.select(Promise.state)) is PromiseState.KEPT
    assert live.read(sa.select(ExitCriterion.customer_agreed_at)) is not None
