"""What can be done with the log: check it, export it. Nothing changes it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from portal.core import events, sessions
from portal.core.access import Actor, K
from portal.core.db import looking
from portal.core.events import Verdict

from . import rules

if TYPE_CHECKING:
    from portal.core.backup import Manifest


def check(*, checkpoints: Path) -> Verdict:
    """Check every link, value and checkpoint of the log; writers are not kept out meanwhile."""
    with looking():
        return events.verify(checkpoints=events.read_checkpoints(checkpoints))


def note_verdict(found: Verdict, *, by: Actor, now: datetime) -> None:
    """Write down that the log was checked, and with which result."""
    data = {
        "whole": found.whole,
        "checked": found.checked,
        "redacted": found.redacted,
        "first_bad": found.bad_seq,
        "why": found.why,
    }
    events.record(rules.VERIFIED, by=by, now=now, data=data)


def note_export(*, lines: int, filters: list[str], by: Actor, now: datetime) -> None:
    """Write down that somebody took entries of the log with them."""
    data = {"lines": lines, "filters": filters}
    events.record(rules.EXPORTED, by=by, now=now, klass=K.CONFIDENTIAL, data=data)


def note_backup(made: Manifest, *, by: Actor, now: datetime) -> None:
    """Write down that somebody took a copy of everything with them."""
    data = {"until": made.seq, "files": made.files, "bad_files": len(made.bad_files)}
    events.record(rules.BACKED_UP, by=by, now=now, data=data)


def note_restore(put: Manifest, *, by: Actor, now: datetime) -> None:
    """Write down that a backup was put in the place of what was here, and end every session: some
    had been ended since it was made.
    """
    ended = sessions.end_all()
    data = {"until": put.seq, "made_at": put.made_at, "files": put.files, "sessions": ended}
    events.record(rules.RESTORED, by=by, now=now, data=data)
