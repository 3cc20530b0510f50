"""What makes a term: its plan and goals, touchpoints prepared, promises, another sponsor."""

import secrets
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import Contact, PromiseKind
from portal.blueprints.policies.rules import SponsorshipPolicy
from portal.core import access
from portal.core.access import Actor, Permission, Relation, RelationKind
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Goal, Nomination, Sponsor, Sponsorship, Touchpoint, TouchpointState
from .recording import account_of, inform, log, programme, tell_story, tidy
from .running import refuse_ended, refuse_stranger, write_down

LONGEST_LINE, MOST_GOALS = 200, 12


def plan(row: Sponsorship, *, words: str, by: Actor, now: datetime) -> None:
    """Write down how the outcome is to be reached; the sponsor and who runs the programme do."""
    refuse_ended(row)
    refuse_stranger(row, by=by)
    before, row.plan = row.plan, tidy(words, field="plan")
    log(row, "planned", by=by, now=now, changes={"plan": (before, row.plan)})


def set_goal(
    row: Sponsorship,
    *,
    what: str,
    measure: str,
    due_on: date | None,
    by: Actor,
    now: datetime,
) -> Goal:
    """Set a goal with its measure; due within the term, if on a day at all."""
    refuse_ended(row)
    refuse_stranger(row, by=by)
    said = {"what": what, "measure": measure}
    for field, words in said.items():
        if not words.strip():
            raise Refused(
                _("A goal says what is to be reached, and how that is seen."), field=field
            )
    if due_on is not None and not row.starts_on <= due_on <= row.ends_on:
        raise Refused(_("Choose a day of this term."), field="due_on")
    if len(queries.goals(row)) >= MOST_GOALS:
        raise Refused(_("%(most)s goals are enough for a term.", most=str(MOST_GOALS)))
    kept = {name: tidy(text, field=name, most=LONGEST_LINE) for name, text in said.items()}
    goal = Goal(sponsorship_id=row.id, due_on=due_on, **kept)
    db.session.add(goal)
    db.session.flush()
    changes = {name: (None, text) for name, text in kept.items()}
    log(row, "goal_set", by=by, now=now, data={"goal": goal.id}, changes=changes)
    return goal


def settle_goal(
    row: Sponsorship, goal: Goal, *, reached: bool, note: str, by: Actor, now: datetime
) -> None:
    """Note that a goal is reached, with what shows it, or given up, with why."""
    refuse_ended(row)
    refuse_stranger(row, by=by)
    if goal.reached_on is not None or goal.dropped_on is not None:
        raise Refused(_("This goal is settled already."))
    if not note.strip():
        raise Refused(_("Say what shows it, or why it is given up."), field="note")
    goal.note = tidy(note, field="note", most=2 * LONGEST_LINE)
    if reached:
        goal.reached_on = queries.today(now)
    else:
        goal.dropped_on = queries.today(now)
    verb = "goal_reached" if reached else "goal_dropped"
    log(row, verb, by=by, now=now, data={"goal": goal.id}, changes={"note": (None, goal.note)})


def prepare(
    row: Sponsorship,
    point: Touchpoint,
    *,
    agenda: str,
    planned_on: date | None,
    by: Actor,
    now: datetime,
) -> None:
    """Write the agenda of a touchpoint to come, and agree on its day: not in the past, and not
    later than the policy's pace allows.
    """
    refuse_ended(row)
    refuse_stranger(row, by=by)
    if point.state is not TouchpointState.PLANNED:
        raise Refused(_("This touchpoint is settled already."))
    before = point.agenda
    point.agenda = tidy(agenda, field="agenda")
    if planned_on is not None and planned_on != point.planned_on:
        latest = row.next_touch_on or point.planned_on
        if not queries.today(now) <= planned_on <= latest:
            message = _("Choose a day from today until the one by which they must meet.")
            raise Refused(message, field="planned_on")
        point.planned_on = planned_on
    log(
        row,
        "touch_prepared",
        by=by,
        now=now,
        data={"touchpoint": point.id, "planned_on": point.planned_on.isoformat()},
        changes={"agenda": (before, point.agenda)},
    )


def promise(
    row: Sponsorship, *, what: str, kind: PromiseKind, due_on: date | None, by: Actor, now: datetime
) -> None:
    """Put what was promised at a touchpoint into the account's ledger, in the sponsor's name; the
    ledger records the event.
    """
    refuse_stranger(row, by=by)
    if due_on is None:
        raise Refused(_("A promise needs a day."), field="promise_due")
    sponsor, account = queries.sponsor_of(row), account_of(row)
    nomination = queries.nomination_of(row)
    contact = db.session.get(Contact, nomination.customer_executive_id or 0)
    wall = datetime.combine(due_on, time(18), tzinfo=ZoneInfo(account.zone))
    account_actions.promise(
        account.id,
        kind=kind,
        what=what,
        to_whom=contact.name if contact else account.name,
        due_at=wall.astimezone(UTC),
        by_id=sponsor.person_id,
        by=by,
        now=now,
    )


def hand_over(
    row: Sponsorship, sponsor_id: int | None, *, reason: str, by: Actor, now: datetime
) -> None:
    """Give a sponsorship to another sponsor, who is trained, free and without a conflict; they meet
    the customer as if it began. The term goes on.
    """
    refuse_ended(row)
    if not by.may(Permission.SPONSORSHIP_MANAGE):
        raise Refused(_("Who runs the programme decides this."))
    if not reason.strip():
        raise Refused(_("Say why there is another sponsor."), field="because")
    policy, number = queries.policy_in_force()
    before, on = queries.sponsor_of(row), queries.today(now)
    one = _able(row, sponsor_id, policy, by=by, on=on)
    after = one.row
    chosen = {"sponsor": after.reference}
    write_down(row, "sponsorship.handover", chosen, number, reason, by=by, now=now)
    row.sponsor_id = after.id
    _let_see(row, before, after)
    _meet_soon(row, on=on, days=policy.touch.introduction_days)
    uid = log(
        row,
        "handed_over",
        by=by,
        now=now,
        data={"from": before.person_id, "to": after.person_id},
        changes={"reason": (None, reason.strip())},
    )
    text = _("%(name)s sponsors this customer from now on.", name=one.name)
    tell_story(row, text, uid=uid, by=by, now=now)
    told: dict[int | None, str] = {
        **programme(),
        account_of(row).owner_id: "account_owner",
        before.person_id: "sponsor",
        after.person_id: "sponsor",
    }
    given = {"sponsor": one.name, "why": reason.strip(), "meet_by": row.next_touch_on}
    inform(row, told, "handed_over", key=f"over:{uid}", by=by, now=now, **given)


def _able(
    row: Sponsorship, sponsor_id: int | None, policy: SponsorshipPolicy, *, by: Actor, on: date
) -> queries.Carried:
    """Give the sponsor to come; Refused where something speaks against them."""
    found = db.session.get(Sponsor, sponsor_id) if sponsor_id is not None else None
    if found is None or found.id == row.sponsor_id:
        raise Refused(_("Choose another sponsor."), field="sponsor_id")
    one = queries.carried(found, on=on)
    if not one.user.active:
        raise Refused(_("This person no longer works here."), field="sponsor_id")
    if by.id == found.person_id:
        raise Refused(_("A sponsor does not decide on their own account."), field="sponsor_id")
    nomination = db.session.get(Nomination, row.nomination_id)
    asked = queries.wish(account_of(row), row.lane, nomination)
    against = rules.objections_to_sponsor(one.sponsor, one.load, asked, on=on, policy=policy)
    stopping = [objection.message for objection in against if objection.stops]
    if stopping:
        raise Refused(" ".join(stopping), field="sponsor_id")
    return one


def _let_see(row: Sponsorship, before: Sponsor, after: Sponsor) -> None:
    """Let the new sponsor see the account; what was the old one's stays readable to them."""
    db.session.execute(
        sa.delete(Relation).where(
            Relation.kind == RelationKind.SPONSOR,
            Relation.account_id == row.account_id,
            Relation.person_id == before.person_id,
        )
    )
    access.relate(
        db.session,
        kind=RelationKind.SPONSOR,
        account_id=row.account_id,
        person_id=after.person_id,
    )
    access.relate(
        db.session,
        kind=RelationKind.NAMED,
        account_id=row.account_id,
        record_ref=row.reference,
        person_id=before.person_id,
    )


def _meet_soon(row: Sponsorship, *, on: date, days: int) -> None:
    """Bring the next touchpoint forward: who is new introduces themselves."""
    soon = on + timedelta(days=days)
    row.next_touch_on = min(row.next_touch_on or soon, soon)
    for point in queries.touchpoints(row):
        if point.state is TouchpointState.PLANNED:
            point.planned_on = max(on, min(point.planned_on, soon))


def open_feed(row: Sponsor, *, by: Actor, now: datetime) -> None:
    """Give a sponsor a new address of their calendar; the one before opens nothing any more."""
    if by.id != row.person_id:
        raise Refused(_("Only the sponsor opens their calendar."))
    row.feed_nonce = secrets.token_hex(8)
    log(row, "feed_opened", by=by, now=now)


def shut_feed(row: Sponsor, *, by: Actor, now: datetime) -> None:
    """Take the address of a sponsor's calendar back; the sponsor and who runs the programme do."""
    if by.id != row.person_id and not by.may(Permission.SPONSORSHIP_MANAGE):
        raise Refused(_("The sponsor or the programme manager does this."))
    if not row.feed_nonce:
        raise Refused(_("There is no address to take back."))
    row.feed_nonce = ""
    log(row, "feed_shut", by=by, now=now)
