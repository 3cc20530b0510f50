"""Reading surveys: who comes in by an address, and what was answered."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact, Lifecycle
from portal.blueprints.auth.models import User
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.notifications.models import Notification
from portal.core import access, seals
from portal.core.access import Actor, K, Subject
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.facts import Fact
from portal.core.paging import Page, keyset

from . import rules
from .models import Nps, NpsAnswer, NpsSchedule, Survey, SurveyAnswer

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
    if now >= found.Survey.expires_at or found.Escalation.legal_mode:
        raise NotFound
    return Asked(found.Survey, found.Escalation, found.Contact, found.zone)


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


NPS_KEY = "nps"


@dataclass(frozen=True)
class AskedToRecommend:
    """Who was asked by an address whether they would recommend us."""

    row: Nps
    contact: Contact
    zone: str
    account: str


def nps_token(row: Nps) -> str:
    """Give what the address of the question ends with."""
    seal = seals.key(NPS_KEY)
    return seals.token(row.id, row.nonce, int(row.expires_at.timestamp()), key=seal)


def asked_to_recommend(token: str, *, now: datetime, lock: bool = False) -> AskedToRecommend:
    """Give who was asked by an address; `NotFound` for one that is altered or has ended."""
    number = seals.number_in(token)
    query = (
        sa.select(Nps, Contact, Account.zone, Account.name)
        .join(Contact, Contact.id == Nps.contact_id)
        .join(Account, Account.id == Nps.account_id)
        .where(Nps.id == number)
    )
    if lock:
        query = query.with_for_update(of=Nps)
    found = db.session.execute(query).one_or_none() if number is not None else None
    if found is None or not seals.is_genuine(token, nps_token(found.Nps)):
        raise NotFound
    if now >= found.Nps.expires_at:
        raise NotFound
    return AskedToRecommend(found.Nps, found.Contact, found.zone, found.name)


def nps_answer(nps_id: int) -> NpsAnswer | None:
    """Give the answer that counts, None where there is none yet."""
    query = sa.select(NpsAnswer).filter_by(nps_id=nps_id).where(NpsAnswer.replaced_at.is_(None))
    return db.session.scalar(query)


def schedule(*, lock: bool = False) -> NpsSchedule | None:
    """Give how often customers are asked, None where nobody ever said."""
    query = sa.select(NpsSchedule).order_by(NpsSchedule.id).limit(1)
    return db.session.scalar(query.with_for_update() if lock else query)


def due_to_be_asked(*, now: datetime, every_months: int, limit: int) -> list[Account]:
    """Give the customers whose turn it is: settled in, nothing open, not asked for so long; those
    who wait longest first.
    """
    last = (
        sa.select(sa.func.max(Nps.asked_at))
        .where(Nps.account_id == Account.id)
        .correlate(Account)
        .scalar_subquery()
    )
    joined = sa.or_(
        Account.customer_since.is_(None), Account.customer_since <= rules.joined_before(now)
    )
    before = rules.asked_before(now, every_months=every_months)
    reachable = sa.exists().where(
        Contact.account_id == Account.id, Contact.left_at.is_(None), Contact.email.is_not(None)
    )
    query = sa.select(Account).where(
        Account.lifecycle.in_((Lifecycle.ACTIVE, Lifecycle.RENEWAL)),
        Account.merged_into_id.is_(None),
        Account.open_cases == 0,
        joined,
        reachable,
        sa.or_(last.is_(None), last <= before),
    )
    order = (last.is_not(None), last, Account.id)
    return list(db.session.scalars(query.order_by(*order).limit(limit)))


def who_recommends(account_id: int) -> Contact | None:
    """Give the contact to ask whether they would recommend us: the most influential."""
    return db.session.scalar(
        sa.select(Contact)
        .where(
            Contact.account_id == account_id,
            Contact.left_at.is_(None),
            Contact.email.is_not(None),
        )
        .order_by(Contact.influence.desc(), Contact.id)
        .limit(1)
    )


@lru_cache(512)
def _recommended(viewer: Actor) -> Any:
    """Make the statement once for each reader."""
    return (
        sa.select(
            Nps.id,
            Nps.answered_at,
            Account.reference,
            Account.name,
            NpsAnswer.score,
            NpsAnswer.comment,
            User.name.label("owner"),
        )
        .join(NpsAnswer, NpsAnswer.nps_id == Nps.id)
        .join(Account, Account.id == Nps.account_id)
        .outerjoin(User, User.id == Nps.owner_id)
        .where(
            NpsAnswer.replaced_at.is_(None),
            access.scope(
                viewer,
                Subject.ACCOUNT,
                account_id=Nps.account_id,
                klass=K.CONFIDENTIAL,
                now=access.AT_RUN,
            ),
        )
    )


def nps_page(
    viewer: Actor,
    *,
    now: datetime,
    account: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Any]:
    """Give who said whether they would recommend us, the newest first, of one account if named."""
    query, given = _recommended(viewer), {"now": now}
    if account:
        query = query.where(Account.reference == account)
    return keyset(
        query, sort=Nps.answered_at, row_id=Nps.id, cursor=cursor, limit=limit, given=given
    )


def nps_scores(viewer: Actor, *, now: datetime) -> list[int]:
    """Give the newest answer of each customer the viewer may read of."""
    inner = _latest_nps(now).subquery()
    seen = access.scope(
        viewer, Subject.ACCOUNT, account_id=inner.c.account_id, klass=K.CONFIDENTIAL, now=now
    )
    return list(db.session.scalars(sa.select(inner.c.value).where(seen)))


def _counts(row: Any, at: datetime) -> sa.ColumnElement[bool]:
    """Say whether an answer was the one that counted at a moment."""
    return sa.and_(row.at <= at, sa.or_(row.replaced_at.is_(None), row.replaced_at > at))


def _newest(query: Any) -> sa.Select[Any]:
    """Keep the newest of each account's values."""
    inner = query.subquery()
    place = sa.func.row_number().over(
        partition_by=inner.c.account_id, order_by=inner.c.observed_at.desc()
    )
    ranked = sa.select(inner, place.label("place")).subquery()
    named = (ranked.c.account_id, ranked.c.value, ranked.c.source_ref, ranked.c.observed_at)
    return sa.select(*named).where(ranked.c.place == 1)


def _latest_nps(at: datetime) -> sa.Select[Any]:
    query = (
        sa.select(
            Nps.account_id,
            NpsAnswer.score.label("value"),
            Account.reference.label("source_ref"),
            NpsAnswer.at.label("observed_at"),
        )
        .join(NpsAnswer, NpsAnswer.nps_id == Nps.id)
        .join(Account, Account.id == Nps.account_id)
    )
    return _newest(query.where(_counts(NpsAnswer, at)))


def _latest_csat(at: datetime) -> sa.Select[Any]:
    """Read the last satisfaction of each account; of restricted cases nothing is told."""
    query = (
        sa.select(
            Survey.account_id,
            SurveyAnswer.csat.label("value"),
            Survey.record_ref.label("source_ref"),
            SurveyAnswer.at.label("observed_at"),
        )
        .join(SurveyAnswer, SurveyAnswer.survey_id == Survey.id)
        .join(Escalation, Escalation.id == Survey.escalation_id)
        .where(Escalation.restricted.is_(False))
    )
    return _newest(query.where(_counts(SurveyAnswer, at)))


def _said(at: datetime) -> sa.Select[Any]:
    """Read what both answers say together: satisfied and yet no recommendation is a signal."""
    nps, csat = _latest_nps(at).subquery(), _latest_csat(at).subquery()
    against = nps.c.value <= rules.DETRACTOR
    word = sa.case(
        (sa.and_(against, csat.c.value >= rules.SATISFIED), "satisfied_would_not_recommend"),
        (against, "would_not_recommend"),
        (csat.c.value <= rules.UNHAPPY, "unhappy"),
        (nps.c.value >= rules.PROMOTER, "recommends"),
        else_="content",
    )
    seen = sa.func.coalesce(nps.c.observed_at, csat.c.observed_at)
    source = sa.func.coalesce(csat.c.source_ref, nps.c.source_ref)
    return (
        sa.select(
            Account.id.label("account_id"),
            word.label("value"),
            source.label("source_ref"),
            seen.label("observed_at"),
        )
        .outerjoin(nps, nps.c.account_id == Account.id)
        .outerjoin(csat, csat.c.account_id == Account.id)
        .where(sa.or_(nps.c.account_id.is_not(None), csat.c.account_id.is_not(None)))
    )


FACTS = (
    Fact("nps", int, "of_10", K.CONFIDENTIAL, _latest_nps),
    Fact("csat", int, "of_5", K.CONFIDENTIAL, _latest_csat),
    Fact("customer_said", str, "word", K.CONFIDENTIAL, _said),
)
