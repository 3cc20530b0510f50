"""Publishing a version of a policy, never by its author; and withdrawing one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth
from portal.core import events
from portal.core.access import Actor, Role
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import DraftState, Policy, PolicyDraft, PolicyKind, PolicyState
from .drafting import log, refuse_outdated


def sign(draft: PolicyDraft, *, reason: str, by: Actor, now: datetime) -> Policy | None:
    """Sign a submitted draft; the last signature it needs publishes it, and gives the version."""
    role = _seat(draft, by=by)
    if not reason.strip():
        raise Refused(_("Say why this version is published."), field="reason")
    current = _lock(draft.kind)
    refuse_outdated(draft, current.number)
    if rules.rehearsed(draft.kind) and draft.load_digest != rules.digest(draft.body):
        raise Refused(
            _("What it would have meant for the last 12 months is still being worked out.")
        )
    _refuse_open_nights(draft.load or {})
    if len(rules.signatures(draft.kind)) > 1 and draft.signer_id is None:
        draft.signer_id, draft.signer_role, draft.signed_at = by.id, role.value, now
        draft.reason, draft.updated_at = reason.strip(), now
        db.session.flush()
        log(draft, "signed", by=by, now=now, changes={"reason": (None, draft.reason)})
        return None
    return _publish(draft, reason.strip(), by=by, now=now)


def _refuse_open_nights(load: Mapping[str, Any]) -> None:
    """Refuse clocks that run at night while nobody is on duty then."""
    if open_nights := load.get("nights"):
        raise Refused(
            _(
                "Its clocks run at night, and nobody is on duty then: %(teams)s. "
                "Plan their duty first.",
                teams=", ".join(open_nights),
            )
        )


def _seat(draft: PolicyDraft, *, by: Actor) -> Role:
    """Give the role somebody signs in; refused for the author, who stands in for them, whoever
    signed already, and those whose signature is not asked for.
    """
    if draft.state is not DraftState.SUBMITTED:
        raise Refused(_("This draft does not wait for a signature."))
    if by.id is None or draft.author_id in (by.id, by.on_behalf_of):
        raise Refused(_("Somebody else than the author publishes a policy."))
    if draft.author_id is not None and auth.get(draft.author_id).substitute_id == by.id:
        raise Refused(_("You stand in for the author: somebody else publishes this policy."))
    if draft.signer_id == by.id:
        raise Refused(_("You have signed: a second person publishes this policy."))
    signed = Role(draft.signer_role) if draft.signer_role else None
    role = rules.signs_as(by.roles, draft.kind, signed=signed)
    if role is None:
        raise Refused(_("This policy is published by others."))
    return role


def _lock(kind: PolicyKind) -> Policy:
    """Give the version in force, while nobody else publishes this policy."""
    first = sa.select(Policy.id).where(Policy.kind == kind).order_by(Policy.number).limit(1)
    db.session.execute(first.with_for_update())
    return queries.published(kind)


def _publish(draft: PolicyDraft, reason: str, *, by: Actor, now: datetime) -> Policy:
    document = rules.parse(draft.kind, draft.body)
    newest = sa.select(sa.func.max(Policy.number)).where(Policy.kind == draft.kind)
    row = Policy(
        kind=draft.kind,
        number=(db.session.scalar(newest) or 0) + 1,
        state=PolicyState.PUBLISHED,
        body=draft.body,
        note=document.note,
        author_id=draft.author_id,
        publisher_id=by.id,
        second_publisher_id=draft.signer_id,
        published_at=now,
    )
    db.session.add(row)
    draft.state, draft.number, draft.updated_at = DraftState.PUBLISHED, row.number, now
    draft.decider_id, draft.decided_at = by.id, now
    reasons = " / ".join(text for text in (draft.reason, reason) if text)
    draft.reason = reasons
    db.session.flush()
    changes = {"reason": (None, reasons)}
    log(draft, "published", by=by, now=now, data={"number": row.number}, changes=changes)
    return row


def refuse(draft: PolicyDraft, *, reason: str, by: Actor, now: datetime) -> None:
    """Say no to a submitted draft, with a reason for its author."""
    _seat(draft, by=by)
    if not reason.strip():
        raise Refused(_("Say why this version is not published."), field="reason")
    draft.state, draft.reason, draft.updated_at = DraftState.REFUSED, reason.strip(), now
    draft.decider_id, draft.decided_at = by.id, now
    db.session.flush()
    log(draft, "refused", by=by, now=now, changes={"reason": (None, draft.reason)})


def withdraw(kind: PolicyKind, number: int, *, reason: str, by: Actor, now: datetime) -> Policy:
    """Take a published version out of force, with a reason; another one stays in force.

    The room that keeps cases under it sees to them in the same transaction.
    """
    if by.id is None or Role.LEADERSHIP not in by.roles:
        raise Refused(_("Leadership withdraws a policy."))
    if not reason.strip():
        raise Refused(_("Say why this version is withdrawn."), field="reason")
    _lock(kind)
    living = [one for one in queries.versions(kind) if one.state is PolicyState.PUBLISHED]
    row = next((one for one in living if one.number == number), None)
    if row is None:
        raise Refused(_("This version is not in force."))
    if len(living) == 1:
        raise Refused(_("This is the only version in force: publish another one first."))
    row.state, row.withdrawn_at, row.withdrawer_id = PolicyState.WITHDRAWN, now, by.id
    row.withdrawn_because = reason.strip()
    db.session.flush()
    events.record(
        "policies.withdrawn",
        by=by,
        now=now,
        data={"kind": kind.value, "number": number},
        changes={"reason": (None, row.withdrawn_because)},
    )
    return row


def keep_load(draft: PolicyDraft, load: dict[str, Any], *, digest: str) -> bool:
    """Keep what a rehearsal found, unless the draft has changed meanwhile; a rehearsal is no act
    of anybody and leaves the log alone.
    """
    if rules.digest(draft.body) != digest:
        return False
    # Not a new version of the draft: whoever has its form open may save it.
    kept = sa.update(PolicyDraft).where(PolicyDraft.id == draft.id)
    db.session.execute(kept.values(load=load, load_digest=digest))
    db.session.expire(draft, ["load", "load_digest"])
    return True


def keep_progress(draft: PolicyDraft, *, done: int, total: int, digest: str) -> bool:
    """Keep how far a rehearsal is, and say whether it is still asked for: a draft that has changed
    meanwhile is rehearsed anew.
    """
    if rules.digest(draft.body) != digest:
        return False
    progress = {"done": done, "total": total, "digest": digest}
    kept = sa.update(PolicyDraft).where(PolicyDraft.id == draft.id)
    db.session.execute(kept.values(load=progress, load_digest=""))
    db.session.expire(draft, ["load", "load_digest"])
    return True
