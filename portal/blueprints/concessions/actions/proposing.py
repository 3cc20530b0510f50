"""Writing a proposal: what happened, what we would give, in which parts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from portal.blueprints.accounts.models import Account
from portal.blueprints.accounts.rules import Objection, objections_to_money
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.notifications import rules as post_rules
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core import access
from portal.core.access import Actor, RelationKind
from portal.core.db import db, hold, next_reference
from portal.core.errors import Refused, Stale
from portal.core.i18n import _
from portal.core.money import Money, is_currency, minor

from .. import queries, rules
from ..models import Concession, ConcessionPart, Form, Ground, State
from .owing import take_credits
from .recording import give_back, hold_case, log, step, void

EDITABLE = (State.DRAFT, State.REQUESTED, State.APPROVED, State.REFUSED)
MOST_PARTS = 12
MOST_PERIODS = 120
LONGEST = 4_000
TEXTS = (
    "why",
    "apology",
    "fix",
    "rests_on",
    "terms",
    "not_offered",
    "value_reason",
    "departure",
)
SPOKEN = ("apology", "fix", "terms")
"""What of it the customer reads in the letter."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody writes of a compensation; money is in its currency, None is not known."""

    why: str
    currency: str
    apology: str = ""
    fix: str = ""
    product: str = ""
    rests_on: str = ""
    owed: Decimal = Decimal(0)
    loss: Decimal = Decimal(0)
    documented: bool = False
    effort_hours: Decimal = Decimal(0)
    disrupted_days: Decimal = Decimal(0)
    fee: Decimal | None = None
    threat: bool = False
    waiver: bool = False
    release: bool = False
    termination_right: bool = False
    terms: str = ""
    not_offered: str = ""
    value_moved: bool = False
    value_reason: str = ""
    departure: str = ""


@dataclass(frozen=True, kw_only=True)
class PartWish:
    """A part somebody asks for: `amount` a period's worth to the customer, `cost` all of it to us;
    no cost given: it costs what it is worth.
    """

    ground: Ground
    form: Form
    what: str
    amount: Decimal
    periods: int = 1
    cost: Decimal | None = None
    on_renewal: bool = False
    evidence: str = ""


def propose(
    account: Account, wish: Wish, *, by: Actor, now: datetime, case: Escalation | None = None
) -> Concession:
    """Open a draft for an account, or for a case of it, with the parts that the policy's order of
    thought gives: what is owed, what is lost and proved, inconvenience by tariff.

    Refused without a reason, for money that cannot be, or a currency without a rate.
    """
    if case is not None and case.account_id != account.id:
        raise Refused(_("This case is another customer's."), field="escalation")
    zone = ZoneInfo(auth_queries.organisation().zone)
    reference, _register = next_reference("CON", year=now.astimezone(zone).year)
    row = Concession(
        reference=reference,
        account_id=account.id,
        escalation_id=case.id if case else None,
        case_ref=case.reference if case else None,
        requested_by_id=by.id,
        currency=wish.currency,
        reporting_currency=auth_queries.organisation().currency,
        why="",
    )
    _write(row, wish, case=case, now=now)
    db.session.add(row)
    db.session.flush()
    _sign_as_author(row, by=by)
    follow_case(row)
    data = {"credits": take_credits(row, owed=wish.owed, now=now)}
    log(row, "proposed", by=by, now=now, data=data, changes={"why": (None, row.why)})
    _propose_parts(row, account, now=now)
    return row


def edit(
    row: Concession, wish: Wish, *, by: Actor, now: datetime, version: int | None = None
) -> None:
    """Change what a proposal says; signatures given so far are void, and it is a draft again.

    `version` is that of the row the person saw: another one is `Stale`.
    """
    hold(row)
    if version is not None and version != row.version:
        raise Stale(
            _("Somebody else changed this proposal meanwhile."),
            current={"why": row.why, "apology": row.apology, "fix": row.fix, "terms": row.terms},
        )
    if wish.currency != row.currency:
        raise Refused(
            _("A proposal keeps its currency: propose a new one instead."), field="currency"
        )
    before = row.why
    _reopen(row, by=by, now=now)
    _write(row, wish, case=_case_of(row), now=now)
    data = {"credits": take_credits(row, owed=wish.owed, now=now)}
    log(row, "edited", by=by, now=now, data=data, changes={"why": (before, row.why)})


def add_part(row: Concession, wish: PartWish, *, by: Actor, now: datetime) -> ConcessionPart:
    """Add a part; signatures given so far are void."""
    if len(queries.parts(row)) >= MOST_PARTS:
        raise Refused(_("An offer of more than a dozen parts is not one: put some together."))
    part = ConcessionPart(concession_id=row.id)
    _write_part(row, part, wish, now=now)
    _reopen(row, by=by, now=now)
    db.session.add(part)
    db.session.flush()
    log(row, "part_added", by=by, now=now, data=_keys(part), changes={"what": (None, part.what)})
    return part


def change_part(
    row: Concession, part: ConcessionPart, wish: PartWish, *, by: Actor, now: datetime
) -> None:
    """Change a part; signatures given so far are void."""
    before = part.what
    _write_part(row, part, wish, now=now)
    _reopen(row, by=by, now=now)
    log(
        row, "part_changed", by=by, now=now, data=_keys(part), changes={"what": (before, part.what)}
    )


def remove_part(row: Concession, part: ConcessionPart, *, by: Actor, now: datetime) -> None:
    """Take a part out; signatures given so far are void."""
    _reopen(row, by=by, now=now)
    log(row, "part_removed", by=by, now=now, data=_keys(part), changes={"what": (part.what, None)})
    db.session.delete(part)
    db.session.flush()


def _keys(part: ConcessionPart) -> dict[str, Any]:
    return {"part": part.id, "ground": part.ground.value, "form": part.form.value}


def _reopen(row: Concession, *, by: Actor, now: datetime) -> None:
    """Make a proposal a draft again: what was signed was signed for something else."""
    if row.state not in EDITABLE:
        raise Refused(_("What was offered to the customer is not changed any more."))
    voided = void(row, now=now)
    give_back(row)
    was = step(row, allowed=EDITABLE, to=State.DRAFT)
    row.digest, row.waits_for = "", ""
    row.requested_at = row.approved_at = None
    row.updated_at = now  # a changed part is a new version of the whole
    _sign_as_author(row, by=by)
    hold_case(row, by=by, now=now)
    if voided or was is not State.DRAFT:
        log(row, "reopened", by=by, now=now, data={"before": was.value, "voided": voided})


def follow_case(row: Concession) -> None:
    """Let only the people named on a restricted case see what is offered in it, and all again
    afterwards.
    """
    if row.case_ref is not None:
        access.restrict_like(
            db.session, record_ref=row.reference, account_id=row.account_id, other=row.case_ref
        )


def _sign_as_author(row: Concession, *, by: Actor) -> None:
    """Keep who had a hand in a proposal: they see it, and never sign it."""
    if by.id is None:
        return
    row.requested_by_id = by.id
    access.relate(
        db.session,
        kind=RelationKind.AUTHOR,
        account_id=row.account_id,
        record_ref=row.reference,
        person_id=by.id,
    )


def _case_of(row: Concession) -> Escalation | None:
    return None if row.case_ref is None else escalation_queries.by_reference(row.case_ref)


def _write(row: Concession, wish: Wish, *, case: Escalation | None, now: datetime) -> None:
    """Write what a person says of harm and offer into the row, checked."""
    if not wish.why.strip():
        raise Refused(_("Say why this customer should get this."), field="why")
    for name in TEXTS:
        text = getattr(wish, name).strip()
        if len(text) > LONGEST:
            raise Refused(_("This is too long: 4,000 characters at most."), field=name)
        if name in SPOKEN:
            post_rules.refuse_fields(text, field=name)
        setattr(row, name, text)
    row.product = " ".join(wish.product.split())
    rate = _rate(wish.currency, now=now)
    row.owed_minor = _minor(wish.owed, wish.currency, field="owed", rate=rate)
    row.loss_minor = _minor(wish.loss, wish.currency, field="loss", rate=rate)
    known = wish.fee is not None
    row.fee_minor = (
        _minor(wish.fee or Decimal(0), wish.currency, field="fee", rate=rate) if known else None
    )
    row.loss_documented = wish.documented
    row.effort_hours = _amount_of_time(wish.effort_hours, field="effort_hours")
    row.disrupted_days = _amount_of_time(wish.disrupted_days, field="disrupted_days")
    # A threat on the case is a fact: nobody can untick it here.
    row.threat = wish.threat or (case is not None and rules.is_threat(case.trigger))
    row.waiver, row.release = wish.waiver, wish.release
    row.termination_right, row.value_moved = wish.termination_right, wish.value_moved


def _rate(currency: str, *, now: datetime) -> Decimal:
    if not is_currency(currency):
        raise Refused(_("%(given)s is no currency of ISO 4217.", given=currency), field="currency")
    policy, _number = policy_queries.in_force(CompensationPolicy)
    found = queries.rate_to(currency, policy.currency, now=now)
    if found is None:
        raise Refused(
            _(
                "No exchange rate from %(currency)s is recorded: ask finance to publish one.",
                currency=currency,
            ),
            field="currency",
        )
    return found[0]


def _minor(amount: Decimal, currency: str, *, field: str, rate: Decimal) -> int:
    """Give an amount as minor units; Refused where it cannot be one."""
    money = Money(amount, currency)
    policy, _number = policy_queries.in_force(CompensationPolicy)
    against = objections_to_money(money, field=field, largest=policy.largest_amount, factor=rate)
    _refuse(against)
    if amount < 0:
        raise Refused(_("An amount cannot be below zero."), field=field)
    return minor(money)


def _refuse(objections: tuple[Objection, ...]) -> None:
    for objection in objections:
        if objection.stops:
            raise Refused(objection.message, field=objection.field)


def _amount_of_time(value: Decimal, *, field: str) -> Decimal:
    if not value.is_finite() or not 0 <= value <= 100_000:
        raise Refused(_("This is not a number of hours or days."), field=field)
    return value.quantize(Decimal("0.01"))


def _write_part(row: Concession, part: ConcessionPart, wish: PartWish, *, now: datetime) -> None:
    """Write a part, checked; what it comes to over its whole term is what counts."""
    if not wish.what.strip():
        raise Refused(_("Say what the customer gets, in their words."), field="what")
    post_rules.refuse_fields(wish.what, field="what")
    if not 1 <= wish.periods <= MOST_PERIODS:
        raise Refused(_("A part runs for 1 to 120 periods."), field="periods")
    rate = _rate(row.currency, now=now)
    one = _minor(wish.amount, row.currency, field="amount", rate=rate)
    _minor(wish.amount * wish.periods, row.currency, field="amount", rate=rate)
    if not one and wish.form not in rules.WORDLESS:
        raise Refused(
            _("Nothing is asked for: name an amount, or choose an apology alone."), field="amount"
        )
    if wish.form is Form.APOLOGY_ONLY and one:
        raise Refused(_("An apology has no amount: choose another form."), field="amount")
    face = one * wish.periods
    cost = face
    if wish.cost is not None:
        cost = _minor(wish.cost, row.currency, field="cost", rate=rate)
    part.ground, part.form, part.what = wish.ground, wish.form, " ".join(wish.what.split())
    part.face_minor, part.cost_minor, part.months = face, cost, wish.periods
    part.on_renewal, part.evidence = wish.on_renewal, " ".join(wish.evidence.split())
    part.documented = bool(part.evidence)
    part.reporting_minor = None


def _propose_parts(row: Concession, account: Account, *, now: datetime) -> None:
    """Begin with what the order of thought gives up to its target, each in its usual form."""
    weighed = queries.weigh(row, account, parts=(), now=now)
    if weighed is None:
        return
    harm = weighed.request.harm
    found = rules.assessed(harm, policy=weighed.policy)
    effort = minor(rules.in_own_currency(found.inconvenience, weighed.request))
    loss = row.loss_minor if row.loss_documented else 0
    usual = (
        (Ground.OWED, Form.SERVICE_CREDIT, row.owed_minor, _("Service credit")),
        (Ground.DIRECT_LOSS, Form.REFUND, loss, _("Refund")),
        (Ground.EFFORT, Form.SERVICE_HOURS, effort, _("Service hours")),
    )
    for ground, form, count, what in usual:
        if count > 0:
            db.session.add(
                ConcessionPart(
                    concession_id=row.id,
                    ground=ground,
                    form=form,
                    what=str(what),
                    face_minor=count,
                    cost_minor=count,
                    months=1,
                    documented=ground is Ground.DIRECT_LOSS,
                )
            )
    db.session.flush()


def describe(row: Concession) -> Wish:
    """Give what a proposal says, as a form shows it."""

    def amount(count: int) -> Decimal:
        return queries.money(row, count).amount

    return Wish(
        why=row.why,
        currency=row.currency,
        apology=row.apology,
        fix=row.fix,
        product=row.product,
        rests_on=row.rests_on,
        owed=amount(row.owed_minor),
        loss=amount(row.loss_minor),
        documented=row.loss_documented,
        effort_hours=row.effort_hours,
        disrupted_days=row.disrupted_days,
        fee=None if row.fee_minor is None else amount(row.fee_minor),
        threat=row.threat,
        waiver=row.waiver,
        release=row.release,
        termination_right=row.termination_right,
        terms=row.terms,
        not_offered=row.not_offered,
        value_moved=row.value_moved,
        value_reason=row.value_reason,
        departure=row.departure,
    )


def describe_part(row: Concession, part: ConcessionPart) -> dict[str, Any]:
    """Give a part as a form shows it."""
    periods = part.months or 1
    return {
        "ground": part.ground.value,
        "form": part.form.value,
        "what": part.what,
        "amount": queries.money(row, part.face_minor // periods).amount,
        "periods": periods,
        "cost": queries.money(row, part.cost_minor).amount,
        "on_renewal": part.on_renewal,
        "evidence": part.evidence,
    }
