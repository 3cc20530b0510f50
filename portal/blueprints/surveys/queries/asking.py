"""Reading surveys after a case: who comes in by an address, and what was answered."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact
from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import User
from portal.blueprints.escalations.models import Escalation, State
from portal.blueprints.notifications.models import Notification
from portal.core import access, seals
from portal.core.access import Actor, K, Subject
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.paging import Page, keyset

from ..models import Survey, SurveyAnswer

KEY = "survey"


@dataclass(frozen=True)
class Asked:
    """Who was asked by an address, about which case."""

    survey: Survey
    case: Escalation
    contact: Contact
    zone: str


def token_of(row: Survey) -> str:
    """Give what the address of a survey ends with."""
    return seals.token(row.id, row.nonce, int(row.expires_at.timestamp()), key=seals.key(KEY))


def asked(token: str, *, now: datetime, lock: bool = False) -> Asked:
    """Give who was asked by an address; `NotFound` for one that is altered or has ended."""
    number = seals.number_in(token)
    query = (
        sa.select(Survey, Escalation, Contact, Account.zone)
        .join(Escalation, Escalation.id == Survey.escalation_id)
        .join(Contact, Contact.id == Survey.contact_id)
        .join(Account, Account.id == Survey.account_id)
        .where(Survey.id == number)
    )
    if lock:
        query = query.with_for_update(of=Survey)
    found = db.session.execute(query).one_or_none() if number is not None else None
    if found is None or not seals.is_genuine(token, token_of(found.Survey)):
        raise NotFound
    over = found.Escalation.state in (State.MERGED, State.VOID)
    if now >= found.Survey.expires_at or found.Escalation.legal_mode or over:
        raise NotFound
    return Asked(found.Survey, found.Escalation, found.Contact, found.zone)


def first_there(
    people: Iterable[int | None], sees: Callable[[Actor], bool], *, now: datetime
) -> int | None:
    """Give the first of some people who works here and may see what it is about, or who stands in
    for them while they are away; None for nobody.
    """
    for one in dict.fromkeys(people):
        if one is None:
            continue
        order = (auth.responsible(one, now=now), one)
        there = {actor.id: actor for actor in auth.actors(order)}
        for person in order:
            if person in there and sees(there[person]):
                return person
    return None


def of_case(case: Escalation) -> Survey | None:
    """Give the last invitation about a case, None where there was none."""
    query = sa.select(Survey).where(Survey.escalation_id == case.id)
    return db.session.scalar(query.order_by(Survey.closing.desc()).limit(1))


def current(survey_id: int) -> SurveyAnswer | None:
    """Give the answer that counts, None where there is none yet."""
    return db.session.scalar(
        sa.select(SurveyAnswer).where(
            SurveyAnswer.survey_id == survey_id, SurveyAnswer.replaced_at.is_(None)
        )
    )


def whom_to_ask(case: Escalation) -> Contact | None:
    """Give the contact to ask about a case: whom we last wrote to, else the most influential."""
    written = (
        sa.select(Contact)
        .join(Notification, Notification.contact_id == Contact.id)
        .where(Notification.record_ref == case.reference, Contact.left_at.is_(None))
        .order_by(Notification.id.desc())
        .limit(1)
    )
    any_of_them = (
        sa.select(Contact)
        .where(
            Contact.account_id == case.account_id,
            Contact.left_at.is_(None),
            Contact.email.is_not(None),
        )
        .order_by(Contact.influence.desc(), Contact.id)
        .limit(1)
    )
    return db.session.scalar(written) or db.session.scalar(any_of_them)


@lru_cache(512)
def _seen(viewer: Actor) -> Any:
    """Make the statement once for each reader."""
    return (
        sa.select(
            Survey.id,
            Survey.answered_at,
            Survey.record_ref,
            Survey.closed_at,
            Account.reference.label("account"),
            Account.name.label("account_name"),
            User.name.label("owner"),
            SurveyAnswer.csat,
            SurveyAnswer.ces,
            SurveyAnswer.comment,
            sa.select(sa.func.count())
            .where(SurveyAnswer.survey_id == Survey.id)
            .correlate(Survey)
            .scalar_subquery()
            .label("answers"),
        )
        .join(Escalation, Escalation.id == Survey.escalation_id)
        .join(Account, Account.id == Survey.account_id)
        .join(SurveyAnswer, SurveyAnswer.survey_id == Survey.id)
        .outerjoin(User, User.id == Survey.owner_id)
        .where(
            SurveyAnswer.replaced_at.is_(None),
            access.scope(
                viewer,
                Subject.ESCALATION,
                account_id=Survey.account_id,
                refs=(Survey.record_ref,),
                restricted=Escalation.restricted,
                klass=K.CONFIDENTIAL,
                now=access.AT_RUN,
            ),
        )
    )


def page(
    viewer: Actor,
    *,
    now: datetime,
    case: str = "",
    account: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Any]:
    """Give the answers that the viewer may read, newest first, of one case or account where these
    are named.
    """
    query = _seen(viewer)
    if case:
        query = query.where(Survey.record_ref == case)
    if account:
        query = query.where(Account.reference == account)
    return keyset(
        query,
        sort=Survey.answered_at,
        row_id=Survey.id,
        cursor=cursor,
        limit=limit,
        given={"now": now},
    )


def earlier(survey_ids: list[int]) -> dict[int, list[SurveyAnswer]]:
    """Give the answers that were replaced, by survey, the newest first."""
    query = sa.select(SurveyAnswer).where(
        SurveyAnswer.survey_id.in_(survey_ids), SurveyAnswer.replaced_at.is_not(None)
    )
    found: dict[int, list[SurveyAnswer]] = {}
    for row in db.session.scalars(query.order_by(SurveyAnswer.id.desc())) if survey_ids else ():
        found.setdefault(row.survey_id, []).append(row)
    return found
