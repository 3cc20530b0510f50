"""A post-mortem written elsewhere, and a quarterly review in its meeting, for the walks."""

import json
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.postmortems import actions as lessons
from portal.blueprints.postmortems import queries, rules
from portal.blueprints.postmortems.actions import losing
from portal.blueprints.postmortems.models import ImportedPostmortem, LossNote, Postmortem
from portal.blueprints.reviews import actions as reviews
from portal.blueprints.reviews import queries as review_queries
from portal.blueprints.reviews.models import LineKind, Review
from portal.core import access
from tests.cast import Cast

OUTAGE = {
    "uuid": "walk-1",
    "company": "Elsewhere",
    "url": "https://elsewhere.example/outage",
    "start_time": "2026-02-03",
    "categories": ["config-change"],
    "body": "# What failed\n\n<b>Everything</b>\n\n- one\n\n```\ncode\n```",
}


def learn(cast: Cast, now: datetime) -> None:
    """Bring a post-mortem in, ask for a note about a loss, and let a review begin."""
    by = access.operator("portal postmortems import")
    content = json.dumps(OUTAGE).encode()
    lessons.import_file(content, name="a.jsonl", most_bytes=1 << 20, by=by, now=now)
    lost = (queries.policy_in_force()[0], 1)
    losing.open_note(cast.borealis, now.date(), policy=lost, by=cast.erik, now=now)
    row = reviews.open_(review_queries.quarter_at(now), by=cast.erik, now=now)
    given: dict[str, Any] = {"recommendation": "Yes.", "reason": "It recurred.", "minutes": 10}
    one = reviews.seek(row, title="Fund a masked copy", by=cast.erik, now=now, **given)
    reviews.call(row, meets_at=now + timedelta(days=1), by=cast.erik, now=now)
    reviews.begin(row, by=cast.lena, now=now)
    reviews.move_to(row, str(one.id), by=cast.lena, now=now)
    todo = {"owner_id": cast.ids["erik"], "due_on": now.date() + timedelta(days=9)}
    reviews.capture(row, LineKind.ACTION, "Ask finance.", by=cast.ava, now=now, **todo)


def send_back(row: Postmortem, cast: Cast, now: datetime) -> None:
    """Give a draft back, with a remark on it, and words of its writer that are not kept yet."""
    lessons.send_back(row, reason="Say when.", version=None, by=cast.lena, now=now)
    given: dict[str, Any] = {"was": rules.digest(row.summary), "by": cast.erik, "now": now}
    lessons.remark(row, "summary", "Since when?", suggestion="Say since when.", **given)
    lessons.save_unsaved(row, "what_happened", "2026-06-17 10:00  half a line", **given)


def references(db: Any) -> tuple[list[str], list[str]]:
    """Give what is written elsewhere or about losses, and the reviews, by reference."""
    written = db.session.scalars(sa.select(ImportedPostmortem.reference)).all()
    written = [*written, *db.session.scalars(sa.select(LossNote.reference))]
    return written, list(db.session.scalars(sa.select(Review.reference)))
