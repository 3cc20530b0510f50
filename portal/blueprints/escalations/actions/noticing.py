"""A letter with legal effect, as it is kept at its case."""

from dataclasses import dataclass
from datetime import datetime

from portal.core.db import db

from ..models import Escalation, FormalNotice, NoticeChannel, NoticeKind


@dataclass(frozen=True, kw_only=True)
class NoticeGiven:
    """A letter with legal effect, as it came in."""

    kind: NoticeKind
    channel: NoticeChannel
    received_at: datetime
    sender: str = ""


def keep_notice(case: Escalation, notice: NoticeGiven) -> None:
    """Keep a letter with legal effect at its case."""
    db.session.add(
        FormalNotice(
            escalation_id=case.id,
            kind=notice.kind,
            channel=notice.channel,
            received_at=notice.received_at,
            sender=notice.sender,
        )
    )
