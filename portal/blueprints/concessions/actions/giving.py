"""What comes after the signatures: offered, answered, delivered; or lapsed, or taken back."""

from collections.abc import Mapping
from datetime import datetime

from portal.blueprints.accounts.models import EntryKind, Lane
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core.access import Actor, ActorKind
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Concession, State
from .recording import (
    account_of,
    authors,
    give_back,
    hold_case,
    inform,
    log,
    step,
    tell_story,
    void,
)

LONGEST_NUMBER = 60


def offer(row: Concession, *, by: Actor, now: datetime) -> None:
    """Note that the customer has the offer; it lapses after the policy's days.

    Refused while legal mode is on for the case: counsel releases offers then.
    """
    if row.case_ref and escalation_queries.by_reference(row.case_ref).legal_mode:
        raise Refused(_("Offers to this customer need counsel's release."))
    policy = policy_queries.numbered(CompensationPolicy, row.policy_number)
    step(row, allowed=(State.APPROVED,), to=State.OFFERED)
    row.offered_at = now
    row.lapses_at = rules.lapses_at(now, zone=account_of(row).zone, policy=policy)
    uid = log(row, "offered", by=by, now=now, data={"lapses": row.lapses_at.isoformat()})
    hold_case(row, by=by, now=now)
    text = _("The offer of compensation was made to the customer.")
    tell_story(row, text, uid=uid, by=by, now=now, lane=Lane.CUSTOMER, kind=EntryKind.STATUS)


def accept(row: Concession, *, who: str, by: Actor, now: datetime) -> None:
    """Note that the customer accepted, and who said so in which capacity."""
    _answer(row, State.ACCEPTED, "accepted", who=who, by=by, now=now)


def decline(row: Concession, *, who: str, by: Actor, now: datetime) -> None:
    """Note that the customer declined, and who said so; what was set aside goes back."""
    _answer(row, State.DECLINED, "declined", who=who, by=by, now=now)
    give_back(row)


def _answer(row: Concession, to: State, verb: str, *, who: str, by: Actor, now: datetime) -> None:
    if not who.strip():
        raise Refused(_("Write who answered, and in which capacity."), field="who")
    if row.state is State.OFFERED and row.lapses_at is not None and row.lapses_at <= now:
        raise Refused(_("The offer has lapsed: propose it anew."))
    step(row, allowed=(State.OFFERED,), to=to)
    row.answered_at = now
    uid = log(row, verb, by=by, now=now, changes={"who": (None, who)})
    hold_case(row, by=by, now=now)
    name = " ".join(who.split())
    if to is State.ACCEPTED:
        text = _("%(who)s accepted the offer of compensation.", who=name)
    else:
        text = _("%(who)s declined the offer of compensation.", who=name)
    tell_story(row, text, uid=uid, by=by, now=now, lane=Lane.CUSTOMER, kind=EntryKind.STATUS)
    inform(row, authors(row), verb, key=verb, by=by, now=now)


def deliver(row: Concession, credit_notes: Mapping[int, str], *, by: Actor, now: datetime) -> None:
    """Note that every part was delivered, each with its credit note or other proof, by part id.

    Whoever proposed it does not pay it out.
    """
    if by.kind is not ActorKind.PERSON or by.id in queries.authors(row):
        raise Refused(_("Nobody delivers what they proposed: finance does."))
    parts = queries.parts(row)
    for part in parts:
        number = " ".join(credit_notes.get(part.id, "").split())
        if not number or len(number) > LONGEST_NUMBER:
            raise Refused(
                _("Give the credit note or other proof of “%(part)s”.", part=part.what),
                field=f"part_{part.id}",
            )
        part.credit_note = number
    step(row, allowed=(State.ACCEPTED,), to=State.DELIVERED)
    row.delivered_at = now
    uid = log(row, "delivered", by=by, now=now, data={"parts": len(parts)})
    hold_case(row, by=by, now=now)
    text = _("The compensation was delivered.")
    tell_story(row, text, uid=uid, by=by, now=now, kind=EntryKind.STATUS)
    inform(row, authors(row), "delivered", key="delivered", by=by, now=now)


def withdraw(row: Concession, *, reason: str, by: Actor, now: datetime) -> None:
    """Take a proposal or an offer back, before the customer has answered."""
    if not reason.strip():
        raise Refused(_("Say why it is taken back."), field="because")
    open_states = (State.DRAFT, State.REQUESTED, State.APPROVED, State.REFUSED, State.OFFERED)
    step(row, allowed=open_states, to=State.WITHDRAWN)
    void(row, now=now)
    row.waits_for = ""
    give_back(row)
    uid = log(row, "withdrawn", by=by, now=now, changes={"reason": (None, reason)})
    hold_case(row, by=by, now=now)
    text = _("The compensation was taken back: %(why)s", why=reason.strip())
    tell_story(row, text, uid=uid, by=by, now=now)


def lapse(row: Concession, *, by: Actor, now: datetime) -> None:
    """Note that nobody answered an offer in time; what was set aside goes back."""
    step(row, allowed=(State.OFFERED,), to=State.LAPSED)
    give_back(row)
    uid = log(row, "lapsed", by=by, now=now)
    hold_case(row, by=by, now=now)
    text = _("The offer of compensation lapsed without an answer.")
    tell_story(row, text, uid=uid, by=by, now=now, lane=Lane.CUSTOMER, kind=EntryKind.STATUS)
    inform(row, authors(row), "lapsed", key="lapsed", by=by, now=now)
