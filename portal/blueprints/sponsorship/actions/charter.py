"""Publishing the programme's charter: a new version beside the earlier ones."""

from dataclasses import asdict
from datetime import datetime

from portal.blueprints.notifications import actions as notification_actions
from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db, insert_once
from portal.core.errors import Refused, Stale
from portal.core.i18n import _

from .. import queries, rules
from ..models import Charter
from .recording import ROOM, tidy

LONGEST_REASON = 400


def publish_charter(
    page: rules.charter.Charter, *, base: int, reason: str, by: Actor, now: datetime
) -> Charter:
    """Publish a version of the charter; sponsors are told.

    `base` is the version that the writer saw, 0 for none: `Stale` where another one is in force,
    with what that one says. Refused where something is missing or too long, and where nothing
    differs.
    """
    newest = queries.charter(lock=True)
    if base != (newest.number if newest else 0):
        raise _overtaken(newest)
    page = rules.charter.tidied(page)
    found = rules.charter.objections_to_charter(page)
    if found:
        raise Refused(found[0].message, field=found[0].field)
    before = queries.texts_of(newest)
    changes = {
        name: (before.get(name), text)
        for name, text in asdict(page).items()
        if text != before.get(name)
    }
    if not changes:
        raise Refused(_("This says what the version in force says."))
    why = tidy(reason, field="reason", most=LONGEST_REASON)
    if not why:
        raise Refused(_("Say why there is a new version."), field="reason")
    row = _write(page, number=base + 1, reason=why, by=by, now=now)
    events.record(
        f"{ROOM}.charter_published",
        by=by,
        now=now,
        data={"number": row.number, "changed": sorted(changes)},
        changes={**changes, "reason": (None, why)},
    )
    _tell_sponsors(row, by=by, now=now)
    return row


def _overtaken(newest: Charter | None) -> Stale:
    return Stale(
        _("Somebody else published a version of the charter meanwhile."),
        current=queries.texts_of(newest),
    )


def _write(
    page: rules.charter.Charter, *, number: int, reason: str, by: Actor, now: datetime
) -> Charter:
    """Add the version; who was slower by a moment, with none before to lock, is overtaken too."""
    said = asdict(page) | {"metrics": [asdict(one) for one in rules.charter.metrics(page.metrics)]}
    given = {"number": number, "reason": reason, "publisher_id": by.id, "published_at": now}
    if not insert_once(Charter, **said, **given, version=1, created_at=now, updated_at=now):
        raise _overtaken(queries.charter())
    row = queries.charter(number)
    assert row is not None
    return row


def _tell_sponsors(row: Charter, *, by: Actor, now: datetime) -> None:
    db.session.flush()
    for one in queries.sponsors(on=queries.today(now)):
        if one.user.id == by.id:
            continue
        notification_actions.notify(
            one.user.id,
            template=f"{ROOM}/charter",
            context={"number": row.number, "why_new": row.reason, "by": by.name},
            why="sponsoring",
            key=f"charter:{row.number}:{one.user.id}",
            record=None,
            account_id=None,
            klass=K.INTERNAL,
            by=by,
            now=now,
        )
