"""What the page of an issue shows beside its PDF: what changed, and what is asked of its reader."""

import json
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.core.access import Actor
from portal.core.db import db
from portal.core.i18n import language
from portal.reports import changes, snapshot
from portal.reports.kinds import kind
from portal.reports.sheet import Rung
from portal.reports.words import Words

from ..models import BriefedCase, Briefing, Kind, State
from ..rules import CASES

FOLLOWED = (Kind.ACCOUNT, *CASES)
ROOMY = Rung("roomy")


@dataclass(frozen=True)
class Changed:
    """What changed since the issue that its reader read before: its number (0: a book), when, what
    is told in words, and figures with what they were and are.
    """

    since: int
    read_at: datetime
    told: tuple[str, ...]
    figures: tuple[changes.Ends, ...]


def changed(row: Briefing) -> Changed | None:
    """Give what an issue says has changed, in the language of who looks; None for a first one and
    for kinds that follow nothing.
    """
    if row.kind not in FOLLOWED:
        return None
    found = snapshot.loads(
        json.dumps(row.snapshot), kind=row.kind.value, shape=kind(row.kind.value).shape
    )
    if found.changes is None:
        return None
    words = Words.of(language(), zone=found.issue.zone, issued_at=found.issue.issued_at)
    items = found.changes.items
    said = (
        changes.change(one, words=words, rung=ROOMY)
        for one in items
        if one.kind not in changes.FIGURES
    )
    moved = (changes.ends(one, words=words, rung=ROOMY) for one in items)
    return Changed(
        found.changes.since_number,
        found.changes.read_at,
        tuple(filter(None, said)),
        tuple(filter(None, moved)),
    )


def asked_in(row: Briefing, viewer: Actor) -> Escalation | None:
    """Give the open case that an issue tells of in which the viewer is asked to decide, the gravest
    first; None where nothing is asked of them, or no more.
    """
    if row.state not in (State.ISSUED, State.DRAFT) or row.kind not in FOLLOWED:
        return None
    told = sa.select(BriefedCase.case_ref).where(BriefedCase.briefing_id == row.id)
    query = (
        sa.select(Escalation)
        .where(
            Escalation.reference.in_(told),
            Escalation.ask != "",
            Escalation.ask_of_id == viewer.id,
            Escalation.state.in_(OPEN_STATES),
        )
        .order_by(Escalation.severity, Escalation.opened_at)
        .limit(1)
    )
    return db.session.scalar(query)
