"""Paying an approved lot, line by line: each customer once; whom counsel speaks for gets the letter
when counsel releases it.
"""

from datetime import datetime

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.core import access
from portal.core.access import Actor, Role
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _, speaking
from portal.core.money import Money, from_minor, minor

from .. import queries, rules
from ..models import (
    Concession,
    CreditLine,
    CreditLot,
    LeftOut,
    LotState,
    MeasuredAvailability,
    ServiceTerms,
    State,
)
from .deciding import request
from .giving import offer
from .lots import tell_counsel
from .offering import send_offer
from .owing import Measurement, measure
from .proposing import Wish, propose
from .recording import inform_lot, log_lot


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
        log_lot(lot, "lot_line_left_out", by=by, now=now, data={"why": line.left_out})
        return False
    row = _proposal(lot, line, account, by=by, now=now)
    kept.concession_id, line.concession_id = row.id, row.id
    request(row, by=by, now=now)
    line.held = queries.with_counsel(account.id)
    if line.held:
        tell_counsel(lot, "lot_counsel", key="counsel", by=by, now=now)
    else:
        _tell_customer(row, account, base_url=base_url, by=by, now=now)
    data = {"concession": row.reference, "held": line.held}
    log_lot(lot, "lot_line_paid", by=by, now=now, data=data)
    return True


def _tell_customer(
    row: Concession, account: Account, *, base_url: str, by: Actor, now: datetime
) -> None:
    people = queries.addressees(account)
    if people:
        send_offer(row, people[0], base_url=base_url, by=by, now=now)
    else:
        offer(row, by=by, now=now)


def release_line(line_id: int, *, base_url: str, by: Actor, now: datetime) -> None:
    """Let the letter of a line leave that waited for counsel: counsel does, or anybody once counsel
    no longer speaks for the customer.
    """
    lot, line, account, _terms = queries.lot_and_line(line_id)
    row = queries.concession_of(line)
    if row is None or not line.held:
        raise NotFound
    if row.state is not State.APPROVED:
        raise Refused(_("Somebody was faster: this compensation stands elsewhere by now."))
    if Role.LEGAL not in by.roles and queries.with_counsel(account.id):
        raise Refused(_("The letter waits for counsel: only legal releases it."))
    line.held, line.error = False, ""
    log_lot(lot, "lot_line_released", by=by, now=now, data={"concession": row.reference})
    _tell_customer(row, account, base_url=base_url, by=by, now=now)
    end_lot(lot.id, now=now)


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
    """Note that a line could not be paid, and why; the others go on, and who asked for the lot is
    told once a day.
    """
    lot, line, account, _terms = queries.lot_and_line(line_id)
    line.error = message[:400]
    by = access.job("concessions.pay_lot")
    log_lot(lot, "lot_line_stuck", by=by, now=now, changes={"error": (None, line.error)})
    if lot.requested_by_id is not None:
        key, told = f"stuck:{now:%Y%m%d}", {lot.requested_by_id: "proposer"}
        known = {"account": account.name, "why": line.error}
        inform_lot(lot, told, "lot_stuck", key=key, by=by, now=now, **known)


def end_lot(lot_id: int, *, now: datetime) -> bool:
    """Note that everybody of a lot has what they are owed; gives whether it was just now."""
    row = queries.lot_by_id(lot_id)
    if row.state is not LotState.APPROVED or queries.unfinished(row):
        return False
    row.state, row.paid_at = LotState.PAID, now
    by = access.job("concessions.pay_lot")
    lines = sum(1 for one in queries.lot_lines(row) if not one.left_out)
    log_lot(row, "lot_paid", by=by, now=now, data={"lines": lines})
    if row.requested_by_id is not None:
        told = {row.requested_by_id: "proposer"}
        inform_lot(row, told, "lot_paid", key="paid", by=by, now=now, lines=lines)
    return True


def end_lot_of(reference: str, *, now: datetime) -> bool:
    """Note that all of a lot is paid, by the compensation whose letter was the last to wait."""
    line = queries.line_called(reference)
    return line is not None and end_lot(line.lot_id, now=now)
