"""What follows the log in this room: an executive escalation drafts a recovery nomination."""

from datetime import datetime
from typing import Any

from portal.core import access

from . import actions


def draft_recovery(event: dict[str, Any]) -> None:
    """Draft a recovery nomination for an executive escalation, once; a person sends it."""
    if not event["data"].get("executive"):
        return
    actions.draft_recovery(
        event["record_ref"],
        by=access.job("sponsorship.draft_recovery"),
        now=datetime.fromisoformat(event["at"]),
    )


FOLLOWS = {"escalations.declared": draft_recovery}
