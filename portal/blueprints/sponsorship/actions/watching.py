"""The programme's daily look: scores by quarter, exit criteria, touchpoints and trainings late."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.blueprints.notifications import actions as notification_actions
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.i18n import LANGUAGES, speaking

from .. import queries, rules
from ..models import ExitSignal, Reading, Sponsorship
from .recording import ROOM, account_of, inform, log, programme

REMIND_BEFORE = timedelta(days=30)


def watch(row: Sponsorship, *, by: Actor, now: datetime) -> None:
    """Read an account's score and risk for its quarter, and hold its sponsorship against the exit
    criteria: what is met from now on is told to who runs the programme; nothing ends by itself.
    """
    account, on = account_of(row), queries.today(now)
    _read(row, now=now)
    policy, _number = queries.policy_in_force()
    standing = {one.mark: one for one in queries.signals(row)}
    course = queries.course(row, account, now=now, policy=policy)
    found = rules.leaving.watched(course, standing=standing, on=on, policy=policy)
    for mark in found.lifted:
        standing[mark].cleared_on = on
    for one in found.raised:
        evidence = {}
        for language in LANGUAGES:
            with speaking(language, "UTC"):
                said = rules.exits(course, on=on, policy=policy)
                evidence[language] = next(str(e.evidence) for e in said if e.mark == one.mark)
        db.session.add(
            ExitSignal(
                sponsorship_id=row.id,
                reason=one.reason,
                condition=one.condition,
                evidence=evidence,
                raised_on=on,
            )
        )
    if not (found.raised or found.lifted):
        return
    db.session.flush()
    raised = [str(one.mark) for one in found.raised]
    lifted = [str(one) for one in found.lifted]
    log(row, "watched", by=by, now=now, data={"raised": raised, "lifted": lifted})
    for one in found.raised:
        _tell(row, one.mark, by=by, now=now)


def _read(row: Sponsorship, *, now: datetime) -> None:
    """Keep what is known today in the place of what was known earlier in the quarter."""
    account, on = account_of(row), queries.today(now)
    quarter = rules.leaving.quarter_of(on)
    found = queries.checked(account, row.lane, now=now, nomination=queries.nomination_of(row))
    known = sa.select(Reading).filter_by(sponsorship_id=row.id, quarter=quarter)
    reading = db.session.scalar(known)
    if reading is None:
        reading = Reading(sponsorship_id=row.id, quarter=quarter, read_on=on)
        db.session.add(reading)
    # A score that missing facts could still raise over the mark says nothing yet.
    low = queries.policy_in_force()[0].exit.low_score
    proved = found.score.value >= low or found.score.possible < low
    reading.score = found.score.value if proved else None
    reading.band, reading.read_on = account.risk_band, on
    db.session.flush()


def _tell(row: Sponsorship, mark: str, *, by: Actor, now: datetime) -> None:
    told = {**programme(), queries.sponsor_of(row).person_id: "sponsor"}
    on = queries.today(now).isoformat()
    inform(row, told, "exit_due", key=f"exit:{mark}:{on}", by=by, now=now)


def remind(*, by: Actor, now: datetime) -> None:
    """Tell sponsors, and who runs the programme, of touchpoints that are over without a word, once
    each, and of training records that end within a month; and who runs the programme of sponsors
    who no longer work here.
    """
    on = queries.today(now)
    for point, row in queries.missed(on=on):
        told = {**programme(), queries.sponsor_of(row).person_id: "sponsor"}
        key = f"late:{point.id}:{point.planned_on.isoformat()}"
        inform(row, told, "touch_late", key=key, by=by, now=now, day=point.planned_on)
    for row, name in queries.without_sponsor(None, now=now):
        key = f"gone:{row.sponsor_id}"
        inform(row, programme(), "sponsor_gone", key=key, by=by, now=now, sponsor=name)
    policy, _number = queries.policy_in_force()
    for one in queries.sponsors(on=on):
        if one.row.trained_on is None:
            continue
        ends = rules.training_ends(one.row.trained_on, policy=policy)
        if not on <= ends <= on + REMIND_BEFORE:
            continue
        for person_id, why in {**programme(), one.user.id: "sponsoring"}.items():
            if person_id is None:
                continue
            notification_actions.notify(
                person_id,
                template=f"{ROOM}/training_ends",
                context={"name": one.name, "day": ends},
                why=why,
                key=f"{one.row.reference}:training:{ends.isoformat()}:{person_id}",
                record=None,
                account_id=None,
                klass=K.INTERNAL,
                by=by,
                now=now,
            )
