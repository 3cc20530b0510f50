"""Other customers hit by the cause of a case, told in one message."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.blueprints.escalations.rules.mailing import Picked
from portal.blueprints.rounds import actions as rounds
from portal.blueprints.statements import actions as statements
from portal.core import clock
from portal.core.db import db

from .diary import Story, local
from .people import Staff

WORDS = {
    "en": {
        "subject": "Slow exports since Monday",
        "text": "Exports have been slow since Monday. The repair is under way;"
        " we write again on Thursday at noon.",
    },
    "fr": {
        "subject": "Exports lents depuis lundi",
        "text": "Les exports sont lents depuis lundi. La réparation est en cours ;"
        " nous vous écrivons de nouveau jeudi à midi.",
    },
    "it": {
        "subject": "Esportazioni lente da lunedì",
        "text": "Le esportazioni sono lente da lunedì. La riparazione è in corso;"
        " Le scriviamo di nuovo giovedì a mezzogiorno.",
    },
}

SAID = {
    "en": {
        "text": "Exports have been slow since Monday. We know the cause and are at work on it.",
        "questions": [
            {"q": "Is anything lost?", "a": "No. Every export that was begun will be finished."},
            {"q": "When is it over?", "a": "We say more on Thursday at noon, not before."},
        ],
    },
    "fr": {
        "text": "Les exports sont lents depuis lundi. Nous connaissons la cause et y travaillons.",
        "questions": [
            {"q": "Quelque chose est-il perdu ?", "a": "Non. Tout export commencé sera achevé."},
            {"q": "Quand est-ce fini ?", "a": "Nous en dirons plus jeudi à midi, pas avant."},
        ],
    },
    "it": {
        "text": "Le esportazioni sono lente da lunedì. Conosciamo la causa e ci stiamo lavorando.",
        "questions": [
            {"q": "È andato perso qualcosa?", "a": "No. Ogni esportazione avviata sarà conclusa."},
            {"q": "Quando finirà?", "a": "Diremo di più giovedì a mezzogiorno, non prima."},
        ],
    },
}


def story(staff: Staff, *, now: datetime) -> Story:
    """Tell the customers of the same segment and country what hit one of them."""
    yield local((now - timedelta(days=1)).date(), 10)
    open_to_all = sa.and_(Escalation.restricted.is_(False), Escalation.legal_mode.is_(False))
    newest = (
        sa.select(Escalation)
        .where(Escalation.state.in_(OPEN_STATES), open_to_all)
        .order_by(Escalation.opened_at.desc(), Escalation.id)
    )
    by, at = staff.actor("escalation_manager"), clock.now()
    for case in db.session.scalars(newest):
        account = db.session.get_one(Account, case.account_id)
        alike = Picked(segment=account.segment, country=account.country)
        if queries.hit_by_facts(case, alike, by, now=at):
            break
    else:
        return
    actions.pick_affected(case, alike, by=by, now=at)
    row = actions.write_mailing(case, WORDS, by=by, now=at)
    actions.approve_mailing(case, row, by=staff.actor("leadership"), now=at)
    said = statements.write(case, SAID, holds_until=now + timedelta(days=2), by=by, now=at)
    statements.approve(said, by=staff.actor("leadership"), now=at)
    yield from _sounded(case, staff, now=now)


def _sounded(case: Escalation, staff: Staff, *, now: datetime) -> Story:
    """One engineer is asked twice a day, and has answered once."""
    engineer, by = staff.actor("contributor"), staff.actor("escalation_manager")
    row = rounds.open_round(
        case,
        "Slow exports: what is known, what is being done, when is it over?",
        person_id=engineer.id,
        times=[10 * 60, 16 * 60],
        zone="Europe/Paris",
        workdays=False,
        within=60,
        by=by,
        now=clock.now(),
    )
    yield local((now - timedelta(days=1)).date(), 16, 1)
    rounds.ask(row, by=by, now=clock.now())
    yield local((now - timedelta(days=1)).date(), 16, 25)
    rounds.tell(
        row,
        "The queue of exports is being moved to the new cluster; two thirds are through. No data "
        "is lost. Next news tomorrow at 10:00.",
        by=engineer,
        now=clock.now(),
    )
