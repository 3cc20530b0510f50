"""What contracts owe: writing service-level terms down, and what was measured under them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.accounts.rules import objections_to_money
from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.money import Money, from_minor, is_currency, minor

from .. import queries, rules
from ..models import Concession, MeasuredAvailability, Period, Rounding, ServiceTerms
from .recording import ROOM

LONGEST = 2_000
MOST_DAYS = 3_650


@dataclass(frozen=True, kw_only=True)
class TermsWish:
    """Terms as somebody copies them from a contract; shares in percent, None is none."""

    contract_id: int
    service: str
    currency: str
    fee: Decimal
    tiers: str
    period: Period = Period.MONTH
    cap_share: Decimal | None = None
    cap: Decimal | None = None
    least: Decimal | None = None
    claim_days: int | None = None
    automatic: bool = True
    rounding: Rounding = Rounding.HALF_UP
    exclusions: str = ""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Availability of the period that a day lies in, in percent, after what the contract excludes;
    no fee: that of the terms.
    """

    day: date
    availability: Decimal
    fee: Decimal | None = None
    claimed_on: date | None = None
    source: str = ""


def set_terms(account: Account, wish: TermsWish, *, by: Actor, now: datetime) -> ServiceTerms:
    """Write down what a contract of an account owes for a service; refused where it cannot be."""
    known = {one.id for one in account_queries.contracts([account.id])}
    if wish.contract_id not in known:
        raise Refused(_("Choose a contract of this account."), field="contract")
    currency = wish.currency.strip().upper()
    if not is_currency(currency):
        raise Refused(_("%(given)s is no currency of ISO 4217.", given=currency), field="currency")
    if not wish.service.strip():
        raise Refused(_("Name the service that is measured."), field="service")
    if len(wish.exclusions) > LONGEST:
        raise Refused(_("This is too long: 2,000 characters at most."), field="exclusions")
    if wish.cap_share is not None and not 0 < wish.cap_share <= 100:
        raise Refused(_("A cap lies above 0 %%, and not above 100 %%."), field="cap_share")
    if wish.claim_days is not None and not 0 <= wish.claim_days <= MOST_DAYS:
        raise Refused(_("Days to claim lie between 0 and 3,650."), field="claim_days")
    row = ServiceTerms(
        account_id=account.id,
        contract_id=wish.contract_id,
        service=" ".join(wish.service.split()),
        period=wish.period,
        currency=currency,
        fee_minor=_minor(wish.fee, currency, field="fee"),
        tiers=rules.tiers_as_json(rules.read_tiers(wish.tiers)),
        cap_share=wish.cap_share,
        cap_minor=None if wish.cap is None else _minor(wish.cap, currency, field="cap"),
        least_minor=None if wish.least is None else _minor(wish.least, currency, field="least"),
        claim_days=wish.claim_days,
        automatic=wish.automatic,
        rounding=wish.rounding,
        exclusions=wish.exclusions.strip(),
    )
    db.session.add(row)
    db.session.flush()
    _log(account, "terms_set", row, by=by, now=now, data={"tiers": len(row.tiers)})
    return row


def end_terms(account: Account, row: ServiceTerms, *, by: Actor, now: datetime) -> None:
    """End terms today: what was measured stays, nothing more is; new ones are written beside."""
    if row.ended_on is not None:
        raise Refused(_("These terms have ended already."))
    row.ended_on = queries.today(now)
    _log(account, "terms_ended", row, by=by, now=now)


def measure(
    account: Account, terms: ServiceTerms, found: Measurement, *, by: Actor, now: datetime
) -> MeasuredAvailability:
    """Record what was measured for a period, and compute its credit; the same period again puts it
    right, as long as no proposal rests on it.
    """
    if terms.ended_on is not None:
        raise Refused(_("These terms have ended: nothing more is measured under them."))
    level = queries.level_of(terms)
    first, last = rules.span(found.day, level.period)
    today = queries.today(now)
    if last >= today:
        raise Refused(_("This period is not over yet."), field="day")
    if found.claimed_on is not None and not first <= found.claimed_on <= today:
        raise Refused(
            _("A claim lies after the period's first day, and not in the future."),
            field="claimed_on",
        )
    row = queries.measured_for(terms, first)
    if row is not None and queries.is_taken(row):
        raise Refused(_("A proposal rests on this period: it is not changed any more."))
    count = terms.fee_minor
    if found.fee is not None:
        count = _minor(found.fee, terms.currency, field="fee")
    fee = from_minor(count, terms.currency)
    paid = rules.credit(level, availability=found.availability, fee=fee)
    before = None
    if row is None:
        row = MeasuredAvailability(terms_id=terms.id, account_id=account.id, starts_on=first)
        db.session.add(row)
    else:
        before = str(row.availability)
    row.ends_on, row.currency = last, terms.currency
    row.availability = found.availability / 100
    row.fee_minor, row.credit_minor = count, minor(paid.credit)
    row.claimed_on, row.source = found.claimed_on, " ".join(found.source.split())[:300]
    row.concession_id = None
    row.computed_from = computed_from(terms, paid)
    db.session.flush()
    changes = {"availability": (before, str(row.availability))}
    _log(account, "measured", terms, by=by, now=now, data={"period": str(first)}, changes=changes)
    return row


def take_credits(row: Concession, *, owed: Decimal, now: datetime) -> int:
    """Put the open credits of the account into a proposal that names at least their sum as owed,
    and give how many those are; with less, none: whoever pays a part says which elsewhere.
    """
    for one in queries.taken_into(row):
        one.concession_id = None
    db.session.flush()
    credits = queries.open_credits(row.account_id, currency=row.currency, now=now)
    if not credits or queries.total(credits, row.currency).amount > owed:
        return 0
    for found in credits:
        found.row.concession_id = row.id
    return len(credits)


def computed_from(terms: ServiceTerms, paid: rules.Credit) -> dict[str, Any]:
    """Give the terms as they were, with what came of them, to be kept: a credit can be proved."""
    kept: dict[str, Any] = {
        "tiers": terms.tiers,
        "cap_share": None if terms.cap_share is None else format(terms.cap_share, "f"),
        "cap_minor": terms.cap_minor,
        "least_minor": terms.least_minor,
        "rounding": terms.rounding.value,
    }
    if paid.tier is not None:
        kept |= {
            "below": format(paid.tier.below, "f"),
            "credit": format(paid.tier.credit, "f"),
            "share": format(paid.share.amount, "f"),
            "capped": format(paid.capped.amount, "f"),
        }
    return kept


def _minor(amount: Decimal, currency: str, *, field: str) -> int:
    """Give an amount as minor units; Refused where it cannot be one."""
    money = Money(amount, currency)
    for objection in objections_to_money(money, field=field, largest=Decimal(0), factor=None):
        if objection.stops:
            raise Refused(objection.message, field=field)
    if amount < 0:
        raise Refused(_("An amount cannot be below zero."), field=field)
    return minor(money)


def _log(
    account: Account,
    verb: str,
    terms: ServiceTerms,
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
        record=account.reference,
        account_id=account.id,
        klass=K.RESTRICTED,
        data={"terms": terms.id, **(data or {})},
        changes=changes,
    )
