"""Proposing a version of a policy: its author writes it, checks it and submits it."""

import json
import secrets
from datetime import datetime
from typing import Any

from portal.core import events
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import DraftState, PolicyDraft, PolicyKind


def start(kind: PolicyKind, *, why: str = "", by: Actor, now: datetime) -> PolicyDraft:
    """Begin a draft with what the version in force says, perhaps with what it is for; for those who
    propose this policy.
    """
    if not rules.may_propose(by.roles, kind):
        raise Refused(_("Changes of this policy are proposed by others."))
    current = queries.published(kind)
    draft = PolicyDraft(
        kind=kind,
        base_number=current.number,
        body=rules.dump(rules.parse(kind, current.body)),
        why=why,
        author_id=by.id,
        created_at=now,
        updated_at=now,
    )
    db.session.add(draft)
    db.session.flush()
    log(draft, "draft_started", by=by, now=now)
    return draft


def log(draft: PolicyDraft, name: str, *, by: Actor, now: datetime, **more: Any) -> str:
    """Note what was done with a draft."""
    data = {
        "kind": draft.kind.value,
        "draft": draft.id,
        "base": draft.base_number,
        **more.pop("data", {}),
    }
    return events.record(f"policies.{name}", by=by, now=now, data=data, **more)


def change(draft: PolicyDraft, path: str, value: Any, *, by: Actor, now: datetime) -> None:
    """Put what the author typed at a place of the document, right or wrong; nothing is lost."""
    _write(draft, rules.with_value(draft.body, path, value), path, by=by, now=now)


def add(draft: PolicyDraft, path: str, *, by: Actor, now: datetime, fact: str = "") -> None:
    """Add an empty part to a list of the document: a rule, a step, a condition about a fact."""
    if fact and fact not in rules.FIELDS:
        raise Refused(_("Choose a fact of the list."))
    shape, key = rules.SHAPES[draft.kind], secrets.token_hex(4)
    _write(draft, rules.added(draft.body, shape, path, key=key, fact=fact), path, by=by, now=now)


def move(
    draft: PolicyDraft, path: str, index: int, *, steps: int, by: Actor, now: datetime
) -> None:
    """Let a part of a list stand earlier or later."""
    _write(draft, rules.moved(draft.body, path, index, steps=steps), path, by=by, now=now)


def drop(draft: PolicyDraft, path: str, index: int, *, by: Actor, now: datetime) -> None:
    """Take a part of a list away."""
    _write(draft, rules.removed(draft.body, path, index), path, by=by, now=now)


def _write(
    draft: PolicyDraft, body: dict[str, Any], path: str, *, by: Actor, now: datetime
) -> None:
    _refuse_others(draft, by=by)
    _refuse_unless(draft, DraftState.WRITING)
    if body == draft.body:
        return
    before, after = (json.dumps(rules.value_at(b, path)) for b in (draft.body, body))
    draft.body, draft.updated_at = body, now
    db.session.flush()
    log(draft, "draft_changed", by=by, now=now, changes={path[:60] or "policy": (before, after)})


def submit(draft: PolicyDraft, *, why: str, by: Actor, now: datetime) -> None:
    """Hand a draft to those who publish; refused while something is wrong with it, where it
    changes nothing, and where it was begun on a version that is no longer in force.
    """
    _refuse_others(draft, by=by)
    _refuse_unless(draft, DraftState.WRITING)
    if not why.strip():
        raise Refused(_("Say why the policy should change."), field="why")
    document, problems = rules.read_draft(rules.SHAPES[draft.kind], draft.body)
    if document is None:
        raise Refused(
            _("Something must be put right first: %(text)s", text=problems[0].text), field="why"
        )
    current = queries.published(draft.kind)
    refuse_outdated(draft, current.number)
    body = rules.dump(document)
    if body == rules.dump(rules.parse(draft.kind, current.body)):
        raise Refused(_("This draft changes nothing."), field="why")
    draft.body, draft.why, draft.state = body, why.strip(), DraftState.SUBMITTED
    draft.submitted_at, draft.updated_at = now, now
    db.session.flush()
    log(draft, "submitted", by=by, now=now, changes={"why": (None, draft.why)})


def ask_load(draft: PolicyDraft, *, by: Actor, now: datetime) -> None:
    """Let the author see, before they submit it, what a draft would have meant for the cases of the
    last 12 months; it is worked out after the commit.
    """
    _refuse_others(draft, by=by)
    _refuse_unless(draft, DraftState.WRITING)
    if not rules.rehearsed(draft.kind):
        raise Refused(_("Changes of this policy are not rehearsed on cases."))
    document, problems = rules.read_draft(rules.SHAPES[draft.kind], draft.body)
    if document is None:
        raise Refused(_("Something must be put right first: %(text)s", text=problems[0].text))
    log(draft, "load_asked", by=by, now=now)


def refuse_outdated(draft: PolicyDraft, number: int) -> None:
    """Refuse a draft whose version is no longer in force."""
    if draft.base_number != number:
        raise Refused(
            _(
                "This draft was begun on version %(base)s, but version %(number)s is in force:"
                " carry it over first.",
                base=draft.base_number,
                number=number,
            )
        )


def carry_over(draft: PolicyDraft, *, by: Actor, now: datetime) -> tuple[str, ...]:
    """Put a draft on top of the version in force; gives the places that both changed, where the
    draft's value stands.
    """
    _refuse_others(draft, by=by)
    _refuse_unless(draft, DraftState.WRITING)
    current = queries.published(draft.kind)
    base = queries.get(draft.kind, draft.base_number)
    if base.number == current.number:
        raise Refused(_("This draft stands on the version in force already."))
    was, theirs = (rules.dump(rules.parse(draft.kind, row.body)) for row in (base, current))
    merged = rules.rebase(was, draft.body, theirs)
    draft.body, draft.base_number, draft.updated_at = merged.body, current.number, now
    db.session.flush()
    log(draft, "carried_over", by=by, now=now, data={"both": list(merged.both)})
    return merged.both


def take_back(draft: PolicyDraft, *, by: Actor, now: datetime) -> None:
    """Let the author write on in what they submitted; signatures given so far are void."""
    _refuse_others(draft, by=by)
    _refuse_unless(draft, DraftState.SUBMITTED)
    draft.state, draft.updated_at = DraftState.WRITING, now
    draft.signer_id, draft.signer_role, draft.signed_at = None, "", None
    db.session.flush()
    log(draft, "taken_back", by=by, now=now)


def give_up(draft: PolicyDraft, *, by: Actor, now: datetime) -> None:
    """Withdraw a draft: its author no longer proposes it."""
    _refuse_others(draft, by=by)
    if draft.state not in (DraftState.WRITING, DraftState.SUBMITTED):
        raise Refused(_("This draft was decided already."))
    draft.state, draft.decided_at, draft.updated_at = DraftState.WITHDRAWN, now, now
    draft.decider_id = by.id
    db.session.flush()
    log(draft, "draft_withdrawn", by=by, now=now)


def _refuse_others(draft: PolicyDraft, *, by: Actor) -> None:
    if by.id is None or draft.author_id != by.id:
        raise Refused(_("Only its author changes a draft; begin one of your own."))


def _refuse_unless(draft: PolicyDraft, state: DraftState) -> None:
    if draft.state is state:
        return
    if draft.state is DraftState.SUBMITTED:
        raise Refused(_("This draft is submitted: take it back to write on."))
    if draft.state is DraftState.WRITING:
        raise Refused(_("This draft is not submitted."))
    raise Refused(_("This draft was decided already."))
