"""What can be done with an account, its people, its contracts and its revenue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import ValuePolicy
from portal.core import access, events
from portal.core.access import Actor, ActorKind, K, RelationKind
from portal.core.db import db, next_reference
from portal.core.errors import NotFound, Refused, Stale
from portal.core.i18n import LANGUAGES, _
from portal.core.money import Money, from_minor, is_currency, minor, rounded

from .. import queries
from ..models import (
    Account,
    Basis,
    Contact,
    ContactRole,
    Contract,
    RevenueLine,
    Sentiment,
    TargetOwner,
    Tier,
)
from ..queries.value import local_date
from ..rules import Objection, objections_to_contract, objections_to_margin, objections_to_revenue
from ..rules.mapping import country as country_code
from ..rules.text import name_key, tidy

EDITABLE = (
    "name",
    "segment",
    "industry",
    "country",
    "region",
    "language",
    "zone",
    "lifecycle",
    "natural_person",
    "customer_since",
    "gross_margin",
    "governing_law",
    "sole_remedy",
    "reference_customer",
    "logo",
    "regulator_exposed",
    "success_plan_on",
)
"""What an edit may change; owner, contract and figures change through actions of their own."""
CONTACT_FIELDS = ("name", "title", "email", "phone", "role", "influence", "sentiment", "language")


@dataclass(frozen=True, kw_only=True)
class Revenue:
    """A line of revenue to add; `month` is any of its days, the amount is without tax."""

    account_id: int
    month: date
    amount: Money
    basis: Basis
    product: str = ""
    legal_entity_id: int | None = None
    corrects_id: int | None = None


def today(now: datetime) -> date:
    """Give the day it is in the organisation's zone."""
    return local_date(now, auth_queries.organisation().zone)


def _refuse(objections: Iterable[Objection], fields: Mapping[str, str] | None = None) -> None:
    """Refuse for the first objection that stops; `fields` names our fields for the rules' own."""
    for objection in objections:
        if objection.stops:
            field = objection.field or ""
            raise Refused(objection.message, field=(fields or {}).get(field, field) or None)


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values of an account's own fields, tidied; refuse what cannot be."""
    found = dict(values)
    for field in ("name", "segment", "industry", "region", "governing_law"):
        if field in found:
            found[field] = tidy(found[field])
    if "sole_remedy" in found:
        found["sole_remedy"] = tidy(found["sole_remedy"], lines=True)
    if "name" in found and not found["name"]:
        raise Refused(_("An account needs a name."), field="name")
    if found.get("country"):
        code = country_code(found["country"])
        if code is None:
            raise Refused(_("We know no country of this name or code."), field="country")
        found["country"] = code
    if "language" in found and found["language"] not in LANGUAGES:
        raise Refused(_("We speak English, French and Italian."), field="language")
    if "zone" in found and found["zone"] not in available_timezones():
        raise Refused(_("This is no time zone that we know."), field="zone")
    if found.get("gross_margin") is not None:
        _refuse(objections_to_margin(found["gross_margin"]))
    return found


def create(
    *,
    name: str,
    by: Actor,
    now: datetime,
    owner_id: int | None = None,
    account_executive_id: int | None = None,
    currency: str | None = None,
    external_id: str | None = None,
    source: str = "portal",
    liability_cap: Money | None = None,
    **fields: Any,
) -> Account:
    """Add an account; `fields` are those that an edit may change. Its owner sees it at once, and
    the account executive carries its revenue target from today.

    Refused for a name that is empty, a currency, country or zone that we do not know, or an
    external id that this source has already.
    """
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise TypeError(f"no such field: {', '.join(sorted(unknown))}")
    house = auth_queries.organisation()
    code = (currency or house.currency).upper()
    if not is_currency(code):
        raise Refused(_("We know no currency %(code)s.", code=code), field="currency")
    values = _checked({"name": name, **fields})
    given = tidy(external_id) or None
    if given and _known(source, given):
        raise Refused(_("There is already an account with this number."), field="external_id")
    reference, _register = next_reference("ACC", now=now, year=0)
    account = Account(
        reference=reference,
        name_key=name_key(values["name"]),
        currency=code,
        source=source,
        external_id=given or reference,
        liability_cap_minor=minor(liability_cap) if liability_cap else None,
        owner_id=owner_id,
        account_executive_id=account_executive_id,
        created_at=now,
        updated_at=now,
        **values,
    )
    db.session.add(account)
    db.session.flush()
    _relate(account, now=now)
    events.record(
        "accounts.created",
        by=by,
        now=now,
        record=reference,
        account_id=account.id,
        data={"source": source},
        changes={field: (None, value) for field, value in values.items() if value},
    )
    return account


def _known(source: str, external_id: str) -> bool:
    query = sa.select(Account.id).where(
        Account.source == source, Account.external_id == external_id
    )
    return db.session.scalar(query) is not None


def _relate(account: Account, *, now: datetime) -> None:
    for person_id in {account.owner_id, account.account_executive_id} - {None}:
        kind = RelationKind.OWNER if person_id == account.owner_id else RelationKind.NAMED
        access.relate(db.session, kind=kind, account_id=account.id, person_id=person_id)
    if account.account_executive_id is not None:
        db.session.add(
            TargetOwner(
                account_id=account.id, person_id=account.account_executive_id, since=today(now)
            )
        )
    db.session.flush()


def edit(
    account: Account, *, version: int, values: Mapping[str, Any], by: Actor, now: datetime
) -> Account:
    """Change an account's own fields; `Stale` with what stands there now where somebody was
    faster, so that no word is lost.
    """
    if not queries.may_edit(by, account):
        raise NotFound
    if account.version != version:
        raise Stale(
            _("Somebody else changed this account while you were writing."),
            current={field: str(getattr(account, field) or "") for field in values},
        )
    wanted = _checked({field: values[field] for field in EDITABLE if field in values})
    changes = {
        field: (getattr(account, field), value)
        for field, value in wanted.items()
        if getattr(account, field) != value
    }
    if not changes:
        return account
    for field, (_before, value) in changes.items():
        setattr(account, field, value)
    account.name_key = name_key(account.name)
    account.updated_at = now
    events.record(
        "accounts.edited",
        by=by,
        now=now,
        record=account.reference,
        account_id=account.id,
        klass=K.CONFIDENTIAL,
        changes=changes,
    )
    db.session.flush()
    return account


def hand_to(account: Account, *, owner_id: int | None, by: Actor, now: datetime) -> None:
    """Let somebody else look after an account; who did so until now no longer sees it as theirs."""
    if by.kind is ActorKind.PERSON and not queries.may_edit(by, account):
        raise NotFound
    if owner_id == account.owner_id:
        return
    before = account.owner_id
    if owner_id is not None:
        auth_queries.get(owner_id)
    access.unrelate(db.session, kind=RelationKind.OWNER, record_ref=None, account_id=account.id)
    account.owner_id, account.updated_at = owner_id, now
    if owner_id is not None:
        access.relate(
            db.session, kind=RelationKind.OWNER, account_id=account.id, person_id=owner_id
        )
    events.record(
        "accounts.handed_over",
        by=by,
        now=now,
        record=account.reference,
        account_id=account.id,
        data={"from": before, "to": owner_id},
    )
    db.session.flush()


def add_contract(
    account: Account,
    *,
    number: str,
    starts_on: date,
    ends_on: date | None,
    arr: Money | None,
    by: Actor,
    now: datetime,
    notice_days: int | None = None,
    may_leave_from: date | None = None,
    product: str = "",
    legal_entity_id: int | None = None,
) -> Contract:
    """Add what a customer has signed; the account's yearly revenue, renewal and notice follow it.

    Refused for negative or unbelievable money and for dates that cannot be.
    """
    policy, _number = policy_queries.in_force(ValuePolicy)
    _refuse(
        objections_to_contract(
            arr=arr,
            start=starts_on,
            end=ends_on,
            notice_days=notice_days,
            today=today(now),
            limits=policy.limits,
        ),
        {"start": "starts_on", "end": "ends_on"},
    )
    number = tidy(number)
    if not number:
        raise Refused(_("A contract needs its number."), field="number")
    signed = queries.contracts([account.id])
    if any(contract.number == number for contract in signed):
        raise Refused(_("This account already has a contract of this number."), field="number")
    contract = Contract(
        account_id=account.id,
        number=number,
        product=tidy(product),
        starts_on=starts_on,
        ends_on=ends_on,
        notice_days=notice_days,
        may_leave_from=may_leave_from,
        arr_minor=None if arr is None else minor(rounded(arr)),
        currency=arr.currency.code if arr else account.currency,
        legal_entity_id=legal_entity_id,
        created_at=now,
        updated_at=now,
    )
    db.session.add(contract)
    db.session.flush()
    _restate(account, [*signed, contract], now=now)
    events.record(
        "accounts.contract_added",
        by=by,
        now=now,
        record=account.reference,
        account_id=account.id,
        klass=K.CONFIDENTIAL,
        changes={"number": (None, number), "arr": (None, arr)},
    )
    return contract


def _restate(account: Account, signed: Iterable[Contract], *, now: datetime) -> None:
    """Write beside the account what its contracts say: lists sort and show it without a join."""
    on = today(now)
    every = sorted(signed, key=lambda c: c.starts_on)
    running = [c for c in every if c.starts_on <= on and (c.ends_on is None or c.ends_on > on)]
    shown = running or every[-1:]
    ends = [c for c in shown if c.ends_on is not None]
    last = max(ends, key=lambda c: c.ends_on or on) if ends else None
    amounts = [from_minor(c.arr_minor, c.currency) for c in running if c.arr_minor is not None]
    arr = _together(amounts, currency=account.currency, on=on)
    account.arr_minor = None if arr is None else minor(arr)
    account.arr_sort = sort_amount(arr, on=on)
    account.contract_start = min((c.starts_on for c in every), default=None)
    account.renewal_on = last.ends_on if last else None
    account.notice_days = (last or shown[0]).notice_days if shown else None
    account.updated_at = now
    db.session.flush()


def _together(amounts: Iterable[Money], *, currency: str, on: date) -> Money | None:
    found = [
        converted
        for amount in amounts
        if (converted := _in_currency(amount, currency=currency, on=on)) is not None
    ]
    return sum(found[1:], found[0]) if found else None


def _in_currency(amount: Money, *, currency: str, on: date) -> Money | None:
    rate = policy_queries.rate(amount.currency.code, currency, on=on)
    return None if rate is None else rounded(Money(amount.amount * rate[0], currency))


def sort_amount(arr: Money | None, *, on: date) -> int:
    """Give yearly revenue as a number that accounts of all currencies are ordered by: minor units
    of the reporting currency, 0 where it is unknown.
    """
    if arr is None:
        return 0
    house = auth_queries.organisation()
    converted = _in_currency(arr, currency=house.currency, on=on)
    return 0 if converted is None else minor(converted)


def add_revenue(
    lines: Iterable[Revenue],
    *,
    source: str,
    by: Actor,
    now: datetime,
    account_id: int | None = None,
) -> int:
    """Add lines of revenue in bulk, all or none; gives how many. One event tells of them.

    Refused for an unbelievable amount or a month in the future; a negative line is a credit note.
    """
    policy, _number = policy_queries.in_force(ValuePolicy)
    on, rows = today(now), []
    for line in lines:
        _refuse(
            objections_to_revenue(line.amount, month=line.month, today=on, limits=policy.limits)
        )
        rows.append(
            {
                "account_id": line.account_id,
                "month": line.month.replace(day=1),
                "product": tidy(line.product),
                "basis": line.basis,
                "amount_minor": minor(line.amount),
                "currency": line.amount.currency.code,
                "legal_entity_id": line.legal_entity_id,
                "corrects_id": line.corrects_id,
                "source": source,
                "recorded_at": now,
                "import_id": None,
            }
        )
    if rows:
        db.session.execute(sa.insert(RevenueLine), rows)
        events.record(
            "accounts.revenue_added",
            by=by,
            now=now,
            account_id=account_id,
            klass=K.CONFIDENTIAL,
            data={"lines": len(rows), "source": source},
        )
    return len(rows)


def add_contact(
    account: Account,
    *,
    name: str,
    role: ContactRole,
    by: Actor,
    now: datetime,
    title: str = "",
    email: str = "",
    phone: str = "",
    influence: int = 3,
    sentiment: Sentiment = Sentiment.NEUTRAL,
    language: str | None = None,
) -> Contact:
    """Add a person at the customer; refused without a name or with an influence beyond 1 to 5."""
    contact = Contact(account_id=account.id, created_at=now, updated_at=now)
    values = {
        "name": name,
        "title": title,
        "email": email,
        "phone": phone,
        "role": role,
        "influence": influence,
        "sentiment": sentiment,
        "language": language or account.language,
    }
    changes = _write_contact(contact, values)
    db.session.add(contact)
    _tell("accounts.contact_added", account, changes, by=by, now=now)
    db.session.flush()
    return contact


def edit_contact(
    account: Account,
    contact: Contact,
    *,
    version: int,
    values: Mapping[str, Any],
    left: bool,
    by: Actor,
    now: datetime,
) -> None:
    """Change a person at the customer, or note that they have left; `Stale` as in `edit`."""
    if contact.version != version:
        raise Stale(
            _("Somebody else changed this person while you were writing."),
            current={field: str(getattr(contact, field) or "") for field in CONTACT_FIELDS},
        )
    changes = _write_contact(contact, values)
    gone = now if left and contact.left_at is None else contact.left_at if left else None
    if gone != contact.left_at:
        changes["left_at"] = (contact.left_at, gone)
        contact.left_at = gone
    if changes:
        contact.updated_at = now
        _tell("accounts.contact_edited", account, changes, by=by, now=now)
        db.session.flush()


def _write_contact(contact: Contact, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    wanted = {field: values[field] for field in CONTACT_FIELDS if field in values}
    for field in ("name", "title", "email", "phone"):
        if field in wanted:
            wanted[field] = tidy(wanted[field])
    if not wanted.get("name"):
        raise Refused(_("Who is it? A contact needs a name."), field="name")
    if not 1 <= wanted.get("influence", 3) <= 5:
        raise Refused(_("Influence runs from 1 to 5."), field="influence")
    if wanted.get("language", "en") not in LANGUAGES:
        raise Refused(_("We speak English, French and Italian."), field="language")
    changes = {f: (getattr(contact, f), v) for f, v in wanted.items() if getattr(contact, f) != v}
    for field, (_before, value) in changes.items():
        setattr(contact, field, value)
    return changes


def _tell(
    name: str, account: Account, changes: Mapping[str, Any], *, by: Actor, now: datetime
) -> None:
    events.record(
        name,
        by=by,
        now=now,
        record=account.reference,
        account_id=account.id,
        klass=K.CONFIDENTIAL,
        changes=changes,
    )


def rank(*, by: Actor, now: datetime) -> int:
    """Write each account's tier beside it, where it changed; gives how many did."""
    standings = queries.ranking(at=now)
    there = dict(
        db.session.execute(sa.select(Account.id, Account.value_tier).where(queries.visible())).all()
    )
    moved: dict[Tier | None, list[int]] = {}
    for account_id, before in there.items():
        place = standings.get(account_id)
        tier = place.tier if place else None
        if tier != before:
            moved.setdefault(tier, []).append(account_id)
    for tier, ids in moved.items():
        for start in range(0, len(ids), 1000):
            some = ids[start : start + 1000]
            db.session.execute(
                sa.update(Account)
                .where(Account.id.in_(some))
                .values(value_tier=tier, updated_at=Account.updated_at),
                execution_options={"synchronize_session": False},
            )
    count = sum(map(len, moved.values()))
    if count:
        events.record(
            "accounts.ranked",
            by=by,
            now=now,
            data={"changed": count, "ranked": len(standings)},
        )
    return count
