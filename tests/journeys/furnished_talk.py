"""What keeps everybody informed, as the pages of the walk show it."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.policies.models import Decision
from portal.blueprints.rounds import actions as rounds
from portal.blueprints.statements import actions as statements
from portal.blueprints.surveys import actions as surveys
from portal.blueprints.surveys import queries as survey_queries
from portal.blueprints.webhooks import actions as webhooks
from portal.blueprints.webhooks import queries as receivers
from portal.core import access
from tests.cast import Cast


def talk(case: Escalation, cast: Cast, now: datetime) -> None:
    """Let a case be spoken of: to other customers, to other systems, at the front line."""
    said = {"en": {"subject": "The outage", "text": "We are at work."}}
    mailing = escalations.write_mailing(case, said, by=cast.erik, now=now)
    escalations.approve_mailing(case, mailing, by=cast.lena, now=now)
    answer(case, now)
    wire(cast, now)
    say(case, cast, now)
    sound(case, cast, now)
    recommend(cast, now)


def answer(case: Escalation, now: datetime) -> None:
    """Let the customer's answer say more than what the case was declared for."""
    said = escalations.Answer(text="Nous saisirons le tribunal.", at=now, language="fr")
    escalations.receive(case, said, by=access.contact("Hélène", language="fr"), now=now)


def proposals(db: Any) -> list[str]:
    """Give the numbers of the triggers that answers proposed."""
    asked = Decision.kind == case_queries.TRIGGER_PROPOSED
    return [str(one) for one in db.session.scalars(sa.select(Decision.id).where(asked))]


def wire(cast: Cast, now: datetime) -> None:
    """Let another system be told what happens, and be away."""
    names = ["escalations.declared", "escalations.closed"]
    row = webhooks.add(
        name="Tickets", url="https://t.example/", names=names, hosts=(), by=cast.adam, now=now
    )
    row.cursor = 0
    webhooks.collect(row, now=now)
    for delivery_id, _tries in receivers.due(now=now):
        found = webhooks.claim(delivery_id, now=now)
        if found is not None:
            webhooks.note_failure(found, error="HTTP 503", status=503, by=cast.adam, now=now)


def say(case: Escalation, cast: Cast, now: datetime) -> None:
    """Let the front line have something to say, and something newer wait for its approval."""
    asked = [{"q": "When?", "a": "On Thursday."}]
    texts = {language: {"text": "We are at work.", "questions": asked} for language in ("en", "fr")}
    texts["it"] = texts["en"]
    for _twice in range(2):
        row = statements.write(
            case, texts, holds_until=now + timedelta(days=2), by=cast.clara, now=now
        )
        if row.number == 1:
            statements.approve(row, by=cast.erik, now=now)


def sound(case: Escalation, cast: Cast, now: datetime) -> None:
    """Let somebody be asked how an incident stands, answer once, and be asked again."""
    row = rounds.open_round(
        case,
        "How do the exports stand?",
        person_id=cast.ids["kim"],
        times=[600, 960],
        zone="Europe/Paris",
        workdays=True,
        within=60,
        by=cast.erik,
        now=now - timedelta(days=1),
    )
    rounds.ask(row, by=cast.erik, now=now - timedelta(hours=18))
    rounds.tell(row, "The pump is dry again.", by=cast.kim, now=now - timedelta(hours=17))
    rounds.ask(row, by=cast.erik, now=now)


def recommend(cast: Cast, now: datetime) -> None:
    """Let one customer say that they would not recommend us."""
    row = surveys.ask_to_recommend(cast.acme, base_url="http://x", by=cast.erik, now=now)
    if row is not None:
        token = survey_queries.nps_token(row)
        who = survey_queries.asked_to_recommend(token, now=now)
        surveys.recommend(who, score=4, comment="Trop lent.", now=now)
