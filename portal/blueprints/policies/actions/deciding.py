"""Publishing version 1 and exchange rates, and writing down decisions."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.core import events
from portal.core.access import Actor, ActorKind, K
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import Said, _

from .. import queries, rules
from ..models import Decision, ExchangeRate, Policy, PolicyKind, PolicyState


def publish_defaults(*, by: Actor, now: datetime) -> list[str]:
    """Publish version 1 of each policy that has none; gives which."""
    there = set(db.session.scalars(sa.select(Policy.kind)))
    missing = [kind for kind in PolicyKind if kind not in there]
    for kind in missing:
        document = rules.load_default(kind)
        db.session.add(
            Policy(
                kind=kind,
                number=1,
                state=PolicyState.PUBLISHED,
                body=rules.dump(document),
                note=document.note,
                published_at=now,
            )
        )
        events.record("policies.published", by=by, now=now, data={"kind": kind.value, "number": 1})
    db.session.flush()
    return [kind.value for kind in missing]


def keep(*, by: Actor, now: datetime) -> None:
    """Note that somebody has read the policies in force and keeps them as they are."""
    versions = {row.kind.value: row.number for row in queries.all_published()}
    events.record("policies.kept", by=by, now=now, data={"versions": versions})


def decide(
    kind: str,
    *,
    record: str,
    account_id: int | None,
    klass: K,
    policy: tuple[PolicyKind, int],
    facts: Mapping[str, Any],
    recommendation: Mapping[str, Any],
    chosen: Mapping[str, Any],
    by: Actor,
    now: datetime,
    reason: str = "",
    rule: str | None = None,
) -> Decision:
    """Write down a decision with the policy version, the facts it rested on, what was recommended
    and what was chosen; `rule` is the rule of the policy that spoke.

    Where choice and recommendation differ a reason is needed, unless nobody chose.
    """
    differs = dict(recommendation) != dict(chosen)
    if differs and not reason.strip() and by.kind is not ActorKind.JOB:
        raise Refused(
            _("This differs from what the policy recommends: please say why."), field="reason"
        )
    row = Decision(
        kind=kind,
        account_id=account_id,
        record_ref=record,
        klass=int(klass),
        policy_kind=policy[0],
        policy_number=policy[1],
        rule=rule,
        facts=_plain(facts),
        recommendation=_plain(recommendation),
        chosen=_plain(chosen),
        reason=_in_english(reason),
        person_id=by.id,
        decided_at=now,
    )
    db.session.add(row)
    return row


def _in_english(reason: str) -> str:
    """Keep our own words as the catalogues know them: each reader has them in their language."""
    return reason.text if isinstance(reason, Said) and not reason.values else reason


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Make values JSON: exact numbers and times as strings."""
    return {key: _value(value) for key, value in values.items()}


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, set | frozenset):
        value = sorted(value)
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def publish_rate(
    currency: str,
    *,
    target: str,
    day: date,
    rate: Decimal,
    source: str,
    first_id: int | None,
    second_id: int | None,
    by: Actor,
    now: datetime,
) -> ExchangeRate:
    """Publish an exchange rate; it takes two people, or an operator who loads a dated table."""
    if by.kind is ActorKind.PERSON and (
        first_id is None or second_id is None or first_id == second_id
    ):
        raise Refused(_("Exchange rates are published by two people."))
    if rate <= 0:
        raise Refused(_("A rate is more than zero."), field="rate")
    row = ExchangeRate(
        currency=currency,
        target=target,
        day=day,
        rate=rate,
        source=source,
        published_by_id=first_id,
        second_by_id=second_id,
    )
    db.session.add(row)
    db.session.flush()
    events.record(
        "policies.rate_published",
        by=by,
        now=now,
        data={"currency": currency, "target": target, "day": day.isoformat(), "rate": str(rate)},
    )
    return row


def publish_rates(
    rates: Iterable[tuple[str, str, date, Decimal]],
    *,
    source: str,
    first_id: int | None,
    second_id: int | None,
    by: Actor,
    now: datetime,
) -> int:
    """Publish a table of rates (currency, target, day, rate) by two people; one that stands is
    corrected. Gives how many there are; one event tells of them, and of what was corrected.
    """
    if first_id is None or second_id is None or first_id == second_id:
        raise Refused(_("Exchange rates are published by two people."))
    given = {(currency, target, day): rate for currency, target, day, rate in rates}
    first = min((day for _currency, _target, day in given), default=date.max)
    standing = sa.select(ExchangeRate).where(ExchangeRate.day >= first)
    before: list[str] = []
    signed = {"source": source, "published_by_id": first_id, "second_by_id": second_id}
    for row in db.session.scalars(standing):
        rate = given.pop((row.currency, row.target, row.day), None)
        if rate is None:
            continue
        if row.rate != rate:
            before.append(f"{row.currency} {row.target} {row.day.isoformat()} {row.rate}")
        row.rate, row.source = rate, source
        row.published_by_id, row.second_by_id = first_id, second_id
    new = [
        {"currency": currency, "target": target, "day": day, "rate": rate, **signed}
        for (currency, target, day), rate in given.items()
    ]
    if new:
        db.session.execute(sa.insert(ExchangeRate), new)
    db.session.flush()
    events.record(
        "policies.rates_published",
        by=by,
        now=now,
        data={"new": len(new), "corrected": len(before), "was": before[:100]},
    )
    return len(new) + len(before)
