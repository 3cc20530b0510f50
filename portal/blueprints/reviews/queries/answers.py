"""What customers answered after a closing, as figures of a quarter."""

from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.surveys import rules as survey_rules
from portal.blueprints.surveys.models import Nps, NpsAnswer, Survey, SurveyAnswer
from portal.core import access
from portal.core.access import Actor, K, Subject
from portal.core.db import db
from portal.reports.facts.review import Comparison, Measure, Unit

from .figures import Quarters, compared, is_in, mean, within


def answers(viewer: Actor, *, now: datetime) -> sa.Select[Any]:
    """Select the answers to surveys that stand and that the viewer may read."""
    found: Any = (
        sa.select(
            SurveyAnswer.at,
            SurveyAnswer.csat,
            SurveyAnswer.ces,
            SurveyAnswer.comment,
            Account.name,
            Account.language,
            Survey.record_ref,
        )
        .join(Survey, Survey.id == SurveyAnswer.survey_id)
        .join(Escalation, Escalation.id == Survey.escalation_id)
        .join(Account, Account.id == Survey.account_id)
        .where(
            SurveyAnswer.replaced_at.is_(None),
            access.scope(
                viewer,
                Subject.ESCALATION,
                account_id=Survey.account_id,
                refs=(Survey.record_ref,),
                restricted=Escalation.restricted,
                klass=K.CONFIDENTIAL,
                now=now,
            ),
        )
    )
    return cast("sa.Select[Any]", found)


def of_answers(viewer: Actor, quarters: Quarters, *, now: datetime) -> list[Comparison]:
    """Count and average what customers answered after a closing, and who of those asked did."""
    given = answers(viewer, now=now).with_only_columns(
        SurveyAnswer.at, SurveyAnswer.csat, SurveyAnswer.ces, maintain_column_froms=True
    )
    asked = sa.or_(*(within(SurveyAnswer.at, one) for one in quarters))
    rows = db.session.execute(given.where(asked)).all()
    m = Measure
    return [
        _share(m.ASKED_ANSWERED, quarters, _asked_after_closing(viewer, quarters, now=now)),
        compared(m.ANSWERS, quarters, lambda one: sum(is_in(at, one) for at, *_m in rows)),
        compared(
            m.CSAT,
            quarters,
            lambda one: mean([csat for at, csat, _ces in rows if is_in(at, one)]),
            Unit.SCORE,
        ),
        compared(
            m.CES,
            quarters,
            lambda one: mean([ces for at, _csat, ces in rows if is_in(at, one)]),
            Unit.SCORE,
        ),
        *_of_recommending(viewer, quarters, now=now),
    ]


def _asked_after_closing(
    viewer: Actor, quarters: Quarters, *, now: datetime
) -> list[tuple[datetime, bool]]:
    """Give when cases were closed whose customers were asked, and whether those answered."""
    query = (
        sa.select(Survey.closed_at, Survey.answered_at.is_not(None))
        .join(Escalation, Escalation.id == Survey.escalation_id)
        .where(
            Survey.closed_at <= now - survey_rules.ASKED_AFTER,
            sa.or_(*(within(Survey.closed_at, one) for one in quarters)),
            access.scope(
                viewer,
                Subject.ESCALATION,
                account_id=Survey.account_id,
                refs=(Survey.record_ref,),
                restricted=Escalation.restricted,
                klass=K.CONFIDENTIAL,
                now=now,
            ),
        )
    )
    return [(at, bool(answered)) for at, answered in db.session.execute(query)]


def _of_recommending(viewer: Actor, quarters: Quarters, *, now: datetime) -> list[Comparison]:
    """Give the net promoter score of each quarter where it has answers enough, how many answered,
    and what share of those asked that is.
    """
    seen = access.scope(
        viewer, Subject.ACCOUNT, account_id=Nps.account_id, klass=K.CONFIDENTIAL, now=now
    )
    touched = sa.or_(
        *(within(column, one) for one in quarters for column in (Nps.asked_at, NpsAnswer.at))
    )
    query = (
        sa.select(Nps.asked_at, NpsAnswer.at, NpsAnswer.score)
        .outerjoin(NpsAnswer, sa.and_(NpsAnswer.nps_id == Nps.id, NpsAnswer.replaced_at.is_(None)))
        .where(touched, seen)
    )
    rows = db.session.execute(query).all()

    def scores(one: Any) -> list[int]:
        return [score for _asked, at, score in rows if at is not None and is_in(at, one)]

    def net(one: Any) -> int | None:
        found = scores(one)
        enough = len(found) >= survey_rules.LEAST_TO_TELL
        return survey_rules.promoters_less_detractors(found) if enough else None

    m = Measure
    asked = [(at, answered is not None) for at, answered, _score in rows]
    return [
        _share(m.NPS_ANSWERED, quarters, asked),
        compared(m.NPS_ANSWERS, quarters, lambda one: len(scores(one))),
        compared(m.NPS, quarters, net, Unit.NET),
    ]


def _share(measure: Measure, quarters: Quarters, asked: list[tuple[datetime, bool]]) -> Comparison:
    """Give which share of those asked in each quarter answered; None where nobody was asked."""

    def of(one: Any) -> Decimal | None:
        found = [answered for at, answered in asked if is_in(at, one)]
        return Decimal(sum(found)) / len(found) if found else None

    return compared(measure, quarters, of, Unit.SHARE)
