"""An issue on its way: by mail, with its PDF where its class may leave the house."""

from datetime import datetime

from portal.blueprints.notifications import actions as notifications
from portal.core.access import Actor, K

from .. import queries
from ..models import Briefing

TEMPLATE = "briefings/sent"


def post(row: Briefing, *, by: Actor, now: datetime) -> None:
    """Send an issue that was made by the clock to its reader, once: with its PDF where it is not
    restricted and tells of no case that only named people see, else as a link to where its reader
    signs in.
    """
    found = queries.subscription_of(row)
    if found is None or found.ended_at is not None:
        return
    is_open = row.klass < K.RESTRICTED and not queries.tells_of_restricted(row)
    notifications.notify(
        row.reader_id,
        template=TEMPLATE,
        context={
            "kind": row.kind.value,
            "account": queries.subject_name(row),
            "issue": row.issue,
            "file": row.file_id if is_open else None,
            "path": f"/briefings/{row.reference}",
            "leave": queries.leave_path(found),
        },
        why="subscribed",
        key=key_of(row),
        record=row.subject_ref if row.account_id else None,
        account_id=row.account_id,
        klass=K.CONFIDENTIAL,
        by=by,
        now=now,
    )


def key_of(row: Briefing) -> str:
    """Give the key under which an issue is sent."""
    return f"briefing:{row.reference}"


def take_back(row: Briefing, *, now: datetime) -> None:
    """Take back the mail of an issue that was revoked before it left."""
    if row.account_id is not None:
        notifications.withdraw_waiting(
            [key_of(row)],
            record=row.subject_ref,
            account_id=row.account_id,
            template=TEMPLATE,
            now=now,
        )
