"""The answers to “why?” behind a cause: a tree that several people write."""

from datetime import datetime

from portal.core.access import Actor

from .. import queries, rules
from ..models import Cause, Postmortem
from .recording import expect, insist, log
from .writing import refuse_without_causes, tree


def add_why(
    row: Postmortem, cause: Cause, text: str, *, parent: int | None, by: Actor, now: datetime
) -> None:
    """Answer “why?”: of the cause, or of an answer (`parent`)."""
    insist(row, rules.Right.CONTRIBUTE, by=by)
    refuse_without_causes(row)
    whys = rules.with_why(rules.whys_read(cause.whys), text, parent=parent)
    cause.whys = tree(whys)
    _note_why(row, cause, "why_added", before=None, after=whys[-1].text, by=by, now=now)


def change_why(
    row: Postmortem,
    cause: Cause,
    why_id: int,
    *,
    text: str,
    parent: int | None,
    version: int | None,
    by: Actor,
    now: datetime,
) -> None:
    """Say an answer otherwise, or let it explain another one, with all below it."""
    insist(row, rules.Right.WRITE, by=by)
    expect(cause, version)
    before = queries.why_of(cause, why_id)
    whys = rules.why_changed(rules.whys_read(cause.whys), why_id, text, parent=parent)
    cause.whys = tree(whys)
    after = " ".join(text.split())
    _note_why(row, cause, "why_changed", before=before.text, after=after, by=by, now=now)


def remove_why(row: Postmortem, cause: Cause, why_id: int, *, by: Actor, now: datetime) -> None:
    """Take an answer out; what explained it moves up."""
    insist(row, rules.Right.WRITE, by=by)
    before = queries.why_of(cause, why_id)
    cause.whys = tree(rules.without_why(rules.whys_read(cause.whys), why_id))
    _note_why(row, cause, "why_removed", before=before.text, after=None, by=by, now=now)


def _note_why(
    row: Postmortem,
    cause: Cause,
    verb: str,
    *,
    before: str | None,
    after: str | None,
    by: Actor,
    now: datetime,
) -> None:
    data = {"cause": cause.id, "whys": len(cause.whys)}
    log(row, verb, by=by, now=now, data=data, changes={"why": (before, after)})
