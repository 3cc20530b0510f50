"""Views of the list that people keep, and files that they take of it."""

from collections.abc import Mapping
from datetime import datetime

from portal.blueprints.auth import actions as auth_actions
from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import SavedView

MOST = 30


def save_view(
    name: str, query: Mapping[str, str], *, team_id: int | None, by: Actor, now: datetime
) -> SavedView:
    """Keep what a list asks for under a name, for oneself or shared with one's team; the same name
    again replaces it.
    """
    words = " ".join(name.split())
    if not words or by.id is None:
        raise Refused(_("Give the view a name."), field="name")
    if len(words) > 60:
        raise Refused(_("The name is too long: 60 characters at most."), field="name")
    if team_id is not None and team_id not in by.teams:
        raise Refused(_("You share with your own teams only."), field="team")
    auth_actions.refuse_retired(team_id, field="team")
    known = queries.view_named(by, words)
    if known is None and queries.count_views(by) >= MOST:
        raise Refused(_("You keep %(n)s views already: delete one first.", n=MOST), field="name")
    row = known or SavedView(person_id=by.id, name=words)
    row.query, row.team_id, row.made_at = dict(query), team_id, now
    db.session.add(row)
    db.session.flush()
    events.record(
        "escalations.view_saved",
        by=by,
        now=now,
        data={"view": row.id, "team": team_id},
        changes={"name": (None, words)},
    )
    return row


def drop_view(view: SavedView, *, by: Actor, now: datetime) -> None:
    """Delete a view that one saved."""
    events.record("escalations.view_dropped", by=by, now=now, data={"view": view.id})
    db.session.delete(view)


def note_export(count: int, *, kind: str, by: Actor, now: datetime) -> None:
    """Record that somebody took the list as a file: how many lines, in which form."""
    events.record(
        "escalations.exported",
        by=by,
        now=now,
        klass=K.CONFIDENTIAL,
        data={"lines": count, "kind": kind},
    )
