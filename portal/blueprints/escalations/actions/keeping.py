"""Keeping calendars: opening hours, holidays and closures, and which accounts keep to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.core import events, jobs
from portal.core.access import Actor
from portal.core.calendar import Calendar
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import BusinessCalendar, CalendarUse
from .recording import settle

BATCH = 100


@dataclass(frozen=True, kw_only=True)
class Hours:
    """A calendar as somebody wrote it: a week as in a calendar document, and dates as text."""

    name: str
    week: Mapping[str, Sequence[Sequence[str]]]
    country: str = ""
    subdivision: str = ""
    closures: Sequence[str] = ()
    accounts: Sequence[str] = ()


def keep_calendar(
    row: BusinessCalendar | None, hours: Hours, *, by: Actor, now: datetime, was: str = ""
) -> BusinessCalendar:
    """Keep a calendar, new or changed, and let its accounts' cases count by it. `was` is its mark
    when the form was opened: refused where somebody changed it since.

    Refused without open hours, with overlapping ones, with unknown holidays, dates or accounts.
    """
    document = _document(hours)
    name = " ".join(hours.name.split())
    if not name:
        raise Refused(_("Give the calendar a name."), field="name")
    if queries.calendar_named(name) not in (None, row):
        raise Refused(_("Another calendar has this name."), field="name")
    accounts = _accounts(hours.accounts)
    if row is not None and was:
        db.session.refresh(row, with_for_update=True)
        if queries.calendar_mark(row) != was:
            raise Refused(_("Somebody else changed this calendar meanwhile: open it again."))
    before = None if row is None else row.name
    row = row or BusinessCalendar()
    row.name, row.week = name, document["week"]
    row.country, row.subdivision = document["country"], document["subdivision"]
    row.closures = document["holidays"]
    db.session.add(row)
    db.session.flush()
    moving = _use(row, accounts, document)
    uid = events.record(
        "escalations.calendar_kept",
        by=by,
        now=now,
        data={"calendar": row.id, "version": row.version, "accounts": len(accounts)},
        changes={"name": (before, name), "hours": (None, str(document))},
    )
    # One job for each keeping: the version stays where only the accounts change.
    jobs.enqueue("escalations.recount", key=f"recount:{uid}", payload={"accounts": moving})
    return row


def _document(hours: Hours) -> dict[str, Any]:
    """Read what was written as a calendar; the field that is wrong is named."""
    country, subdivision = hours.country.strip().upper(), hours.subdivision.strip().upper()
    closures = sorted({day.strip() for day in hours.closures if day.strip()})
    tries: tuple[tuple[str, dict[str, Any]], ...] = (
        ("week", {"week": hours.week}),
        ("closures", {"week": {"0": [["09:00", "10:00"]]}, "holidays": closures}),
        ("country", {"week": {"0": [["09:00", "10:00"]]}, "country": country or None,
                     "subdivision": subdivision or None}),
    )  # fmt: skip
    for field, document in tries:
        try:
            Calendar.from_json({"tz": "UTC", **document})
        except ValueError as error:
            raise Refused(str(error), field=field) from error
    if subdivision and not country:
        raise Refused(_("A region needs its country."), field="country")
    whole = Calendar.from_json({"tz": "UTC", "week": hours.week, "holidays": closures}).as_json()
    return {
        "week": whole["week"],
        "holidays": whole["holidays"],
        "country": country,
        "subdivision": subdivision,
    }


def _accounts(references: Sequence[str]) -> list[int]:
    wanted = {text.strip().upper() for text in references if text.strip()}
    rows = db.session.execute(
        sa.select(Account.reference, Account.id).where(Account.reference.in_(wanted))
    )
    found = {row.reference: row.id for row in rows}
    unknown = sorted(wanted - set(found))
    if unknown:
        raise Refused(
            _("We find no such customer: %(names)s.", names=", ".join(unknown)), field="accounts"
        )
    return sorted(found.values())


def _use(row: BusinessCalendar, accounts: Sequence[int], document: Mapping[str, Any]) -> list[int]:
    """Let exactly these accounts keep to a calendar, and write its hours beside them; gives those
    that count differently from now on.
    """
    former = set(queries.accounts_using(row.id))
    left = former - set(accounts)
    moving = [*left, *accounts]
    db.session.execute(sa.delete(CalendarUse).where(CalendarUse.account_id.in_(moving)))
    if accounts:
        uses = [{"account_id": one, "calendar_id": row.id} for one in accounts]
        db.session.execute(sa.insert(CalendarUse), uses)
    for ids, opening in ((sorted(left), None), (accounts, dict(document))):
        db.session.execute(
            sa.update(Account)
            .where(Account.id.in_(ids))
            .values(opening=opening)
            .execution_options(synchronize_session=False)
        )
    db.session.expire_all()
    return sorted(set(moving))


def recount_some(account_ids: Sequence[int] | None, *, after: int, now: datetime) -> int | None:
    """Work out anew when something is due in the next open cases of some accounts, or of all; gives
    the last case looked at, None when there is none left.
    """
    cases = queries.open_cases_of(account_ids, after=after, limit=BATCH)
    for case in cases:
        settle(case, now=now)
    return cases[-1].id if cases else None
