"""A check as programs read it."""

from datetime import date
from decimal import Decimal
from typing import Any

from portal.core.money import Money

from .criteria import Criterion
from .entry import Case, Check


def told(found: Check, *, number: int) -> dict[str, Any]:
    """Give a check under version `number` of the policy as JSON: scores as numbers, money as an
    exact amount with its currency, days as YYYY-MM-DD; what is unknown is null and not met.
    `leaving` stands there where the policy has conditions of its own for leaving.
    """
    answer = {
        "lane": found.lane.value,
        "eligible": found.eligible,
        "score": float(found.score.value),
        "criteria": [_criterion(one, found) for one in found.criteria],
        "policy_version": number,
    }
    if found.leaving:
        answer["leaving"] = [_criterion(one, found) for one in found.leaving]
    return answer


def _criterion(one: Criterion, found: Check) -> dict[str, Any]:
    value = one.value.value
    if one.key == "rank_or_score":
        rank = one.value.inputs[0].value
        value = {"rank": rank, "score": found.score.value, "possible": found.score.possible}
    return {
        "name": one.key,
        "met": one.met is True,
        "value": _plain(value),
        "threshold": _plain(one.limit),
        "source": one.source,
        "as_of": _plain(one.as_of),
    }


def _plain(value: Any) -> Any:
    match value:
        case Money():
            return {"amount": format(value.amount, "f"), "currency": value.currency.code}
        case Decimal():
            return float(value)
        case date():
            return value.isoformat()
        case Case():
            return {
                "reference": value.reference,
                "severity": value.severity,
                "opened_on": value.opened_on.isoformat(),
                "closed_on": _plain(value.closed_on),
            }
        case dict():
            return {key: _plain(part) for key, part in value.items()}
        case tuple():
            return [_plain(part) for part in value]
    return value
