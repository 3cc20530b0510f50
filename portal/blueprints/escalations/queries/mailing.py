"""Reading messages to the other customers that a case hits, and who is hit by facts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Contact, RevenueLine
from portal.core import access
from portal.core.access import Actor, K, Subject
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.money import Currency, Money, minor

from ..models import AffectedAccount, Escalation, Mailing, MailingLine
from ..rules.mailing import FIRST, Picked

A, L = Account, MailingLine
PLACE = sa.case({role: place for place, role in enumerate(FIRST)}, value=Contact.role)


def hit_by_facts(
    case: Escalation, picked: Picked, viewer: Actor, *, now: datetime
) -> list[tuple[int, str]]:
    """Give (id, reference) of the customers of which some facts are true, as far as the viewer may
    read them, without the customer of the case itself.
    """
    klass = K.CONFIDENTIAL if picked.by_value else K.INTERNAL
    seen = access.scope(viewer, Subject.ACCOUNT, account_id=A.id, klass=klass, now=now)
    query = sa.select(A.id, A.reference).where(
        seen, account_queries.visible(), A.id != case.account_id, *_facts(picked)
    )
    return [(row.id, row.reference) for row in db.session.execute(query.order_by(A.id))]


def _facts(picked: Picked) -> list[sa.ColumnElement[bool]]:
    same = {
        A.segment: picked.segment,
        A.region: picked.region,
        A.country: picked.country,
        A.industry: picked.industry,
    }
    found = [sa.func.lower(column) == value.lower() for column, value in same.items() if value]
    if picked.tier:
        found.append(A.value_tier == picked.tier)
    if picked.product:
        bought = sa.select(RevenueLine.account_id).where(
            sa.func.lower(RevenueLine.product) == picked.product.lower()
        )
        found.append(A.id.in_(bought))
    for amount, at_least in ((picked.least_arr, True), (picked.most_arr, False)):
        if amount is not None:
            count = minor(Money(amount, Currency("EUR")))
            found.append(A.arr_minor >= count if at_least else A.arr_minor <= count)
    return found


def mailings(case: Escalation) -> list[Mailing]:
    """Give the messages of a case, the newest first."""
    query = sa.select(Mailing).filter_by(escalation_id=case.id).order_by(Mailing.id.desc())
    return list(db.session.scalars(query))


def get_mailing(case: Escalation, mailing_id: int, *, lock: bool = False) -> Mailing:
    """Give a message of a case; `NotFound` where it has none such."""
    query = sa.select(Mailing).filter_by(escalation_id=case.id, id=mailing_id)
    found: Mailing | None = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def readers(case: Escalation) -> dict[str, int]:
    """Give how many of the customers hit read which language."""
    counted = (
        sa.select(A.language, sa.func.count())
        .join(AffectedAccount, AffectedAccount.account_id == A.id)
        .where(AffectedAccount.escalation_id == case.id)
        .group_by(A.language)
    )
    return {language: n for language, n in db.session.execute(counted)}  # noqa: C416 - rows


@dataclass(frozen=True)
class Hit:
    """A customer that a message goes to, and who there is written to."""

    affected_id: int
    account_id: int
    language: str
    contact_id: int | None


def next_hit(row: Mailing, *, limit: int) -> list[Hit]:
    """Give the next customers that a message goes to, in the order in which they were added."""
    writable = sa.and_(Contact.account_id == A.id, Contact.email != "", Contact.left_at.is_(None))
    first = (
        sa.select(Contact.id).where(writable).order_by(PLACE, Contact.id).limit(1).scalar_subquery()
    )
    query = (
        sa.select(AffectedAccount.id, A.id, A.language, first)
        .join(A, A.id == AffectedAccount.account_id)
        .where(AffectedAccount.escalation_id == row.escalation_id, AffectedAccount.id > row.last_id)
        .order_by(AffectedAccount.id)
        .limit(limit)
    )
    return [Hit(*one) for one in db.session.execute(query)]


def line_of(notification_id: int) -> MailingLine | None:
    """Give the line of a message by the notification that carried it."""
    found: MailingLine | None = db.session.scalar(
        sa.select(L).filter_by(notification_id=notification_id)
    )
    return found


def lines(
    row: Mailing, viewer: Actor, *, now: datetime, after: int = 0, limit: int = 100
) -> list[Any]:
    """Give what became of a message at the customers that the viewer may see, a page of them."""
    columns = (A.id, A.reference, A.name, L.language, L.contact_id, L.sent_at, L.answered_at)
    query = (
        sa.select(*columns, L.answer, L.notification_id)
        .join(A, A.id == L.account_id)
        .where(
            L.mailing_id == row.id,
            A.id > after,
            access.scope(viewer, Subject.ACCOUNT, account_id=A.id, now=now),
        )
        .order_by(A.id)
        .limit(limit)
    )
    return list(db.session.execute(query).all())


def told(row: Mailing) -> dict[str, int]:
    """Give how many customers a message was written to, left for, was answered by, or found nobody
    at.
    """
    counted = sa.select(
        sa.func.count(L.notification_id),
        sa.func.count(L.sent_at),
        sa.func.count(L.answered_at),
        sa.func.count(),
    ).where(L.mailing_id == row.id)
    written, left, answered, looked = db.session.execute(counted).one()
    return {"written": written, "left": left, "answered": answered, "nobody": looked - written}
