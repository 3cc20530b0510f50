"""What comes after the signatures: offered, answered, delivered; or lapsed, or taken back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from portal.blueprints.accounts.models import EntryKind, Lane
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core.access import Actor, Role
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Concession, ConcessionPart, Move, State
from .booking import book
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
from .revenue import expect_revenue_signed

LONGEST_NUMBER = 60
LONGEST_WHO = 160
LONGEST = 4_000
BY_HAND: Mapping[str, Any] = {"how": "by_hand"}


def offer(row: Concession, *, by: Actor, now: datetime) -> None:
    """Note that the customer has the offer; it lapses after the policy's days. What the contract
    owes, and nothing else, needs no answer: it is to be delivered at once.

    Refused while legal mode is on for the case, or the lot's line is held: counsel releases then.
    """
    if row.case_ref and escalation_queries.by_reference(row.case_ref).legal_mode:
        raise Refused(_("Offers to this customer need counsel's release."))
    if Role.LEGAL not in by.roles and queries.is_held(row):
        raise Refused(_("The letter waits for counsel: only legal releases it."))
    policy = policy_queries.numbered(CompensationPolicy, row.policy_number)
    words = queries.admitted(row, queries.parts(row))
    if words:
        raise Refused(
            _("This admits liability without counsel: “%(words)s”.", words="”, “".join(words))
        )
    step(row, allowed=(State.APPROVED,), to=State.OFFERED)
    row.offered_at = now
    row.lapses_at = rules.lapses_at(now, zone=account_of(row).zone, policy=policy)
    uid = log(row, "offered", by=by, now=now, data={"lapses": row.lapses_at.isoformat()})
    book(row, Move.OFFERED, now=now)
    hold_case(row, by=by, now=now)
    text = _("The offer of compensation was made to the customer.")
    tell_story(row, text, uid=uid, by=by, now=now, lane=Lane.CUSTOMER, kind=EntryKind.STATUS)
    if queries.is_owed(queries.parts(row)):
        _give_owed(row, by=by, now=now)


def _give_owed(row: Concession, *, by: Actor, now: datetime) -> None:
    """Go on to delivery: what the contract owes waits for nobody's yes, and never lapses."""
    step(row, allowed=(State.OFFERED,), to=State.ACCEPTED)
    row.answered_at = now
    book(row, Move.ACCEPTED, now=now)
    log(row, "given_as_owed", by=by, now=now)
    hold_case(row, by=by, now=now)


def accept(
    row: Concession, *, who: str, by: Actor, now: datetime, how: Mapping[str, Any] = BY_HAND
) -> None:
    """Note that the customer accepted, and who said so in which capacity; `how` tells the log."""
    _answer(row, State.ACCEPTED, "accepted", who=who, by=by, now=now, how=how)


def decline(
    row: Concession, *, who: str, by: Actor, now: datetime, how: Mapping[str, Any] = BY_HAND
) -> None:
    """Note that the customer declined, and who said so; what was set aside goes back."""
    _answer(row, State.DECLINED, "declined", who=who, by=by, now=now, how=how)
    give_back(row)


def _expect_answer(row: Concession, *, who: str, now: datetime) -> None:
    """Refuse an answer that nobody gave, or that comes after the offer has lapsed."""
    if not who.strip():
        raise Refused(_("Write who answered, and in which capacity."), field="who")
    if row.state is State.OFFERED and row.lapses_at is not None and row.lapses_at <= now:
        raise Refused(_("The offer has lapsed: propose it anew."))


def _answer(
    row: Concession,
    to: State,
    verb: str,
    *,
    who: str,
    by: Actor,
    now: datetime,
    how: Mapping[str, Any],
) -> None:
    _expect_answer(row, who=who, now=now)
    step(row, allowed=(State.OFFERED,), to=to)
    row.chased_at = None
    row.answered_at, row.answered_by = now, " ".join(who.split())[:LONGEST_WHO]
    book(row, Move(verb), now=now)
    uid = log(row, verb, by=by, now=now, data=how, changes={"who": (None, who)})
    hold_case(row, by=by, now=now)
    name = " ".join(who.split())
    if to is State.ACCEPTED:
        text = _("%(who)s accepted the offer of compensation.", who=name)
    else:
        text = _("%(who)s declined the offer of compensation.", who=name)
    tell_story(row, text, uid=uid, by=by, now=now, lane=Lane.CUSTOMER, kind=EntryKind.STATUS)
    inform(row, authors(row), verb, key=verb, by=by, now=now)


def counter(
    row: Concession,
    *,
    who: str,
    what: str,
    by: Actor,
    now: datetime,
    how: Mapping[str, Any] = BY_HAND,
) -> None:
    """Note that the customer wants something else, who said so and what; the offer is a draft
    again: another one is another decision.
    """
    if not what.strip():
        raise Refused(_("Write what they want instead."), field="instead")
    if len(what) > LONGEST:
        raise Refused(_("This is too long: 4,000 characters at most."), field="instead")
    _expect_answer(row, who=who, now=now)
    step(row, allowed=(State.OFFERED,), to=State.DRAFT)
    void(row, now=now)
    give_back(row)
    book(row, Move.COUNTERED, now=now)
    row.counter, row.answered_by = what.strip(), " ".join(who.split())[:LONGEST_WHO]
    row.digest, row.requested_at, row.approved_at = "", None, None
    row.offered_at = row.lapses_at = None
    said = {"who": (None, who), "what": (None, row.counter)}
    uid = log(row, "countered", by=by, now=now, data=how, changes=said)
    hold_case(row, by=by, now=now)
    text = _(
        "%(who)s asks for something else than was offered: %(what)s",
        who=row.answered_by,
        what=row.counter,
    )
    tell_story(row, text, uid=uid, by=by, now=now, lane=Lane.CUSTOMER, kind=EntryKind.STATUS)
    inform(row, authors(row), "countered", key=f"countered:{row.version}", by=by, now=now)


def deliver(row: Concession, credit_notes: Mapping[int, str], *, by: Actor, now: datetime) -> None:
    """Note which parts were delivered, each with its credit note or other proof, by part id; with
    the last part all is delivered.

    Whoever proposed it does not pay it out.
    """
    if by.id is None or by.id in queries.authors(row):
        raise Refused(_("Nobody delivers what they proposed: finance does."))
    if row.state is not State.ACCEPTED:
        step(row, allowed=(State.ACCEPTED,), to=State.DELIVERED)
    missing = [part for part in queries.parts(row) if part.delivered_at is None]
    done = _proved(missing, credit_notes)
    expect_revenue_signed(row, [part for part, _number in done])
    for part, number in done:
        part.credit_note, part.delivered_at = number, now
    book(row, Move.DELIVERED, now=now, parts=[part for part, _number in done])
    row.updated_at = now  # a delivered part is a new version of the whole
    left = len(missing) - len(done)
    if left:
        log(row, "part_delivered", by=by, now=now, data={"parts": len(done), "left": left})
        return
    step(row, allowed=(State.ACCEPTED,), to=State.DELIVERED)
    row.delivered_at = now
    uid = log(row, "delivered", by=by, now=now, data={"parts": len(done)})
    hold_case(row, by=by, now=now)
    text = _("The compensation was delivered.")
    tell_story(row, text, uid=uid, by=by, now=now, kind=EntryKind.STATUS)
    inform(row, authors(row), "delivered", key="delivered", by=by, now=now)


def _proved(
    missing: Sequence[ConcessionPart], proofs: Mapping[int, str]
) -> list[tuple[ConcessionPart, str]]:
    """Give the parts that a proof was given for; there must be one at least."""
    found = []
    for part in missing:
        number = " ".join(proofs.get(part.id, "").split())
        if len(number) > LONGEST_NUMBER:
            raise Refused(_("A proof has 60 characters at most."), field=f"part_{part.id}")
        if number:
            found.append((part, number))
    if not found:
        first = missing[0]
        raise Refused(
            _("Give the credit note or other proof of “%(part)s”.", part=first.what),
            field=f"part_{first.id}",
        )
    return found


def reverse(row: Concession, *, reason: str, by: Actor, now: datetime) -> None:
    """Take back what the customer had accepted, delivered or not: finance does, with a reason. It
    counts no more against limits and budget, and the books show it where it happens.
    """
    if not reason.strip():
        raise Refused(_("Say why it is reversed."), field="because")
    if Role.FINANCE not in by.roles or by.id in queries.authors(row):
        raise Refused(_("Finance reverses, and not what they proposed themselves."))
    before = step(row, allowed=(State.ACCEPTED, State.DELIVERED), to=State.WITHDRAWN)
    every = queries.parts(row)
    book(row, Move.REVERSED, now=now, parts=[one for one in every if one.delivered_at])
    book(row, Move.CANCELLED, now=now, parts=[one for one in every if not one.delivered_at])
    give_back(row)
    row.reversed_at = now
    uid = log(
        row,
        "reversed",
        by=by,
        now=now,
        data={"before": before.value},
        changes={"reason": (None, reason)},
    )
    hold_case(row, by=by, now=now)
    text = _("The compensation was reversed: %(why)s", why=reason.strip())
    tell_story(row, text, uid=uid, by=by, now=now)
    inform(row, authors(row), "reversed", key="reversed", by=by, now=now, why=reason.strip())


def withdraw(row: Concession, *, reason: str, by: Actor, now: datetime) -> None:
    """Take a proposal or an offer back, before the customer has answered."""
    if not reason.strip():
        raise Refused(_("Say why it is taken back."), field="because")
    open_states = (State.DRAFT, State.REQUESTED, State.APPROVED, State.REFUSED, State.OFFERED)
    if step(row, allowed=open_states, to=State.WITHDRAWN) is State.OFFERED:
        book(row, Move.TAKEN_BACK, now=now)
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
    book(row, Move.LAPSED, now=now)
    give_back(row)
    uid = log(row, "lapsed", by=by, now=now)
    hold_case(row, by=by, now=now)
    text = _("The offer of compensation lapsed without an answer.")
    tell_story(row, text, uid=uid, by=by, now=now, lane=Lane.CUSTOMER, kind=EntryKind.STATUS)
    inform(row, authors(row), "lapsed", key="lapsed", by=by, now=now)
