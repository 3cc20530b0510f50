"""The customer's side on a phone, in Italian: from the link in a mail to the answer afterwards."""

import re

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Contact, EntryKind
from portal.blueprints.customer_room import actions as rooms
from portal.blueprints.customer_room import queries as room_queries
from portal.blueprints.customer_room.models import Pulse, RoomMessage
from portal.blueprints.escalations import actions as cases
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.actions import Ending
from portal.blueprints.escalations.models import Resolution
from portal.blueprints.notifications.models import Notification
from portal.blueprints.surveys import actions as surveys
from portal.blueprints.surveys import queries as survey_queries
from portal.blueprints.surveys.models import SurveyAnswer
from portal.core import clock
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.test_actions import wish
from tests.served import served

from .furnished import _at

pytestmark = [pytest.mark.browser, pytest.mark.slow, ON_SQLITE_ALONE]
# Slow: a browser opens.
ENDING = Ending(resolution=Resolution.FIX, text="Fixed.", agreed_by="Hélène Vasseur")


def case_of(cast, db, now, run_jobs):
    """A case two updates old, with a text of ours, a criterion, and its room open."""
    case = cases.declare(cast.borealis, wish(now), by=cast.clara, now=now)
    run_jobs()
    cases.accept(case, by=cast.erik, now=now)
    cases.add_criterion(case, "Etichette leggibili", by=cast.erik, now=now)
    for _each in range(2):
        cases.note(case, "Chiamata", kind=EntryKind.CALL, reached=True, by=cast.erik, now=now)
    text = "Il pezzo arriva giovedì."
    row = cases.write_status(case, text, contact=None, every_days=None, by=cast.clara, now=now)
    cases.approve_status(case, row, by=cast.erik, now=now)
    return case


def test_customer_reads_answers_and_says_how_it_went(app, cast, db, now, run_jobs, chromium):
    case = case_of(cast, db, now, run_jobs)
    contact = db.session.scalar(sa.select(Contact).where(Contact.account_id == cast.borealis_id))
    rooms.make_link(
        case, contact, days=7, base_url="http://there", send=True, by=cast.erik, now=now
    )
    db.session.commit()
    mail = sa.select(Notification.context).where(Notification.contact_id == contact.id)
    path = re.search(r"http://there(/room/\S+)", db.session.scalar(mail)["text"])[1]
    db.session.rollback()  # what reads here would hold up who writes there
    with served(_at(app, clock.now())) as address:
        context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
        page = context.new_page()
        page.goto(address + path)
        assert page.get_by_text("Il pezzo arriva giovedì.").is_visible()
        page.get_by_role("button", name="Sì, lo siete").tap()
        page.get_by_role("button", name="Fatto, per noi").tap()
        page.get_by_label("Il Suo messaggio").fill("Grazie, aspettiamo giovedì.")
        page.get_by_role("button", name="Inviare").tap()
        page.get_by_text("Ci è arrivato. Grazie.").wait_for()
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not page.evaluate(wide)
        db.session.expire_all()
        assert db.session.scalars(sa.select(Pulse.on_track)).all() == [True]
        assert [one.theirs for one in room_queries.criteria(case)] == [True]
        assert db.session.scalars(sa.select(RoomMessage.text)).all() == [
            "Grazie, aspettiamo giovedì."
        ]
        for row in case_queries.criteria(case):
            cases.tick_criterion(case, row, met=True, by=cast.erik, now=now)
        cases.close(case, ENDING, by=cast.erik, now=now)
        survey = surveys.invite(case, base_url="http://there", by=cast.erik, now=now)
        db.session.commit()
        page.goto(f"{address}/survey/{survey_queries.token_of(survey)}")
        page.get_by_role("group", name="Quanto è soddisfatto").get_by_label("5").check()
        page.get_by_role("group", name="Quanto Le abbiamo reso").get_by_label("6").check()
        page.get_by_role("button", name="Inviare").tap()
        page.get_by_text("Grazie. Leggiamo ogni risposta.").wait_for()
        assert not page.evaluate(wide)
        context.close()
    db.session.expire_all()
    assert db.session.execute(sa.select(SurveyAnswer.csat, SurveyAnswer.ces)).one() == (5, 6)
