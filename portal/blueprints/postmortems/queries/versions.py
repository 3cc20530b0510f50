"""What the texts of a post-mortem said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.blueprints.escalations.models import Escalation
from portal.core.db import db

from .. import rules
from ..models import Postmortem, PostmortemCase, Remark, TextVersion

KEPT = timedelta(days=30)
MOST = 100


@dataclass(frozen=True)
class VersionLine:
    """A version of a text: by whom, when, and what it says beside the one before."""

    who: str | None
    written_at: datetime
    differences: Sequence[rules.Difference]


def text_was(row: Postmortem, field: str, digest: str) -> str | None:
    """Give the version of a text with a digest, None where it was not kept."""
    query = sa.select(TextVersion.text).where(
        TextVersion.postmortem_id == row.id,
        TextVersion.field == field,
        TextVersion.digest == digest,
    )
    return db.session.scalar(query.order_by(TextVersion.id.desc()).limit(1))


def versions_of(row: Postmortem, field: str) -> list[VersionLine]:
    """Give the versions of a text, the newest first; the very first has none before it."""
    query = (
        sa.select(TextVersion.text, TextVersion.written_at, User.name)
        .outerjoin(User, User.id == TextVersion.by_id)
        .where(TextVersion.postmortem_id == row.id, TextVersion.field == field)
        .order_by(TextVersion.id.desc())
        .limit(MOST)
    )
    rows = db.session.execute(query).all()
    return [
        VersionLine(new.name, new.written_at, rules.differences(old.text, new.text))
        for new, old in pairwise(rows)
    ]


def drafts_to_forget(*, now: datetime) -> list[Postmortem]:
    """Give the post-mortems whose drafts go: published a month ago, and none of their cases held
    for legal.
    """
    held = sa.exists().where(
        PostmortemCase.postmortem_id == Postmortem.id,
        PostmortemCase.case_ref == Escalation.reference,
        Escalation.legal_hold,
    )
    kept = sa.exists().where(TextVersion.postmortem_id == Postmortem.id)
    said = sa.exists().where(Remark.postmortem_id == Postmortem.id)
    old = Postmortem.published_at <= now - KEPT
    query = sa.select(Postmortem).where(old, sa.or_(kept, said), ~held)
    return list(db.session.scalars(query.order_by(Postmortem.id)))
