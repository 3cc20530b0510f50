"""What can be done with an account, its people, its contracts and its revenue."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones as read_timezones

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.core import access, events
from portal.core.access import Actor, ActorKind, K, RelationKind
from portal.core.db import db, hold, next_reference
from portal.core.errors import NotFound, Refused, Stale
from portal.core.i18n import LANGUAGES, _
from portal.core.money import Money, is_currency, minor

from .. import queries
from ..models import (
    Account,
    TargetOwner,
    Tier,
)
from ..rules import objections_to_growth, objections_to_margin
from ..rules.mapping import country as country_code
from ..rules.text import name_key, tidy
from .money import refuse, today

available_timezones = cache(read_timezones)
"""Reading every zone from the disk takes longer than the rest of adding an account."""

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
    "growth_potential",
    "growth_potential_on",
)
"""What an edit may change; owner, contract and figures change through actions of their own."""


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
        refuse(objections_to_margin(found["gross_margin"]))
    refuse(objections_to_growth(found.get("growth_potential")))
    return found


def _judged(wanted: dict[str, Any], account: Account | None, *, now: datetime) -> dict[str, Any]:
    """Give the values with the day on which growth potential was judged: the one that was given,
    else today where the number is another one than before; none without a number. Refused for a day
    to come.
    """
    potential, judged = (
        getattr(account, name) if account else None
        for name in ("growth_potential", "growth_potential_on")
    )
    wanted_on = wanted.get("growth_potential_on", judged)
    number = wanted.get("growth_potential", potential)
    if number is None:
        wanted_on = None
    elif wanted_on is None or (number != potential and wanted_on == judged):
        wanted_on = today(now)
    if wanted_on is not None and wanted_on > today(now):
        raise Refused(_("This day is still to come."), field="growth_potential_on")
    if wanted_on != judged or "growth_potential_on" in wanted:
        return wanted | {"growth_potential_on": wanted_on}
    return wanted


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
    parent_id: int | None = None,
    parent: str | None = None,
    **fields: Any,
) -> Account:
    """Add an account; `fields` are those that an edit may change. Its owner sees it at once, and
    the account executive carries its revenue target from today. `parent` is the number of the
    account above it.

    Refused for a name that is empty, a currency, country or zone that we do not know, or an
    external id that this source has already.
    """
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise TypeError(f"no such field: {', '.join(sorted(unknown))}")
    code = _currency(currency)
    values = _judged(_checked({"name": name, **fields}), None, now=now)
    if parent:
        parent_id = _above(parent, None, by=by, now=now)
    given = tidy(external_id) or None
    if given and _known(source, given):
        raise Refused(_("There is already an account with this number."), field="external_id")
    reference, _register = next_reference("ACC", year=0)
    account = Account(
        reference=reference,
        name_key=name_key(values["name"]),
        currency=code,
        source=source,
        external_id=given or reference,
        parent_id=parent_id,
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


def _currency(given: str | None) -> str:
    code = (given or auth_queries.organisation().currency).upper()
    if not is_currency(code):
        raise Refused(_("We know no currency %(code)s.", code=code), field="currency")
    return code


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
    """Change an account's own fields; `Stale` where somebody was faster: the account is then as
    they left it.
    """
    if not queries.may_edit(by, account):
        raise NotFound
    hold(account)
    if account.version != version:
        raise Stale(_("Somebody else changed this account while you were writing."))
    wanted = _checked({field: values[field] for field in EDITABLE if field in values})
    if "parent" in values:
        wanted["parent_id"] = _above(values["parent"], account, by=by, now=now)
    wanted = _judged(wanted, account, now=now)
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


def _above(
    reference: str | None, account: Account | None, *, by: Actor, now: datetime
) -> int | None:
    """Give the id of the account that another is to belong to, by its number; refused for one that
    the actor cannot see, and for one that stands below the account itself.
    """
    given = tidy(reference).upper()
    if account is not None and given == queries.parent_reference(account, by, now=now):
        # Nobody takes an account out of a family that they do not see.
        return account.parent_id
    if not given:
        return None
    try:
        above = queries.get(by, given, now=now)
    except NotFound:
        text = _("There is no account %(number)s that you may see.", number=given[:20])
        raise Refused(text, field="parent") from None
    if account is not None and account.id in queries.topmost(above.id):
        raise Refused(_("An account cannot belong to itself or to one below it."), field="parent")
    return above.id


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


def name_executive(account: Account, *, person_id: int, by: Actor, now: datetime) -> None:
    """Let somebody else sell to an account, who from this day carries its revenue target."""
    before = account.account_executive_id
    if person_id == before:
        return
    auth_queries.get(person_id)
    place = {"account_id": account.id, "person_id": before}
    db.session.execute(sa.delete(access.Relation).filter_by(**place, kind=RelationKind.NAMED))
    account.account_executive_id, account.updated_at = person_id, now
    access.relate(db.session, kind=RelationKind.NAMED, account_id=account.id, person_id=person_id)
    db.session.add(TargetOwner(account_id=account.id, person_id=person_id, since=today(now)))
    events.record(
        "accounts.executive_named",
        by=by,
        now=now,
        record=account.reference,
        account_id=account.id,
        data={"from": before, "to": person_id},
    )
    db.session.flush()


def note_export(count: int, *, by: Actor, now: datetime, account: Account | None = None) -> None:
    """Record that somebody took a list of accounts, or one account's revenue, away as a file."""
    events.record(
        "accounts.exported",
        by=by,
        now=now,
        record=account.reference if account else None,
        account_id=account.id if account else None,
        data={"rows": count},
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
