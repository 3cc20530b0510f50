"""An issue on its way: by mail, with its PDF where its class may leave the house."""

from datetime import datetime
from typing import Any

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notifications
from portal.core.access import Actor, K

from .. import queries
from ..models import Briefing, Subscription
from . import linking

TEMPLATE = "briefings/sent"
LASTS = 7
"""For how many days the link in a mail opens."""


def post(row: Briefing, *, by: Actor, now: datetime) -> None:
    """Tell the reader of an issue that it is there, once: by what they subscribed to, or that
    somebody made it for them. With its PDF where they subscribed, it is not restricted and tells of
    no case that only named people see; else with a link that opens once, where they sign in.
    """
    found = queries.subscription_of(row)
    if found is not None and found.ended_at is None:
        _send(row, found, by=by, now=now)
    elif found is None and row.author_id not in (None, row.reader_id):
        _send(row, None, by=by, now=now)


def _send(row: Briefing, found: Subscription | None, *, by: Actor, now: datetime) -> None:
    is_open = row.klass < K.RESTRICTED and not queries.tells_of_restricted(row)
    attached = found is not None and is_open
    context: dict[str, Any] = {
        "kind": row.kind.value,
        "account": queries.subject_name(row),
        "issue": row.issue,
        "who": "" if found else auth_queries.get(row.author_id or 0).name,
        "file": row.file_id if attached else None,
        "path": f"/briefings/{row.reference}",
    }
    if found is not None:
        context["leave"] = queries.leave_path(found)
    if not attached:
        link = linking.make_link(row, days=LASTS, by=by, now=now)
        context["once"] = {
            "path": "/briefings/once",
            "number": link.row.id,
            "nonce": link.nonce,
        }
    notifications.notify(
        row.reader_id,
        template=TEMPLATE,
        context=context,
        why="subscribed" if found else "reader",
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
    notifications.withdraw_waiting(
        [key_of(row)],
        record=row.subject_ref if row.account_id else None,
        account_id=row.account_id,
        template=TEMPLATE,
        now=now,
    )
