"""What every action of this room does: the event, the story of the cases, people told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.blueprints.accounts.models import EntryKind, Lane, TimelineEntry
from portal.blueprints.accounts.rules import Objection
from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies.models import PolicyKind
from portal.core import events
from portal.core.access import Actor, ActorKind, K
from portal.core.db import db
from portal.core.errors import Refused, Stale
from portal.core.i18n import _, kept

from .. import queries, rules
from ..models import Postmortem


def log(
    row: Postmortem,
    verb: str,
    *,
    by: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> str:
    """Record the one event of an action, restricted where it holds words; gives its id."""
    row.updated_at = now
    return events.record(
        f"postmortems.{verb}",
        by=by,
        now=now,
        record=row.reference,
        account_id=row.account_id,
        klass=K.RESTRICTED if changes else K.INTERNAL,
        data=data,
        changes=changes,
    )


def tell_story(row: Postmortem, text: str, *, uid: str, by: Actor, now: datetime) -> None:
    """Add an entry to the timeline of each case covered: steps alone, never what was written."""
    for reference in queries.case_refs(row):
        add_entry(
            row, text, case_ref=reference, kind=EntryKind.STATUS, uid=uid, by=by, at=now, now=now
        )


def add_entry(
    row: Postmortem,
    text: str,
    *,
    case_ref: str,
    kind: EntryKind,
    uid: str,
    by: Actor,
    at: datetime,
    now: datetime,
) -> None:
    """Add one internal entry to a timeline, be it the post-mortem's own."""
    db.session.add(
        TimelineEntry(
            account_id=row.account_id,
            case_ref=case_ref,
            lane=Lane.INTERNAL,
            kind=kind,
            klass=int(K.INTERNAL),
            event_at=at,
            recorded_at=now,
            author_id=by.id if by.kind is ActorKind.PERSON else None,
            author_name=by.name[:120],
            text=text,
            said=kept(text),
            language=by.language,
            event_uid=uid,
        )
    )


def inform(
    row: Postmortem,
    people: Mapping[int, str],
    template: str,
    *,
    key: str,
    by: Actor,
    now: datetime,
    **context: Any,
) -> None:
    """Tell people (id → why they are told) about a post-mortem, each once by `key`, but not who
    did it; nothing of what was written leaves the portal.
    """
    account = queries.account_of(row)
    shown = {
        "reference": row.reference,
        "account": account.name,
        "cases": ", ".join(queries.case_refs(row)),
        "draft_due_on": row.draft_due_on,
        "approval_due_on": row.approval_due_on,
    }
    for person_id, why in people.items():
        if person_id == by.id:
            continue
        notification_actions.notify(
            person_id,
            template=f"postmortems/{template}",
            context=shown | context,
            why=why,
            key=f"{row.reference}:{key}:{person_id}",
            record=row.reference,
            account_id=row.account_id,
            klass=K.INTERNAL,
            by=by,
            now=now,
        )


def decide(
    row: Postmortem,
    kind: str,
    *,
    facts: Mapping[str, Any],
    recommendation: Mapping[str, Any],
    chosen: Mapping[str, Any],
    by: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    """Write down a decision under the policy by which the post-mortem became due."""
    policy_actions.decide(
        f"postmortems.{kind}",
        record=row.reference,
        account_id=row.account_id,
        klass=K.INTERNAL,
        policy=(PolicyKind.POSTMORTEM, row.policy_number),
        facts=facts,
        recommendation=recommendation,
        chosen=chosen,
        by=by,
        now=now,
        reason=reason,
    )


def insist(row: Postmortem, right: rules.Right, *, by: Actor) -> None:
    """Refuse what somebody cannot do with a post-mortem, in its present state."""
    if right in queries.rights_of(row, by=by):
        return
    raise Refused(_("This cannot be done now, or not by you: look at where it stands."))


def refuse(objections: tuple[Objection, ...] | list[Objection]) -> None:
    """Refuse with everything that stands against it, where anything does."""
    if objections:
        raise Refused(" ".join(o.message for o in objections), field=objections[0].field)


def expect(row: Any, version: int | None) -> None:
    """Refuse to go on from a page that showed an older version of a record."""
    if version is not None and row.version != version:
        raise Stale(_("Somebody else changed this record a moment ago."))


def tidy(text: str) -> str:
    """Give a text with plain line ends and without blank space around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
