"""Events of issues."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.core import events
from portal.core.access import Actor, K

from ..models import Briefing


def log(
    row: Briefing,
    name: str,
    *,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Record what happened to an issue, in its own class; `now` in UTC."""
    events.record(
        name,
        by=by,
        now=now,
        record=row.reference,
        account_id=row.account_id,
        klass=K(row.klass),
        data=data,
        changes=changes,
    )
