"""What customers answered after a closing, as figures of a quarter."""

from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.surveys.models import Survey, SurveyAnswer
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
    """Count and average what customers answered."""
    given = answers(viewer, now=now).with_only_columns(
        SurveyAnswer.at, SurveyAnswer.csat, SurveyAnswer.ces, maintain_column_froms=True
    )
    asked = sa.or_(*(within(SurveyAnswer.at, one) for one in quarters))
    rows = db.session.execute(given.where(asked)).all()
    m = Measure
    return [
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
    ]
