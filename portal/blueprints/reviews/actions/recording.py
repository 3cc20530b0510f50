"""What every action of this room does: the right, the event, the beat that live pages follow."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from portal.blueprints.accounts.rules import Objection
from portal.core import events
from portal.core.access import Actor, K, Permission
from portal.core.errors import Refused
from portal.core.i18n import _

from ..models import Review


def log(
    row: Review,
    verb: str,
    *,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Record the one event of an action, and let live pages know that something is new."""
    row.beat += 1
    row.updated_at = now
    events.record(
        f"reviews.{verb}",
        by=by,
        now=now,
        record=row.reference,
        klass=K.RESTRICTED if changes else K.INTERNAL,
        data=data,
        changes=changes,
    )


def note_export(what: str, count: int, *, kind: str, by: Actor, now: datetime) -> None:
    """Record that somebody took a table as a file: which, how many lines, in which form."""
    data = {"table": what, "lines": count, "kind": kind}
    events.record("reviews.exported", by=by, now=now, klass=K.CONFIDENTIAL, data=data)


def insist(by: Actor) -> None:
    """Refuse what only those do who run the review."""
    if not by.may(Permission.REVIEWS_RUN):
        raise Refused(_("Who runs the review does this."))


def refuse(objections: Iterable[Objection]) -> None:
    """Refuse with everything that stands against it, where anything does."""
    found = list(objections)
    if found:
        raise Refused(" ".join(o.message for o in found), field=found[0].field)
