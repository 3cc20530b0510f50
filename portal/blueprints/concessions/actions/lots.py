"""Paying what one incident makes us owe to many, before they ask: found, approved once, paid to
each once.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core import access, events, jobs
from portal.core.access import Actor, Grade, K
from portal.core.db import db, next_reference
from portal.core.errors import Refused
from portal.core.i18n import _, speaking
from portal.core.money import Money, from_minor, minor, zero

from .. import queries, rules
from ..models import (
    Concession,
    CreditLine,
    CreditLot,
    Insurer,
    LeftOut,
    LotSignature,
    LotState,
    MeasuredAvailability,
    ServiceTerms,
)
from ..queries import Hit
from .deciding import request
from .giving import offer
from .offering import send_offer
from .owing import Measurement, computed_from, measure
from .proposing import Wish, propose
from .recording import ROOM

LONGEST = 4_000


@dataclass(frozen=True, kw_only=True)
class LotWish:
    """An incident: its service, a day of the period, the availability in percent that was measured
    for all, or the listed accounts (one a line, each with its own availability if it has one).
    """

    title: str
    service: str
    day: date
    availability: Decimal
    apology: str = ""
    fix: str = ""
    accounts: str = ""


def make_lot(wish: LotWish, *, by: Actor, now: datetime) -> CreditLot:
    """Find whom an incident hit and what each contract owes for it, and ask for one approval of all
    of it; who gets nothing stays in it with the reason.

    Refused where nobody gets anything, or its words admit liability.
    """
    texts = [one.strip() for one in (wish.title, wish.apology, wish.fix)]
    _expect_words(texts)
    policy, number = policy_queries.in_force(CompensationPolicy)
    listed = rules.read_listed(wish.accounts)
    hits = queries.hit_by(
        wish.service, wish.day, availability=wish.availability, listed=listed, now=now
    )
    lost = set(listed) - {one.account.reference for one in hits}
    if lost:
        message = _(
            "No contract in force of these names the service: %(references)s.",
            references=", ".join(sorted(lost)),
        )
        raise Refused(message, field="accounts")
    given = [one for one in hits if one.left_out is None]
    if any(queries.period_of(one.terms, wish.day)[1] >= queries.today(now) for one in given):
        raise Refused(_("This period is not over yet."), field="day")
    if not given:
        raise Refused(_("No contract in force owes anything for this."), field="service")
    year = now.astimezone(ZoneInfo(auth_queries.organisation().zone)).year
    reference, _register = next_reference("LOT", year=year)
    total = sum((one.reporting for one in given), zero(policy.currency))
    row = CreditLot(
        reference=reference,
        title=texts[0],
        apology=texts[1],
        fix=texts[2],
        service=wish.service,
        day=wish.day,
        currency=policy.currency,
        total_minor=minor(total),
        largest_minor=minor(max(one.reporting for one in given)),
        digest=rules.lot_digest(texts, [_key(one) for one in given]),
        policy_number=number,
        requested_by_id=by.id,
        requested_at=now,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add_all([_line(row, one) for one in hits])
    data = {"lines": len(given), "left_out": len(hits) - len(given), "digest": row.digest}
    _log(row, "lot_made", by=by, now=now, data=data, changes={"title": (None, row.title)})
    return row


def _expect_words(texts: list[str]) -> None:
    if not texts[0]:
        raise Refused(_("Say what happened, in the customers' words."), field="title")
    if any(len(one) > LONGEST for one in texts):
        raise Refused(_("This is too long: 4,000 characters at most."), field="apology")
    policy, _number = policy_queries.in_force(CompensationPolicy)
    words = rules.admissions(texts, words=policy.admission_words)
    if words:
        message = _("This admits liability without counsel: “%(words)s”.",
                    words="”, “".join(words))  # fmt: skip
        raise Refused(message, field="apology")


def _key(one: Hit) -> tuple[str, int, str, int]:
    return one.account.reference, one.terms.id, one.terms.currency, minor(one.credit.credit)


def _line(row: CreditLot, one: Hit) -> CreditLine:
    return CreditLine(
        lot_id=row.id,
        account_id=one.account.id,
        terms_id=one.terms.id,
        availability=one.availability / 100,
        currency=one.terms.currency,
        fee_minor=one.terms.fee_minor,
        credit_minor=minor(one.credit.credit),
        reporting_minor=minor(one.reporting),
        arr_minor=None if one.arr is None else minor(one.arr),
        computed_from=computed_from(one.terms, one.credit),
        left_out=one.left_out.value if one.left_out else "",
    )


def note_lot_insurer(row: CreditLot, answer: Insurer, *, by: Actor, now: datetime) -> None:
    """Note that the insurer was told of a lot, or need not be."""
    _expect(row, LotState.REQUESTED)
    if not rules.answers_for_insurer(by.roles):
        raise Refused(_("Finance, legal or leadership answer for the insurer."))
    row.insurer, row.insurer_by_id = answer.value, by.id
    _log(row, "lot_insurer_noted", by=by, now=now, data={"after": answer.value})


def sign_lot(row: CreditLot, *, by: Actor, now: datetime) -> None:
    """Sign a whole lot; with the last signature of its row of authority it is approved, and the
    paying begins. Refused for whoever has a part in it, and before the insurer's question is
    answered where it is asked.
    """
    _expect(row, LotState.REQUESTED)
    signer, place = _expect_signer(row, by=by, now=now)
    if queries.asks_insurer(row) and not row.insurer:
        raise Refused(_("Say first whether the insurer was told, or need not be."))
    number = policy_queries.in_force(CompensationPolicy)[1]
    db.session.add(
        LotSignature(
            lot_id=row.id,
            role=place.role.value,
            digest=row.digest,
            person_id=signer.person_id,
            policy_number=number,
            at=now,
        )
    )
    db.session.flush()
    left = len(_missing(row))
    _log(row, "lot_signed", by=by, now=now, data={"role": place.role.value, "left": left})
    if left == 0:
        row.state, row.approved_at = LotState.APPROVED, now
        _log(row, "lot_approved", by=by, now=now, data={"digest": row.digest, "policy": number})
        _queue(row, slot="first")


def _missing(row: CreditLot) -> rules.Step:
    signed = {one.role for one in queries.lot_signatures(row)}
    step = queries.step_of(row, queries.lot_lines(row))
    return tuple(one for one in step if one.role.value not in signed)


def _expect_signer(
    row: CreditLot, *, by: Actor, now: datetime
) -> tuple[rules.Signer, rules.Signature]:
    if queries.has_a_part(by, row, now=now):
        raise Refused(_("Who asked for it, or looks after a customer in it, does not sign."))
    if by.id is None or any(one.person_id == by.id for one in queries.lot_signatures(row)):
        raise Refused(
            _("You have signed this request already; the next signature is another person's.")
        )
    signer = rules.Signer(by.id, frozenset(by.roles), Grade(by.grade))
    policy, _number = policy_queries.in_force(CompensationPolicy)
    place = rules.signature_for(signer, _missing(row), policy=policy)
    if place is None:
        raise Refused(_("It needs a signature with more authority than yours."))
    return signer, place


def may_sign_lot(row: CreditLot, *, by: Actor, now: datetime) -> bool:
    """Say whether somebody could give the next signature of a lot."""
    try:
        _expect_signer(row, by=by, now=now)
    except Refused:
        return False
    return row.state is LotState.REQUESTED


def refuse_lot(row: CreditLot, *, reason: str, by: Actor, now: datetime) -> None:
    """Refuse a lot with a reason, or take one's own back: nobody is paid by it."""
    _expect(row, LotState.REQUESTED)
    if not reason.strip():
        raise Refused(_("Say why, so that the proposer knows what to change."), field="reason")
    if by.id != row.requested_by_id:
        _expect_signer(row, by=by, now=now)
    row.state, row.reason = LotState.REFUSED, reason.strip()
    _log(row, "lot_refused", by=by, now=now, changes={"reason": (None, row.reason)})


def resume_lot(row: CreditLot, *, by: Actor, now: datetime) -> None:
    """Go on paying an approved lot, and try again what could not be paid; nobody is paid twice."""
    _expect(row, LotState.APPROVED)
    stuck = [one for one in queries.lot_lines(row) if one.error]
    for one in stuck:
        one.error = ""
    _log(row, "lot_resumed", by=by, now=now, data={"again": len(stuck)})
    _queue(row, slot=f"again {now.isoformat()}")


def _queue(row: CreditLot, *, slot: str) -> None:
    jobs.enqueue("concessions.pay_lot", key=f"lot:{row.id}:{slot}", payload={"lot_id": row.id})


def pay_line(line_id: int, *, base_url: str, now: datetime) -> bool:
    """Pay one line of an approved lot, unless it was: measured, owed, the letter mailed in the
    customer's language, ready to be delivered. Gives whether it was paid now. What the terms give
    today must be what was approved, to the cent.
    """
    lot, line, account, terms = queries.lot_and_line(line_id)
    if lot.state is not LotState.APPROVED or line.concession_id is not None or line.left_out:
        return False
    by = auth_queries.actor(lot.requested_by_id or 0)
    kept = _measured(lot, line, account, terms, by=by, now=now)
    if kept is None:
        _log(lot, "lot_line_left_out", by=by, now=now, data={"why": line.left_out})
        return False
    row = _proposal(lot, line, account, by=by, now=now)
    kept.concession_id, line.concession_id = row.id, row.id
    request(row, by=by, now=now)
    people = queries.addressees(account)
    line.held = queries.with_counsel(account.id)
    if people and not line.held:
        send_offer(row, people[0], base_url=base_url, by=by, now=now)
    elif not line.held:
        offer(row, by=by, now=now)
    data = {"concession": row.reference, "held": line.held}
    _log(lot, "lot_line_paid", by=by, now=now, data=data)
    return True


def _measured(
    lot: CreditLot,
    line: CreditLine,
    account: Account,
    terms: ServiceTerms,
    *,
    by: Actor,
    now: datetime,
) -> MeasuredAvailability | None:
    """Record the period of a line; None where it was paid elsewhere meanwhile, or comes to
    something else than was approved.
    """
    first, _last = rules.span(lot.day, terms.period)
    before = queries.measured_for(terms, first)
    if before is not None and queries.is_taken(before):
        line.left_out = LeftOut.TAKEN.value
        return None
    level = queries.level_of(terms)
    fee = from_minor(line.fee_minor, line.currency)
    availability = line.availability * 100
    anew = rules.credit(level, availability=availability, fee=fee).credit
    if terms.ended_on is not None or minor(anew) != line.credit_minor:
        line.left_out = LeftOut.CHANGED.value
        return None
    found = Measurement(
        day=lot.day,
        availability=availability,
        fee=fee.amount,
        claimed_on=None if terms.automatic else queries.today(now),
        source=lot.reference,
    )
    return measure(account, terms, found, by=by, now=now)


def _proposal(
    lot: CreditLot, line: CreditLine, account: Account, *, by: Actor, now: datetime
) -> Concession:
    amount: Money = from_minor(line.credit_minor, line.currency)
    wish = Wish(
        why=lot.title,
        currency=line.currency,
        apology=lot.apology or lot.title,
        fix=lot.fix,
        product=lot.service,
        owed=amount.amount,
        rests_on=lot.reference,
    )
    row = propose(account, wish, by=by, now=now)
    for one in queries.taken_into(row):
        one.concession_id = None
    readers = queries.addressees(account)
    language = readers[0].language if readers else account.language
    with speaking(language, account.zone):
        what = _("Service credit for %(service)s", service=lot.service)
    for part in queries.parts(row):
        part.what = str(what)
    return row


def note_stuck(line_id: int, message: str, *, now: datetime) -> None:
    """Note that a line could not be paid, and why; the others go on."""
    lot, line, _account, _terms = queries.lot_and_line(line_id)
    line.error = message[:400]
    by = access.job("concessions.pay_lot")
    _log(lot, "lot_line_stuck", by=by, now=now, changes={"error": (None, line.error)})


def end_lot(lot_id: int, *, now: datetime) -> bool:
    """Note that all of a lot is paid; gives whether it was just now."""
    row = queries.lot_by_id(lot_id)
    lines = [one for one in queries.lot_lines(row) if not one.left_out]
    if row.state is not LotState.APPROVED or any(one.concession_id is None for one in lines):
        return False
    row.state, row.paid_at = LotState.PAID, now
    by = access.job("concessions.pay_lot")
    _log(row, "lot_paid", by=by, now=now, data={"lines": len(lines)})
    return True


def _expect(row: CreditLot, state: LotState) -> None:
    if row.state is not state:
        raise Refused(_("Somebody was faster: this lot stands elsewhere by now."))


def _log(
    row: CreditLot,
    verb: str,
    *,
    by: Actor,
    now: datetime,
    data: dict[str, Any] | None = None,
    changes: dict[str, tuple[Any, Any]] | None = None,
) -> None:
    events.record(
        f"{ROOM}.{verb}",
        by=by,
        now=now,
        record=row.reference,
        klass=K.RESTRICTED,
        data={"state": row.state.value, **(data or {})},
        changes=changes,
    )
