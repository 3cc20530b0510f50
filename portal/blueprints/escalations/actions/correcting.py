"""Correcting what was declared: only what somebody changed is written; no word is lost."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.core.access import Actor
from portal.core.deadlines import refuse_too_late
from portal.core.errors import Refused, Stale
from portal.core.i18n import _

from .. import rules
from ..models import Escalation, Problem, State
from .playing import play_on
from .recording import count_open, log, settle
from .restricting import shut

FIELDS = (
    "title",
    "trigger",
    "problem",
    "channel",
    "demand",
    "impact",
    "tags",
    "words_language",
    "deadline_at",
)
FINAL = (State.CLOSED, State.MERGED, State.VOID, State.DECLINED)


def correct(
    case: Escalation,
    given: Mapping[str, Any],
    *,
    was: Mapping[str, str],
    by: Actor,
    now: datetime,
) -> list[str]:
    """Correct fields of a case; `was` is what stood there as text when the person began. Gives what
    changed.

    What others changed meanwhile stays; where both changed the same field it is `Stale`, with what
    stands there now. A case that turns out to be about the conduct of a named employee closes to
    all but named people by itself.
    """
    if case.state in FINAL:
        raise Refused(_("This case has ended: note what was wrong in its timeline."))
    mine = {n: given[n] for n in FIELDS if n in given and as_text(given[n]) != was.get(n)}
    clash = {
        name: as_text(getattr(case, name))
        for name, value in mine.items()
        if as_text(getattr(case, name)) not in (was.get(name), as_text(value))
    }
    if clash:
        raise Stale(_("Somebody else changed the same words a moment ago."), current=clash)
    if wrong := rules.tags.tags_objection(mine.get("tags", ())):
        raise Refused(wrong, field="tags")
    for name in ("title", "demand"):
        if name in mine and not str(mine[name]).strip():
            raise Refused(_("This cannot be empty."), field=name)
    refuse_too_late(mine.get("deadline_at"), now=now, field="deadline")
    changes = {
        name: (as_text(getattr(case, name)), as_text(value))
        for name, value in mine.items()
        if getattr(case, name) != value
    }
    for name in changes:
        setattr(case, name, mine[name])
    if changes:
        log(
            case,
            "corrected",
            by=by,
            now=now,
            data={"fields": sorted(changes)},
            changes=changes,
        )
        settle(case, now=now)
        count_open(case.account_id)
    if "trigger" in changes:
        play_on(case, by=by, now=now, told=frozenset())
    if case.problem is Problem.EMPLOYEE_CONDUCT and "problem" in changes and not case.restricted:
        why = _("It is about the conduct of a named employee.")
        shut(case, keep=(), reason=why, by=by, now=now)
    return sorted(changes)


def as_text(value: Any) -> str:
    """Give a field as the text that is compared and logged."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
