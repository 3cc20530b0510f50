"""Remarks on a draft, with or without other words for it; taking one over loses nobody's words."""

from datetime import datetime

from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Postmortem, Remark, RemarkState, State
from .recording import expect, inform, insist, log, tidy
from .writing import LONGEST, write

LONGEST_REMARK = 4000


def remark(
    row: Postmortem,
    part: str,
    text: str,
    *,
    suggestion: str | None = None,
    was: str = "",
    for_counsel: bool = False,
    by: Actor,
    now: datetime,
) -> Remark:
    """Say something about a part of a draft, as whoever reads it. `suggestion` is the whole text as
    it should be, made on the text whose digest is `was`; one that changes nothing is none.

    What counsel says for counsel nobody else reads, nor does the log hold its words.
    """
    insist(row, rules.Right.REMARK, by=by)
    if part not in queries.parts_of(row):
        raise ValueError(part)
    lane = for_counsel or row.state is State.WITH_COUNSEL
    if lane and rules.Seat.COUNSEL not in queries.seats(row, by=by):
        raise Refused(_("For counsel alone only counsel writes."), field="for_counsel")
    said = tidy(text)
    words = _suggested(row, part, suggestion, was=was, by=by)
    if not said and words is None:
        raise Refused(_("Say it in words, or change the text."), field="text")
    if len(said) > LONGEST_REMARK:
        raise Refused(_("At most %(count)s characters.", count=LONGEST_REMARK), field="text")
    found = Remark(
        postmortem_id=row.id,
        part=part,
        person_id=by.id,
        text=said,
        suggestion=words,
        base=was if words is not None else "",
        for_counsel=lane,
        created_at=now,
        updated_at=now,
    )
    db.session.add(found)
    db.session.flush()
    _note(row, found, "remarked", {"remark": (None, said), "suggestion": (None, words)}, by, now)
    if row.facilitator_id is not None and not lane:
        day = rules.local_day(now, zone=queries.house().zone)
        key = f"remarked:{by.id}:{day.isoformat()}"
        inform(row, {row.facilitator_id: "facilitator"}, "remarked", key=key, by=by, now=now)
    return found


def _suggested(
    row: Postmortem, part: str, suggestion: str | None, *, was: str, by: Actor
) -> str | None:
    """Give the words somebody suggests, None where they change nothing."""
    words = None if suggestion is None else tidy(suggestion)
    if not words:
        return None
    if part not in rules.TEXTS:
        raise Refused(_("Other words can be suggested for a text alone."), field="suggestion")
    most = 200 if part == "title" else LONGEST
    if len(words) > most:
        raise Refused(_("At most %(count)s characters.", count=most), field="suggestion")
    base = queries.base_of(row, part, was)
    if base is None:
        message = _("The text this was made on is not known: open it again.")
        raise Refused(message, field="suggestion")
    unchanged = words in {tidy(base), tidy(queries.told_to(row, base, viewer=by))}
    return None if unchanged else words


def take(
    row: Postmortem,
    found: Remark,
    *,
    text: str | None = None,
    was: str | None = None,
    version: int | None,
    by: Actor,
    now: datetime,
) -> None:
    """Take what a remark suggests into the text, or `text`, made from it on the text whose digest
    is `was`. Where the text changed meanwhile both stand; where the same lines did, it is `Stale`
    and nothing is taken.
    """
    _refuse_settled(found)
    expect(found, version)
    if found.suggestion is None:
        raise Refused(_("It suggests no words: settle it with an answer."))
    words, base = (found.suggestion, found.base) if text is None else (text, was or "")
    write(row, found.part, words, was=base, by=by, now=now)
    _settle(row, found, RemarkState.TAKEN, "", "remark_taken", by=by, now=now)


def settle(
    row: Postmortem, found: Remark, *, answer: str, version: int | None, by: Actor, now: datetime
) -> None:
    """Settle a remark without taking words from it: who made it as they like, who writes the
    post-mortem with an answer.
    """
    _refuse_settled(found)
    own = found.person_id == by.id
    if not own:
        insist(row, rules.Right.SETTLE, by=by)
        if not answer.strip():
            raise Refused(_("Say what becomes of it."), field="answer")
    expect(found, version)
    said = " ".join(answer.split())[:400]
    _settle(row, found, RemarkState.SETTLED, said, "remark_settled", by=by, now=now)


def _refuse_settled(found: Remark) -> None:
    if found.state is not RemarkState.OPEN:
        raise Refused(_("This remark is settled already."))


def _settle(
    row: Postmortem,
    found: Remark,
    state: RemarkState,
    answer: str,
    verb: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    found.state, found.answer = state, answer
    found.settled_by_id, found.settled_at = by.id, now
    _note(row, found, verb, {"answer": (None, answer)}, by, now)
    told = {} if found.for_counsel else {found.person_id: "contributor"}
    known = queries.told_of(row, told)
    told = {person: why for person, why in told.items() if person in known}
    inform(row, told, "remark_settled", key=f"remark:{found.id}", by=by, now=now)


def _note(
    row: Postmortem,
    found: Remark,
    verb: str,
    changes: dict[str, tuple[None, str | None]],
    by: Actor,
    now: datetime,
) -> None:
    data = {"remark": found.id, "part": found.part, "for_counsel": found.for_counsel}
    said = {} if found.for_counsel else {k: pair for k, pair in changes.items() if pair[1]}
    log(row, verb, by=by, now=now, data=data, changes=said or None)
