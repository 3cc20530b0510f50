"""Post-mortems written elsewhere: finding them, and what an import needs to know."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.escalations.models import Escalation
from portal.core import access, paging
from portal.core.access import Actor, Permission, Restriction, Subject
from portal.core.db import db
from portal.core.errors import NotFound

from ..models import ImportedPostmortem

I = ImportedPostmortem  # noqa: E741 - as P in its neighbour
CHUNK = 500
LONGEST_KEY = 40_000


@dataclass(frozen=True)
class ImportedLine:
    """A row of the list of those written elsewhere."""

    id: int
    reference: str
    title: str
    title_derived: bool
    company: str
    product: str
    categories: list[str]
    started_on: date | None
    sort_on: date
    account_ref: str | None
    account_name: str | None


def folded(text: str) -> str:
    """Give words as they are compared: without case and accents, one space between."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def _seen(viewer: Actor, *, now: datetime) -> sa.ColumnElement[bool]:
    """Give the predicate for what a viewer may see: what names neither customer nor case is for
    everybody who reads post-mortems, the rest follows its customer and its case.
    """
    if not viewer.may(Permission.POSTMORTEMS_READ):
        return sa.false()
    hidden = sa.or_(
        sa.exists().where(Restriction.record_ref.in_([I.reference, I.case_ref])),
        sa.exists().where(Escalation.reference == I.case_ref, Escalation.restricted),
    )
    scoped = access.scope(
        viewer,
        Subject.POSTMORTEM,
        account_id=I.account_id,
        refs=(I.reference, I.case_ref),
        restricted=hidden,
        now=now,
    )
    return sa.or_(I.account_id.is_(None), scoped)


def imported(viewer: Actor, reference: str, *, now: datetime) -> ImportedPostmortem:
    """Give one written elsewhere; `NotFound` where there is none for this viewer."""
    found = db.session.scalar(sa.select(I).where(I.reference == reference, _seen(viewer, now=now)))
    if found is None:
        raise NotFound
    return found


def _lines(viewer: Actor, text: str, *, account: str = "", now: datetime) -> sa.Select[Any]:
    query = (
        sa.select(
            I.id,
            I.reference,
            I.title,
            I.title_derived,
            I.company,
            I.product,
            I.categories,
            I.started_on,
            I.sort_on,
            Account.reference.label("account_ref"),
            Account.name.label("account_name"),
        )
        .outerjoin(Account, Account.id == I.account_id)
        .where(_seen(viewer, now=now))
    )
    if account:
        query = query.where(Account.reference == account)
    for word in folded(text)[:200].split():
        query = query.where(I.words_key.contains(word, autoescape=True))
    return query


def imported_page(
    viewer: Actor,
    *,
    text: str = "",
    account: str = "",
    now: datetime,
    cursor: str | None = None,
    limit: int = 50,
) -> paging.Page[ImportedLine]:
    """Give a page of those that hold every word of a text, the newest first."""
    query = _lines(viewer, text, account=account, now=now)
    found = paging.keyset(query, sort=I.sort_on, row_id=I.id, cursor=cursor, limit=limit)
    return paging.Page([ImportedLine(*row) for row in found.rows], found.after, found.before)


def find_imported(
    viewer: Actor, text: str, *, now: datetime, limit: int
) -> list[tuple[str, str, str]]:
    """Give reference, title and company of those that hold every word of a text, for the search."""
    if not folded(text):
        return []
    newest = _lines(viewer, text, now=now).order_by(I.sort_on.desc(), I.id.desc()).limit(limit)
    return [(row.reference, row.title, row.company) for row in db.session.execute(newest)]


def account_of_imported(row: ImportedPostmortem) -> Account | None:
    """Give the customer of one written elsewhere, where it names one."""
    return db.session.get(Account, row.account_id) if row.account_id else None


def by_keys(keys: Iterable[str]) -> dict[str, ImportedPostmortem]:
    """Give what was imported before, by key."""
    wanted = list(keys)
    found: dict[str, ImportedPostmortem] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = db.session.scalars(sa.select(I).where(I.key.in_(wanted[start : start + CHUNK])))
        found.update((row.key, row) for row in rows)
    return found


def accounts_called(names: Iterable[str]) -> dict[str, int]:
    """Give the ids of accounts by their references, to our own work."""
    wanted = {name.upper() for name in names if name}
    if not wanted:
        return {}
    rows = db.session.execute(
        sa.select(Account.reference, Account.id).where(Account.reference.in_(wanted))
    )
    return {reference: account_id for reference, account_id in rows}  # noqa: C416 - typed


def cases_called(refs: Iterable[str]) -> dict[str, int]:
    """Give the accounts of cases by the cases' references, to our own work."""
    wanted = {ref for ref in refs if ref}
    if not wanted:
        return {}
    rows = db.session.execute(
        sa.select(Escalation.reference, Escalation.account_id).where(
            Escalation.reference.in_(wanted)
        )
    )
    return {reference: account_id for reference, account_id in rows}  # noqa: C416 - typed
