"""What customers said as files: what the reader may see, the newest first, replaced answers too."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.blueprints.escalations.models import Escalation
from portal.core import access
from portal.core.access import Actor, K, Subject
from portal.core.db import db

from ..models import Nps, NpsAnswer, Survey, SurveyAnswer

Cells = tuple[Any, ...]
BATCH = 1_000


def _rows(query: Any) -> Iterator[Cells]:
    """Read batch by batch."""
    for row in db.session.execute(query.execution_options(yield_per=BATCH)):
        yield tuple(row)


def answers_table(
    viewer: Actor, *, now: datetime, case: str = "", account: str = ""
) -> Iterator[Cells]:
    """Give case, customer (reference, name), satisfaction, ease, words, who held the case, when it
    was closed, when answered and when replaced; of one case or account where these are named.
    """
    query = (
        sa.select(
            Survey.record_ref,
            Account.reference,
            Account.name,
            SurveyAnswer.csat,
            SurveyAnswer.ces,
            SurveyAnswer.comment,
            User.name,
            Survey.closed_at,
            SurveyAnswer.at,
            SurveyAnswer.replaced_at,
        )
        .join(Survey, Survey.id == SurveyAnswer.survey_id)
        .join(Escalation, Escalation.id == Survey.escalation_id)
        .join(Account, Account.id == Survey.account_id)
        .outerjoin(User, User.id == Survey.owner_id)
        .where(
            access.scope(
                viewer,
                Subject.ESCALATION,
                account_id=Survey.account_id,
                refs=(Survey.record_ref,),
                restricted=Escalation.restricted,
                klass=K.CONFIDENTIAL,
                now=now,
            )
        )
        .order_by(SurveyAnswer.at.desc(), SurveyAnswer.id.desc())
    )
    if case:
        query = query.where(Survey.record_ref == case)
    if account:
        query = query.where(Account.reference == account)
    return _rows(query)


def recommend_table(viewer: Actor, *, now: datetime) -> Iterator[Cells]:
    """Give customer (reference, name), score, words, who looked after them, when they were asked,
    when they answered and when that was replaced.
    """
    query = (
        sa.select(
            Account.reference,
            Account.name,
            NpsAnswer.score,
            NpsAnswer.comment,
            User.name,
            Nps.asked_at,
            NpsAnswer.at,
            NpsAnswer.replaced_at,
        )
        .join(Nps, Nps.id == NpsAnswer.nps_id)
        .join(Account, Account.id == Nps.account_id)
        .outerjoin(User, User.id == Nps.owner_id)
        .where(
            access.scope(
                viewer, Subject.ACCOUNT, account_id=Nps.account_id, klass=K.CONFIDENTIAL, now=now
            )
        )
        .order_by(NpsAnswer.at.desc(), NpsAnswer.id.desc())
    )
    return _rows(query)
