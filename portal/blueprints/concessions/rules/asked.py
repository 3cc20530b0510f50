"""A request put as a document, from outside: read strictly, and answered as the portal would."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from portal.blueprints.concessions.models import Form, Ground
from portal.blueprints.policies.rules.compensation import CompensationPolicy
from portal.core.access import Role
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.money import Money, exponent, is_currency, rounded

from .authority import Step, approvers, deciding_row, row_limit
from .fairness import objections
from .request import (
    Background,
    Harm,
    Part,
    Recommendation,
    Request,
    counted,
    in_own_currency,
    inconvenience,
    recommend,
)

DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,12})?", re.ASCII)
MONEY = (
    "amount",
    "arr",
    "given_12_months",
    "direct_loss",
    "owed",
    "month_fee",
    "liability_cap",
    "budget_left",
)
MARKS = ("threat", "waiver", "release", "termination_right", "on_renewal")
HOURS = ("effort_hours", "disrupted_days")
KEYS = frozenset(
    {*MONEY, *MARKS, *HOURS, "currency", "documented", "form", "rate", "requester_role"}
)
MOST_HOURS = 100_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a document puts it: money in its currency, None is unknown, and the keys of the
    document that mean nothing here.
    """

    currency: str
    money: Mapping[str, Money | None]
    marks: Mapping[str, bool]
    hours: Mapping[str, Decimal]
    documented: bool
    form: Form
    rate: Decimal | None
    requester: Role | None
    ignored: tuple[str, ...]


def read_asked(document: object) -> Asked:
    """Read a request: amounts are decimal strings, a missing optional key means none.

    Refused, with its key, for what is missing, of another type, negative, or finer than a cent.
    """
    if not isinstance(document, dict):
        raise Refused(_('A request is a JSON object with "amount" and "currency".'))
    for key in ("amount", "currency"):
        if document.get(key) is None:
            raise Refused(_("%(key)s is missing.", key=key), field=key)
    currency = document["currency"]
    if not isinstance(currency, str) or not is_currency(currency):
        raise Refused(
            _("%(given)s is no currency of ISO 4217.", given=repr(currency)), field="currency"
        )
    asked = Asked(
        currency=currency,
        money={key: _money(document, key, currency) for key in MONEY},
        marks={key: _mark(document, key) for key in MARKS},
        hours={key: _hours(document, key) for key in HOURS},
        documented=_mark(document, "documented", default=True),
        form=Form(_one_of(document, "form", tuple(Form)) or Form.SERVICE_CREDIT),
        rate=_rate(document),
        requester=_role(document),
        ignored=tuple(sorted(set(document) - KEYS)),
    )
    if asked.form is Form.APOLOGY_ONLY and asked.money["amount"] != Money(0, currency):
        raise Refused(_("An apology has no amount: choose another form."), field="amount")
    return asked


def answer(
    asked: Asked, *, policy: CompensationPolicy, rate: Decimal = Decimal(1)
) -> dict[str, Any]:
    """Answer a request under a policy: who decides, and with whom legal; who signs besides
    (`also`); what speaks against it; what would be recommended, and how. Money is decimal strings
    in the request's currency.

    `rate` turns the request's currency into the policy's.
    """
    request = _request(asked, policy=policy, rate=rate)
    background = _background(asked, policy=policy, rate=rate)
    steps = approvers(request, background=background, policies=(policy,))
    against = objections(request, background=background, policies=(policy,))
    advice = _own(asked, request, recommend(request.harm, background=background, policy=policy))
    total = counted(request, policy=policy) + background.given
    row = deciding_row(total, arr=background.arr, policies=(policy,))
    named = [step for step in steps if any(one.row or one.role is Role.LEGAL for one in step)]
    return {
        "approvers": _roles(named),
        "also": _roles(step for step in steps if step not in named),
        "objections": [
            {"code": one.code, "message": str(one.message), "stops": one.stops} for one in against
        ],
        "recommended": {key: spelled(advice[key]) for key in ("low", "target", "high")},
        "steps": advice["steps"],
        "currency": asked.currency,
        "total": {"amount": spelled(total), "currency": policy.currency},
        "deciding": row.key if any(one.row for step in steps for one in step) else None,
        "limits": {
            one.key: None if limit is None else spelled(limit)
            for one in policy.authority
            for limit in (row_limit(one, arr=background.arr, policy=policy),)
        },
        "ignored": list(asked.ignored),
    }


def _roles(steps: Iterable[Step]) -> list[list[str]]:
    return [[one.role.value for one in step] for step in steps]


def spelled(money: Money) -> str:
    """Spell an amount as a decimal string with all decimals of its currency."""
    return format(money.amount, f".{exponent(money.currency.code)}f")


def _request(asked: Asked, *, policy: CompensationPolicy, rate: Decimal) -> Request:
    """Lay the amount on its grounds in the order of thought: loss, inconvenience, then goodwill.

    Where nothing but a credit that is owed is asked for, nobody decides.
    """
    nothing = Money(0, asked.currency)
    amount, owed = asked.money["amount"] or nothing, asked.money["owed"] or nothing
    loss = asked.money["direct_loss"] or nothing
    harm = Harm(
        owed=_into(owed, policy=policy, rate=rate),
        direct_loss=_into(loss, policy=policy, rate=rate),
        documented=asked.documented,
        effort_hours=asked.hours["effort_hours"],
        disrupted_days=asked.hours["disrupted_days"],
    )
    request = Request(
        account="",
        requester_id=0,
        currency=asked.currency,
        parts=(),
        harm=harm,
        rate=rate,
        threat=asked.marks["threat"],
        waiver=asked.marks["waiver"],
        release=asked.marks["release"],
        termination_right=asked.marks["termination_right"],
    )
    effort = in_own_currency(inconvenience(harm, policy=policy), request)
    lost = min(amount, loss)
    spent = min(amount - lost, effort)
    shares = {
        Ground.OWED: owed if amount == nothing and asked.form is not Form.APOLOGY_ONLY else nothing,
        Ground.DIRECT_LOSS: lost,
        Ground.EFFORT: spent,
        Ground.GOODWILL: amount - lost - spent,
    }
    parts = tuple(_part(asked, ground, share) for ground, share in shares.items() if share)
    return replace(request, parts=parts or (_part(asked, Ground.GOODWILL, nothing),))


def _part(asked: Asked, ground: Ground, share: Money) -> Part:
    return Part(ground, asked.form, share, on_renewal=asked.marks["on_renewal"])


def _background(asked: Asked, *, policy: CompensationPolicy, rate: Decimal) -> Background:
    def known(key: str) -> Money | None:
        money = asked.money[key]
        return None if money is None else _into(money, policy=policy, rate=rate)

    return Background(
        arr=known("arr"),
        given=known("given_12_months") or Money(0, policy.currency),
        month_fee=known("month_fee"),
        liability_cap=known("liability_cap"),
        budget_left=known("budget_left"),
    )


def _own(asked: Asked, request: Request, found: Recommendation) -> dict[str, Any]:
    """Give a recommendation in the request's currency; what is owed and lost never passes through
    the exchange rate.
    """
    nothing = Money(0, asked.currency)
    exact = {
        "owed": asked.money["owed"] or nothing,
        "direct_loss": (asked.money["direct_loss"] or nothing) if asked.documented else nothing,
    }
    adds = {one.key: exact.get(one.key, in_own_currency(one.adds, request)) for one in found.steps}
    low = adds["owed"] + adds["direct_loss"]
    target = low + adds["inconvenience"]
    steps = [
        {"step": one.key, "adds": spelled(adds[one.key]), "known": one.known} for one in found.steps
    ]
    return {"low": low, "target": target, "high": target + adds["gesture"], "steps": steps}


def _into(money: Money, *, policy: CompensationPolicy, rate: Decimal) -> Money:
    return rounded(Money(money.amount * rate, policy.currency))


def _decimal(document: Mapping[str, Any], key: str) -> Decimal | None:
    given = document.get(key)
    if given is None:
        return None
    if not isinstance(given, str) or not DECIMAL.fullmatch(given):
        message = _(
            '%(key)s: write a decimal string such as "1500.00", not %(given)s.',
            key=key,
            given=repr(given)[:60],
        )
        raise Refused(message, field=key)
    if given.startswith("-"):
        raise Refused(_("%(key)s cannot be below zero.", key=key), field=key)
    return Decimal(given)


def _money(document: Mapping[str, Any], key: str, currency: str) -> Money | None:
    found = _decimal(document, key)
    if found is not None and found != round(found, exponent(currency)):
        message = _(
            "%(key)s: %(currency)s has no amounts as small as this.", key=key, currency=currency
        )
        raise Refused(message, field=key)
    return None if found is None else Money(found, currency)


def _hours(document: Mapping[str, Any], key: str) -> Decimal:
    found = _decimal(document, key) or Decimal(0)
    if found > MOST_HOURS:
        raise Refused(_("This is not a number of hours or days."), field=key)
    return found


def _rate(document: Mapping[str, Any]) -> Decimal | None:
    found = _decimal(document, "rate")
    if found is not None and found == 0:
        raise Refused(_("An exchange rate is above zero."), field="rate")
    return found


def _mark(document: Mapping[str, Any], key: str, *, default: bool = False) -> bool:
    given = document.get(key)
    if given is None:
        return default
    if not isinstance(given, bool):
        message = _("%(key)s is true or false, not %(given)s.", key=key, given=repr(given)[:60])
        raise Refused(message, field=key)
    return given


def _role(document: Mapping[str, Any]) -> Role | None:
    found = _one_of(document, "requester_role", tuple(Role))
    return None if found is None else Role(found)


def _one_of(document: Mapping[str, Any], key: str, known: tuple[str, ...]) -> str | None:
    given = document.get(key)
    if given is not None and given not in known:
        message = _("%(key)s is none of: %(known)s.", key=key, known=", ".join(known))
        raise Refused(message, field=key)
    return given
