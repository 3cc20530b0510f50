"""What customers said, as facts for the other rooms."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.escalations.models import Escalation
from portal.core.access import K
from portal.core.facts import Fact

from .. import rules
from ..models import Nps, NpsAnswer, Survey, SurveyAnswer


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


def latest_nps(at: datetime) -> sa.Select[Any]:
    """Select the answer of each account that counted at a moment, the newest alone."""
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


def would_not_recommend(at: datetime) -> sa.Select[Any]:
    """Select the contacts who said last, as it counted at a moment, that they would not recommend
    us.
    """
    place = sa.func.row_number().over(partition_by=Nps.contact_id, order_by=NpsAnswer.at.desc())
    said = (
        sa.select(Nps.contact_id, NpsAnswer.score, place.label("place"))
        .join(NpsAnswer, NpsAnswer.nps_id == Nps.id)
        .where(_counts(NpsAnswer, at))
        .subquery()
    )
    query = sa.select(said.c.contact_id)
    return query.where(said.c.place == 1, said.c.score <= rules.DETRACTOR)


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
    nps, csat = latest_nps(at).subquery(), _latest_csat(at).subquery()
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
    Fact("nps", int, "of_10", K.CONFIDENTIAL, latest_nps),
    Fact("csat", int, "of_5", K.CONFIDENTIAL, _latest_csat),
    Fact("customer_said", str, "word", K.CONFIDENTIAL, _said),
)
