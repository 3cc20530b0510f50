"""A post-mortem with everything its page shows, as far as its reader may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import (
    Account,
    Contact,
    EntryKind,
    Lane,
    Promise,
    TimelineEntry,
)
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import Organisation, User
from portal.blueprints.auth.models import Role as RoleRow
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules.postmortem import PostmortemPolicy
from portal.core import veiling
from portal.core.access import Actor, K, Permission, Relation, Restriction, Role, Subject, sees
from portal.core.db import db, money_of
from portal.core.i18n import again
from portal.core.money import Money

from .. import rules
from ..models import (
    Action,
    Cause,
    Finding,
    Participant,
    Postmortem,
    PostmortemCase,
    State,
)
from ..rules import words

E, T = Escalation, TimelineEntry


@dataclass(frozen=True)
class CaseLine:
    """A case that a post-mortem covers."""

    id: int
    reference: str
    title: str
    owner_id: int | None
    trigger: Any
    legal_mode: bool
    severity: Any
    opened_at: datetime
    closed_at: datetime | None


def house() -> Organisation:
    """Give the organisation."""
    return auth_queries.organisation()


def today_of(now: datetime) -> date:
    """Give the day it is in the organisation's zone."""
    return rules.local_day(now, zone=house().zone)


def case_refs(row: Postmortem) -> list[str]:
    """Give the references of the cases that a post-mortem covers."""
    query = sa.select(PostmortemCase.case_ref).where(PostmortemCase.postmortem_id == row.id)
    return list(db.session.scalars(query.order_by(PostmortemCase.case_ref)))


def restricted_case(row: Postmortem) -> str | None:
    """Give one of its cases that only named people see, None where there is none."""
    query = sa.select(Restriction.record_ref).where(Restriction.record_ref.in_(case_refs(row)))
    return db.session.scalar(query.order_by(Restriction.record_ref).limit(1))


def cases_of(row: Postmortem) -> list[CaseLine]:
    """Give the cases that a post-mortem covers, by reference."""
    query = (
        sa.select(
            E.id,
            E.reference,
            E.title,
            E.owner_id,
            E.trigger,
            E.legal_mode,
            E.severity,
            E.opened_at,
            E.closed_at,
        )
        .join(PostmortemCase, PostmortemCase.case_ref == E.reference)
        .where(PostmortemCase.postmortem_id == row.id)
        .order_by(E.reference)
    )
    return [CaseLine(*found) for found in db.session.execute(query)]


def participants(row: Postmortem) -> list[int]:
    """Give the ids of who takes part."""
    query = sa.select(Participant.person_id).where(Participant.postmortem_id == row.id)
    return list(db.session.scalars(query.order_by(Participant.person_id)))


def met_on(row: Postmortem, *, zone: str) -> date | None:
    """Give the local day of its meeting, None while none was held."""
    held = db.session.scalar(
        sa.select(sa.func.min(TimelineEntry.event_at)).where(
            TimelineEntry.case_ref == row.reference, TimelineEntry.kind == EntryKind.MEETING
        )
    )
    return rules.local_day(held, zone=zone) if held else None


def deadlines_of(row: Postmortem) -> rules.Deadlines:
    """Give the last day of each step."""
    return rules.Deadlines(row.draft_due_on, row.meeting_due_on, row.approval_due_on)


def steps_late(row: Any, *, met: bool, today: date) -> tuple[str, ...]:
    """Name the steps of a post-mortem, or of a line of the list, that are late."""
    return rules.late_steps(
        rules.Deadlines(row.draft_due_on, row.meeting_due_on, row.approval_due_on),
        today=today,
        drafted=row.written_at is not None,
        met=met,
        approved=row.state in (State.APPROVED, State.PUBLISHED, State.WAIVED),
        with_counsel=row.state is State.WITH_COUNSEL,
    )


def seats(row: Postmortem, *, by: Actor, cases: Sequence[CaseLine] | None = None) -> frozenset[Any]:
    """Say what somebody is to a post-mortem."""
    owners = {case.owner_id for case in (cases_of(row) if cases is None else cases)}
    found = {
        rules.Seat.WRITER: by.may(Permission.POSTMORTEMS_WRITE),
        rules.Seat.FACILITATOR: by.id is not None and row.facilitator_id == by.id,
        rules.Seat.PARTICIPANT: by.id in participants(row),
        rules.Seat.CONTRIBUTOR: by.may(Permission.POSTMORTEMS_CONTRIBUTE),
        rules.Seat.APPROVER: by.may(Permission.POSTMORTEMS_APPROVE),
        rules.Seat.FINANCE: Role.FINANCE in by.roles,
        rules.Seat.COUNSEL: Role.LEGAL in by.roles,
        rules.Seat.CASE_OWNER: by.id in owners,
        rules.Seat.WAIVER_ASKER: by.id is not None and row.waiver_asked_by_id == by.id,
    }
    return frozenset(seat for seat, holds in found.items() if holds)


def rights_of(row: Postmortem, *, by: Actor, found: frozenset[Any] | None = None) -> frozenset[Any]:
    """Say what somebody can do with a post-mortem now; `found` is what they are to it."""
    asked = row.waiver_asked_at is not None
    return rules.rights(
        row.state, seats(row, by=by) if found is None else found, waiver_asked=asked
    )


def reads_names(found: frozenset[Any], *, viewer: Actor) -> bool:
    """Say whether somebody may read who is named in a draft: its own people, and those of K3."""
    own = {rules.Seat.FACILITATOR, rules.Seat.PARTICIPANT}
    by_role = sees(viewer, Subject.POSTMORTEM_DRAFT, klass=K.RESTRICTED, related=True)
    return by_role or bool(found & own)


def roles_of_people(row: Postmortem) -> dict[str, str]:
    """Give the people around a post-mortem as name → the role that stands for it: ours by title
    or role, the customer's by title.
    """
    refs = case_refs(row)
    ids = sa.union(
        sa.select(Participant.person_id).where(Participant.postmortem_id == row.id),
        sa.select(Action.owner_id).where(Action.postmortem_id == row.id),
        sa.select(E.owner_id).where(E.reference.in_(refs)),
        sa.select(E.declared_by_id).where(E.reference.in_(refs)),
        sa.select(E.executive_owner_id).where(E.reference.in_(refs)),
        sa.select(T.author_id).where(T.case_ref.in_(refs)),
        sa.select(Promise.by_id).where(Promise.case_ref.in_(refs)),
        sa.select(Postmortem.facilitator_id).where(Postmortem.id == row.id),
        sa.select(Account.owner_id).where(Account.id == row.account_id),
        sa.select(Relation.person_id).where(Relation.record_ref.in_([*refs, row.reference])),
    ).subquery()
    found = {
        contact.name: contact.title or words.role_words("contact")
        for contact in db.session.scalars(
            sa.select(Contact).where(Contact.account_id == row.account_id)
        )
    }
    ours = (
        sa.select(User.name, User.title, sa.func.min(RoleRow.name))
        .outerjoin(User.roles.of_type(RoleRow))
        .where(User.id.in_(sa.select(ids.c[0])))
        .group_by(User.id, User.name, User.title)
    )
    for name, title, role in db.session.execute(ours):
        found[name] = title or words.role_words(role or "")
    return found


def texts_of(
    row: Postmortem,
    *,
    causes: Sequence[Cause],
    findings: Sequence[Finding],
    actions: Sequence[Action],
) -> dict[str, str]:
    """Give everything that will be published, by its heading."""
    found = {words.field_words(name): getattr(row, name) for name in rules.TEXTS}
    found[words.field_words("causes")] = "\n".join(
        "\n".join([cause.text, *(why.text for why in rules.whys_read(cause.whys)), cause.evidence])
        for cause in causes
    )
    found[words.field_words("findings")] = "\n".join(finding.text for finding in findings)
    found[words.field_words("actions")] = "\n".join(
        f"{action.what}\n{action.outcome}\n{action.verification}" for action in actions
    )
    return found


def causes_of(row: Postmortem) -> list[Cause]:
    """Give the causes in the order they were written."""
    query = sa.select(Cause).where(Cause.postmortem_id == row.id)
    return list(db.session.scalars(query.order_by(Cause.id)))


def findings_of(row: Postmortem) -> list[Finding]:
    """Give the findings in the order they were written."""
    query = sa.select(Finding).where(Finding.postmortem_id == row.id)
    return list(db.session.scalars(query.order_by(Finding.id)))


def actions_of(row: Postmortem) -> list[Action]:
    """Give the actions in the order they were written."""
    query = sa.select(Action).where(Action.postmortem_id == row.id)
    return list(db.session.scalars(query.order_by(Action.id)))


def draft_of(
    row: Postmortem,
    *,
    cases: Sequence[CaseLine],
    causes: Sequence[Cause],
    actions: Sequence[Action],
    approver_id: int | None = None,
) -> rules.Draft:
    """Give a post-mortem as its rules see it, under the policy it became due by."""
    policy = policy_queries.numbered(PostmortemPolicy, row.policy_number)
    chosen = rules.CounselChoice(row.counsel_choice) if row.counsel_choice else None
    return rules.Draft(
        state=row.state,
        summary=row.summary,
        causes=tuple(rules.Cause(c.factor, c.text) for c in causes),
        actions=tuple(
            rules.Action(a.owner_id, a.what, a.outcome, a.due_on, a.verification) for a in actions
        ),
        facilitator_id=row.facilitator_id,
        case_owner_ids=frozenset(c.owner_id for c in cases if c.owner_id is not None),
        approver_id=approver_id or row.approved_by_id,
        counsel_chooses=rules.counsel_chooses(
            [c.trigger for c in cases], legal_mode=any(c.legal_mode for c in cases), policy=policy
        ),
        counsel_choice=chosen,
    )


def _with_merged(refs: Sequence[str]) -> list[str]:
    """Give cases with those merged into them, unless only named people see these."""
    into = sa.select(E.id).where(E.reference.in_(refs))
    inside = sa.select(E.reference).where(E.merged_into_id.in_(into), sa.not_(E.restricted))
    return [*refs, *(one for one in db.session.scalars(inside) if one not in refs)]


def story_refs(row: Postmortem) -> list[str]:
    """Give the cases that a post-mortem covers, with those merged into them."""
    return _with_merged(case_refs(row))


def story_of(row: Postmortem, *, refs: Sequence[str] | None = None) -> list[rules.Story]:
    """Give what the cases know, and those merged into them, for the timelines to begin with: what
    is internal (K1) alone. With `refs` only what these of them know.
    """
    refs = story_refs(row) if refs is None else refs
    entries = db.session.execute(
        sa.select(T.event_at, T.kind, T.lane, T.text, T.said, T.recorded_at, T.author_name).where(
            T.case_ref.in_(refs), T.klass == int(K.INTERNAL), T.redacted_at.is_(None)
        )
    ).all()
    told = [again(entry.said) if entry.said else entry.text for entry in entries]
    hidden = _restricted_beside(refs, told)
    promises = db.session.execute(
        sa.select(
            Promise.made_at,
            Promise.what,
            Promise.state,
            Promise.due_at,
            Promise.created_at,
            Promise.settled_at,
            User.name,
        )
        .outerjoin(User, User.id == Promise.by_id)
        .where(Promise.case_ref.in_(refs))
    )
    return [
        *(
            rules.Story(
                at,
                kind,
                lane,
                veiling.without(text, hidden),
                recorded_at=recorded,
                who=who,
            )
            for (at, kind, lane, _text, _said, recorded, who), text in zip(
                entries, told, strict=True
            )
        ),
        *(
            rules.Story(
                at,
                EntryKind.PROMISE,
                Lane.CUSTOMER,
                what,
                promise=state,
                due_at=due,
                recorded_at=recorded,
                settled_at=settled,
                who=who or "",
            )
            for at, what, state, due, recorded, settled, who in promises
        ),
    ]


def _restricted_beside(refs: Sequence[str], told: Sequence[str]) -> frozenset[str]:
    """Give the restricted cases that texts name and that a post-mortem does not cover."""
    named = {number for text in told for number in veiling.numbers(text)} - set(refs)
    query = sa.select(Restriction.record_ref).where(Restriction.record_ref.in_(sorted(named)))
    return frozenset(db.session.scalars(query)) if named else frozenset()


def account_of(row: Postmortem) -> Account:
    """Give the account of a post-mortem."""
    return db.session.get_one(Account, row.account_id)


def cost_of(row: Postmortem) -> Money | None:
    """Give what it cost us, None while that is not known."""
    return money_of(row, "cost")


def told_to(row: Postmortem, text: str, *, viewer: Actor) -> str:
    """Give words of a post-mortem as a viewer may read them: with roles for names in a draft."""
    if row.state is State.PUBLISHED or reads_names(seats(row, by=viewer), viewer=viewer):
        return text
    return rules.without_names(text, roles_of_people(row))
