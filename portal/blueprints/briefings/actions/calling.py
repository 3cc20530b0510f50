"""Calls: planned with their card, and afterwards what was promised goes into the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import PromiseKind
from portal.blueprints.accounts.rules.text import tidy
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notifications
from portal.core import events
from portal.core.access import Actor, K, Permission
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import Briefing, Call, Guest, Kind
from ..rules import Edition
from . import making

LINES, LONGEST = 3, 200
LASTS = timedelta(minutes=30)
"""How long after its beginning a call is over, and its caller is asked."""


@dataclass(frozen=True, kw_only=True)
class CallWish:
    """A call to prepare: about a case or customer, who calls and when (UTC), who is in the room (by
    contact) with what is at stake for them, up to three sentences to say and three not to say.
    """

    about: str
    at: datetime
    guests: Mapping[int, str]
    say: Sequence[str]
    avoid: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Promised:
    """What somebody promised on the phone: what, of which kind, to whom, by when."""

    what: str
    kind: PromiseKind
    to_whom: str
    due_at: datetime


def plan(viewer: Actor, wish: CallWish, *, caller: Actor, verify_at: str, now: datetime) -> Call:
    """Prepare a call: keep who is in the room and what to say, and make the caller's card."""
    found = queries.ahead(viewer, wish.about, now=now)
    case_ref = found.case.reference if found.case else None
    if caller.id != viewer.id and not viewer.may(Permission.BRIEFINGS_MAKE):
        raise Refused(_("You may prepare your own calls."), field="caller_id")
    subject = case_ref or found.account.reference
    if not caller.may(Permission.BRIEFINGS_READ) or not queries.sees(caller, subject, now=now):
        raise Refused(_("This person may not see this customer."), field="caller_id")
    if wish.at <= now:
        raise Refused(_("This lies in the past: plan a call that is still to come."), field="at")
    known = {one.id for one in found.contacts}
    row = Call(
        account_id=found.account.id,
        case_ref=case_ref,
        caller_id=caller.id,
        author_id=viewer.id,
        at=wish.at,
        say=_lines(wish.say, field="say_1"),
        avoid=_lines(wish.avoid, field="avoid_1"),
        ask_at=wish.at + LASTS,
        promises=0,
        created_at=now,
        updated_at=now,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add_all(
        Guest(call_id=row.id, contact_id=one, stake=tidy(stake)[:300])
        for one, stake in wish.guests.items()
        if one in known
    )
    db.session.flush()
    card = make_card(row, caller=caller, verify_at=verify_at, by=viewer, now=now)
    row.briefing_id = card.id
    _tell("briefings.call_planned", row, by=viewer, now=now)
    return row


def _lines(given: Sequence[str], *, field: str) -> list[str]:
    found = [text for text in (tidy(one) for one in given) if text]
    if any(len(text) > LONGEST for text in found):
        raise Refused(_("The text is too long: %(n)s characters at most.", n=LONGEST), field=field)
    return found[:LINES]


def make_card(row: Call, *, caller: Actor, verify_at: str, by: Actor, now: datetime) -> Briefing:
    """Make the card of a call from what is known now, in the caller's language."""
    edition = Edition(locale=caller.language, verify_at=verify_at)
    found = queries.call_facts(row, reader=caller, edition=edition, now=now)
    about = making.About(Kind.CALL, found.facts.reference, row.account_id)
    return making.issue(found, about, reader=caller, edition=edition, by=by, now=now)


def renew(row: Call, *, verify_at: str, by: Actor, now: datetime) -> Briefing:
    """Make the card of a coming call anew, from what is known now."""
    if row.at <= now or row.dropped_at is not None:
        raise Refused(_("This call is over."))
    if by.id != row.caller_id and not by.may(Permission.BRIEFINGS_MAKE):
        raise Refused(_("You may prepare your own calls."))
    caller = auth_queries.actor(row.caller_id)
    subject = row.case_ref or account_queries.by_id(row.account_id).reference
    if not caller.may(Permission.BRIEFINGS_READ) or not queries.sees(caller, subject, now=now):
        raise Refused(_("This person may not see this customer."))
    card = make_card(row, caller=caller, verify_at=verify_at, by=by, now=now)
    row.briefing_id = card.id
    _tell("briefings.call_renewed", row, by=by, now=now)
    return card


def drop(row: Call, *, by: Actor, now: datetime) -> None:
    """Note that a call does not take place: nobody is asked what they promised."""
    if row.answered_at is not None:
        raise Refused(_("It took place: it was said what was promised."))
    if row.dropped_at is None:
        row.dropped_at, row.ask_at = now, None
        _tell("briefings.call_dropped", row, by=by, now=now)


def ask_after(row: Call, *, by: Actor, now: datetime) -> None:
    """Ask who made a call what they promised, once."""
    reference = row.case_ref or account_queries.by_id(row.account_id).reference
    row.ask_at, row.asked_at = None, now
    if row.answered_at is not None:
        return
    notifications.notify(
        row.caller_id,
        template="briefings/promised",
        context={
            "account": account_queries.by_id(row.account_id).name,
            "at": row.at,
            "path": f"/briefings/calls/{row.id}/after",
        },
        why="caller",
        key=f"call:{row.id}:asked",
        record=reference,
        account_id=row.account_id,
        klass=K.CONFIDENTIAL,
        by=by,
        now=now,
    )


def answer(row: Call, said: Sequence[Promised], *, by: Actor, now: datetime) -> None:
    """Put what was promised on the phone into the ledger; nothing promised is an answer, too."""
    if row.dropped_at is not None:
        raise Refused(_("This call did not take place."))
    if row.at > now:
        raise Refused(_("This call is still to come."))
    if by.id != row.caller_id:
        raise Refused(_("Who made the call says what they promised."))
    for one in said:
        account_actions.promise(
            row.account_id,
            kind=one.kind,
            what=one.what,
            to_whom=one.to_whom,
            due_at=one.due_at,
            made_at=row.at,
            by_id=row.caller_id,
            case_ref=row.case_ref,
            by=by,
            now=now,
        )
    row.answered_at, row.ask_at = row.answered_at or now, None
    row.promises += len(said)
    _tell("briefings.call_answered", row, by=by, now=now)


def _tell(name: str, row: Call, *, by: Actor, now: datetime) -> None:
    events.record(
        name,
        by=by,
        now=now,
        record=row.case_ref or account_queries.by_id(row.account_id).reference,
        account_id=row.account_id,
        klass=K.CONFIDENTIAL,
        data={"call": row.id, "caller": row.caller_id, "promises": row.promises},
    )
