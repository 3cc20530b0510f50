"""That somebody took a table of this room away as a file."""

from datetime import datetime

from portal.core import events
from portal.core.access import Actor, K


def note_export(what: str, count: int, *, kind: str, by: Actor, now: datetime) -> None:
    """Record that somebody took a table as a file: which, how many lines, in which form."""
    data = {"table": what, "lines": count, "kind": kind}
    events.record("postmortems.exported", by=by, now=now, klass=K.CONFIDENTIAL, data=data)
