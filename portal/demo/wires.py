"""Another system that is told what happens, and customers who say whether they recommend us."""

from datetime import datetime, timedelta

from portal.blueprints.surveys import actions as surveys
from portal.blueprints.surveys import queries as survey_queries
from portal.blueprints.webhooks import actions, queries
from portal.core import access, clock
from portal.core.db import db

from .diary import Story, local
from .people import Staff

TOLD = ("escalations.declared", "escalations.severity_raised", "escalations.closed")
ADDRESS = "https://tickets.halden.example/hooks/parley"


def story(staff: Staff, *, now: datetime) -> Story:
    """Set the ticket system up a month ago; it took what it was sent, and rests since yesterday, so
    that a demonstration calls nobody.
    """
    admin = staff.actor("admin")
    yield local((now - timedelta(days=30)).date(), 9)
    row = actions.add(
        name="Ticket system", url=ADDRESS, names=TOLD, hosts=(), by=admin, now=clock.now()
    )
    yield local((now - timedelta(days=1)).date(), 18)
    while actions.collect(queries.get(row.id, lock=True), now=clock.now()):
        db.session.flush()
    for delivery_id, _tries in queries.due(now=clock.now()):
        taken = actions.claim(delivery_id, now=clock.now())
        if taken is not None:
            actions.note_sent(taken, by=access.job("webhooks"), now=clock.now())
    actions.pause(queries.get(row.id, lock=True), by=admin, now=clock.now())


SCORES = (9, 10, 3, 8, 7, 9, 5, 10, 8, 9, 2, 9)
WHY = {
    2: {"en": "Every release breaks the exports.", "fr": "Chaque version casse les exports."},
    3: {"en": "Polite people, slow repairs.", "fr": "Des gens aimables, des réparations lentes."},
    10: {"en": "Somebody always answers.", "fr": "Il y a toujours quelqu’un qui répond."},
}


def recommendations(staff: Staff, *, now: datetime) -> Story:
    """Ask twice a year; those who were asked two months ago have answered."""
    yield local((now - timedelta(days=60)).date(), 9)
    surveys.set_schedule(6, by=staff.actor("leadership"), now=clock.now())
    by, months = access.job("surveys"), 6
    turn = survey_queries.due_to_be_asked(now=clock.now(), every_months=months, limit=len(SCORES))
    rows = [
        surveys.ask_to_recommend(one, base_url="http://127.0.0.1:8000", by=by, now=clock.now())
        for one in turn
    ]
    yield local((now - timedelta(days=58)).date(), 11)
    for row, score in zip(rows, SCORES, strict=False):
        if row is None:
            continue
        token = survey_queries.nps_token(row)
        who = survey_queries.asked_to_recommend(token, now=clock.now())
        why = WHY.get(score, {}).get(who.contact.language, "")
        surveys.recommend(who, score=score, comment=why, now=clock.now())
