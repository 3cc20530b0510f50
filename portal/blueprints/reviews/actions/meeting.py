"""The meeting: what is typed live, decided, done since, and signed off."""

import hashlib
import json
from datetime import date, datetime

from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies.models import PolicyDraft, PolicyKind
from portal.core.access import Actor, Permission
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.reports import snapshot

from .. import queries, rules
from ..models import Line, LineKind, Review, ReviewState, ReviewVerdict, Sought
from .printing import header
from .recording import insist, log, refuse

LONGEST = 2_000


def begin(row: Review, *, by: Actor, now: datetime) -> None:
    """Begin the meeting; once the pack was sent, at whatever time people meet."""
    insist(by)
    if row.state is not ReviewState.CALLED:
        raise Refused(_("Send the pack first; a meeting begins once."))
    row.state, row.began_at = ReviewState.MEETING, now
    row.at_item, row.at_since = rules.CARRIED, now
    log(row, "begun", by=by, now=now)


def move_to(row: Review, key: str, *, by: Actor, now: datetime) -> None:
    """Go to an item of the agenda; every screen follows."""
    insist(by)
    if row.state is not ReviewState.MEETING:
        raise Refused(_("The meeting is not running."))
    if key not in {item.key for item in queries.agenda_of(row)}:
        raise Refused(_("This is no item of the agenda."))
    if key != row.at_item:
        row.at_item, row.at_since = key, now
        log(row, "item_begun", by=by, now=now, data={"item": key})


def capture(
    row: Review,
    kind: LineKind,
    text: str,
    *,
    owner_id: int | None = None,
    due_on: date | None = None,
    about: int | None = None,
    by: Actor,
    now: datetime,
) -> Line:
    """Write a line of the minutes, as anybody in the meeting, about a decision of it (its id) or
    none; an action names who does it.
    """
    if not by.may(Permission.REVIEWS_TAKE_PART):
        raise Refused(_("Who reads the review takes part in it."))
    if row.state is not ReviewState.MEETING:
        raise Refused(_("Nothing is written before the meeting begins, or after it is signed off."))
    said = " ".join(text.split())
    if not said:
        raise Refused(_("Write what was said."), field="text")
    if len(said) > LONGEST:
        raise Refused(_("At most %(count)s characters.", count=LONGEST), field="text")
    if kind is LineKind.ACTION and owner_id is None:
        raise Refused(_("Name who does it."), field="owner_id")
    if about is not None:
        queries.get_sought(row, about)
    line = Line(
        review_id=row.id,
        sought_id=about,
        kind=kind,
        text=said,
        author_id=by.id,
        owner_id=owner_id if kind is LineKind.ACTION else None,
        due_on=due_on if kind is LineKind.ACTION else None,
        said_at=now,
    )
    db.session.add(line)
    db.session.flush()
    data = {"kind": kind.value, "line": line.id}
    log(row, "line_written", by=by, now=now, data=data, changes={"text": (None, said)})
    return line


def decide(
    row: Review, one: Sought, verdict: ReviewVerdict, decided: str, *, by: Actor, now: datetime
) -> None:
    """Write down what the meeting decided; until the sign-off it can be said better."""
    insist(by)
    if row.state is not ReviewState.MEETING:
        raise Refused(_("Decisions are taken in the meeting."))
    objection = rules.objection_to_decide(verdict, decided)
    refuse([objection] if objection else [])
    before = one.decided
    one.verdict, one.decided, one.decided_at = verdict, decided.strip()[:LONGEST], now
    log(
        row,
        "decided",
        by=by,
        now=now,
        data={"sought": one.id, "verdict": verdict.value},
        changes={"decided": (before, one.decided)},
    )


def draft_policy(
    row: Review, one: Sought, kind: PolicyKind, *, by: Actor, now: datetime
) -> PolicyDraft:
    """Begin the change of a policy that a decision asks for, once, as who proposes such changes; it
    goes the way of every draft.
    """
    insist(by)
    if one.verdict is not ReviewVerdict.TAKEN:
        raise Refused(_("Only what was decided changes a policy."))
    if one.draft_id is not None:
        raise Refused(_("A draft follows from this decision already."))
    why = f"{row.reference}: {one.decided}"
    draft = policy_actions.start(kind, why=why, by=by, now=now)
    one.draft_id = draft.id
    data = {"sought": one.id, "policy": kind.value, "draft": draft.id}
    log(row, "policy_drafted", by=by, now=now, data=data)
    return draft


def finish(row: Review, line: Line, *, by: Actor, now: datetime) -> None:
    """Say that an action of a review is done, as who owns it or runs the review."""
    if by.id != line.owner_id:
        insist(by)
    line.done_at = now
    log(row, "action_done", by=by, now=now, data={"line": line.id})


def sign(row: Review, *, by: Actor, now: datetime) -> None:
    """Sign a review off: what it rested on is frozen with it, as the signer saw it."""
    insist(by)
    over = queries.quarter_of(row).ends_at <= now
    verdicts = [one.verdict for one in queries.sought_of(row)]
    refuse(rules.objections_to_sign(state=row.state, verdicts=verdicts, over=over))
    row.state, row.signed_by_id, row.signed_at = ReviewState.SIGNED, by.id, now
    top = header(by.language, verify_at="", now=now)
    facts = queries.pack(row, reader=by, issue=top, now=now)
    text = snapshot.dumps(facts, kind="quarterly_review")
    row.pack, row.pack_digest = json.loads(text), hashlib.sha256(text.encode()).hexdigest()
    log(row, "signed", by=by, now=now, data={"digest": row.pack_digest})
