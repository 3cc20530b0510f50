"""What was known at a moment of the cases that a post-mortem covers, as its reader may read it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts.models import EntryKind, Lane
from portal.blueprints.auth.models import User
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.policies.models import Decision
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import _

from .. import rules
from ..models import Postmortem, State
from .reading import (
    case_refs,
    house,
    reads_names,
    roles_of_people,
    seats,
    story_of,
    story_refs,
)


@dataclass(frozen=True)
class Known:
    """The four timelines as they were known at a moment; `step` is its place among all moments at
    which we learnt something.
    """

    rows: Sequence[rules.KnownRow]
    moments: Sequence[datetime]
    step: int

    @property
    def at(self) -> datetime | None:
        """Give the moment that is shown, None where nothing was ever written down."""
        return self.moments[self.step] if self.moments else None

    @property
    def count(self) -> int:
        """Count the lines that are shown."""
        return sum(len(lane) for row in self.rows for lane in row.lanes)


def known(
    row: Postmortem,
    *,
    viewer: Actor,
    now: datetime,
    at: datetime | None = None,
    step: int | None = None,
) -> Known:
    """Give what was known at a moment, or at a step among all moments; at the end without either.
    Only of cases that the viewer sees, and once it is published nothing learnt since. `NotFound`
    while it is with counsel, unless the viewer reads it there.
    """
    found = seats(row, by=viewer)
    if row.state is State.WITH_COUNSEL and not found & rules.COUNSELS:
        raise NotFound
    refs = _seen(story_refs(row), viewer=viewer, now=now)
    story = [*story_of(row, refs=refs), *_decided([one for one in case_refs(row) if one in refs])]
    ended = row.published_at if row.state is State.PUBLISHED else None
    moments = [one for one in rules.moments(story) if ended is None or one <= ended]
    here = rules.step_at(moments, at) if step is None else min(max(step, 0), len(moments) - 1)
    plain = reads_names(found, viewer=viewer) and row.state is not State.PUBLISHED
    told = story if plain else _by_role(row, story)
    shown = rules.known_at(told, moments[here], zone=house().zone) if moments else []
    return Known(shown, moments, here)


def _seen(refs: Sequence[str], *, viewer: Actor, now: datetime) -> list[str]:
    """Give those of some cases that a viewer sees."""
    query = sa.select(Escalation.reference).where(
        Escalation.reference.in_(refs), case_queries.seen_by(viewer, now=now)
    )
    return list(db.session.scalars(query.order_by(Escalation.reference)))


def _by_role(row: Postmortem, story: Sequence[rules.Story]) -> list[rules.Story]:
    roles = roles_of_people(row)
    return [
        replace(
            item,
            text=rules.without_names(item.text, roles),
            who=roles.get(item.who, rules.words.role_words("")) if item.who else "",
        )
        for item in story
    ]


def _decided(refs: Sequence[str]) -> list[rules.Story]:
    """Give the decisions on the cases, with what was recommended where that was something else."""
    query = (
        sa.select(Decision, User.name)
        .outerjoin(User, User.id == Decision.person_id)
        .where(Decision.record_ref.in_(refs), Decision.klass <= int(K.INTERNAL))
        .order_by(Decision.id)
    )
    return [
        rules.Story(
            one.decided_at, EntryKind.DECISION, Lane.INTERNAL, _decision_words(one), who=who or ""
        )
        for one, who in db.session.execute(query)
    ]


def _decision_words(one: Decision) -> str:
    name, chosen, recommended = case_queries.decision_words(
        case_queries.Decided(
            id=one.id,
            kind=one.kind,
            facts=one.facts,
            recommended=one.recommendation,
            chosen=one.chosen,
            reason=one.reason,
            policy="",
            at=one.decided_at,
            who=None,
        )
    )
    said = _("Decided: %(name)s", name=name) + (f", {chosen}" if chosen else "")
    if recommended:
        said += " " + _("(recommended: %(what)s)", what=recommended)
    return str(said)
