"""What the first message to the customer of a case could say."""

from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as Sent
from portal.blueprints.policies.models import Decision
from portal.core.db import db
from portal.core.i18n import show_datetime, speaking

from .. import rules
from ..models import OPEN_STATES, Escalation
from ..rules.letters import Letter
from .clocks import policy_of
from .finding import account_of
from .proposing import silence_due
from .trying import ROUTE


def proposed_letter(case: Escalation, *, now: datetime) -> Letter | None:
    """Give the message that the route of an open case proposes, in the language of the customer's
    words; None where it proposes none, or somebody has written to the customer already.
    """
    template = _template_of(case)
    if template is None or case.state not in OPEN_STATES or case.legal_mode or _is_written(case):
        return None
    account = account_of(case)
    due = silence_due(account, case.severity, policy_of(case), now)
    owner = auth_queries.names([case.owner_id]).get(case.owner_id or 0, "")
    with speaking(case.words_language, account.zone):
        day = show_datetime(due)
        return rules.letter(template, demand=case.demand, owner=owner, day=day)


def _template_of(case: Escalation) -> str | None:
    """Give the template that the rule named which took the case."""
    facts = db.session.scalar(
        sa.select(Decision.facts)
        .where(Decision.record_ref == case.reference, Decision.kind == ROUTE)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    template: str | None = (facts or {}).get("template")
    return template


def _is_written(case: Escalation) -> bool:
    """Say whether a message to the customer left, or is about to."""
    query = sa.select(Notification.id).where(
        Notification.record_ref == case.reference,
        Notification.contact_id.is_not(None),
        Notification.state != Sent.WITHDRAWN,
    )
    return db.session.scalar(query.limit(1)) is not None
