"""A post-mortem as its page shows it, as far as its reader may see it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import Decision
from portal.core.access import Actor, Subject
from portal.core.money import Money

from .. import rules
from ..models import Action, ActionState, Cause, Factor, Finding, FindingKind, Postmortem, State
from ..rules import words
from .reading import (
    CaseLine,
    account_of,
    actions_of,
    cases_of,
    causes_of,
    cost_of,
    draft_of,
    findings_of,
    house,
    met_on,
    participants,
    reads_names,
    rights_of,
    roles_of_people,
    seats,
    steps_late,
    texts_of,
)
from .recurring import RecurrenceLine, recurrences_of, since_due

UNSETTLED = (ActionState.OPEN, ActionState.DONE)
NEXT_DAY: dict[State, Callable[[Postmortem], date]] = {
    State.DUE: lambda row: row.draft_due_on,
    State.DRAFT: lambda row: row.draft_due_on,
    State.IN_REVIEW: lambda row: row.approval_due_on,
}


@dataclass(frozen=True)
class CauseLine:
    """A cause as a page shows it."""

    id: int
    value: Factor
    factor: str
    text: str
    whys: Sequence[rules.WhyNode]
    weight: int | None
    evidence: str
    evidence_url: str
    again: Sequence[RecurrenceLine]


@dataclass(frozen=True)
class FindingLine:
    """A finding as a page shows it."""

    id: int
    kind: FindingKind
    text: str


@dataclass(frozen=True)
class ActionLine:
    """An action as a page shows it; `owner` is a role where its reader may not know the name."""

    id: int
    what: str
    outcome: str
    owner: str
    owner_id: int
    kind: str | None
    ticket: str
    ticket_url: str
    again: Sequence[RecurrenceLine]
    priority: Any
    due_on: date
    state: Any
    verification: str
    verified_by: str | None
    settled_at: datetime | None
    reason: str
    late: bool
    version: int
    can_finish: bool
    can_verify: bool
    can_drop: bool


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Everything a page shows of a post-mortem; `rights` say what its reader can do with it."""

    row: Postmortem
    account: Account
    cases: Sequence[CaseLine]
    texts: Mapping[str, str]
    title: str
    moments: Sequence[rules.Moment]
    hidden: bool
    causes: Sequence[CauseLine]
    findings: Mapping[FindingKind, Sequence[FindingLine]]
    actions: Sequence[ActionLine]
    people: Sequence[str]
    waiver_by: str | None
    facilitator: str | None
    approver: str | None
    cost: Money | None
    met_on: date | None
    late: Sequence[str]
    missing: Sequence[str]
    named: Sequence[str]
    rights: frozenset[rules.Right]
    decisions: Sequence[Decision]
    reads_names: bool
    reasons: str
    next_step: str
    next_day: date | None
    open_actions: int


def sheet(row: Postmortem, *, viewer: Actor, now: datetime) -> Sheet:
    """Give everything the page of a post-mortem shows to a viewer who may see it.

    Before publication people are named only to its own people and those of class K3; afterwards
    only the owners of actions are. While it is with counsel, what was written is counsel's alone.
    """
    cases, zone, final = cases_of(row), house().zone, row.state is State.PUBLISHED
    found = seats(row, by=viewer, cases=cases)
    hidden = row.state is State.WITH_COUNSEL and not found & rules.COUNSELS
    names = reads_names(found, viewer=viewer) and not final
    causes, findings, actions = causes_of(row), findings_of(row), actions_of(row)
    roles = roles_of_people(row)
    teller = _Teller(
        roles=roles,
        plain=names or final,
        today=rules.local_day(now, zone=zone),
        zone=zone,
        again=recurrences_of(row, viewer=viewer, now=now),
    )
    draft = draft_of(row, cases=cases, causes=causes, actions=actions)
    written = texts_of(row, causes=causes, findings=findings, actions=actions)
    subject = Subject.POSTMORTEM if final else Subject.POSTMORTEM_DRAFT
    met = met_on(row, zone=zone)
    taking_part = participants(row)
    everybody = auth_queries.names(
        [row.facilitator_id, row.approved_by_id, row.waiver_asked_by_id, *taking_part]
    )
    person = teller.person(everybody, named=names)
    late = steps_late(row, met=met is not None, today=teller.today)
    texts = _texts(row, teller, hidden=hidden)
    return Sheet(
        row=row,
        account=account_of(row),
        cases=cases,
        texts=texts,
        moments=rules.side_by_side(texts),
        title=texts.pop("title"),
        hidden=hidden,
        causes=[] if hidden else [teller.cause(cause) for cause in causes],
        findings=_by_kind([] if hidden else [teller.finding(one) for one in findings]),
        actions=[]
        if hidden
        else teller.actions(actions, named=names or final, seats=found, me=viewer.id),
        people=[] if hidden else [person(one) or "" for one in taking_part],
        waiver_by=person(row.waiver_asked_by_id),
        facilitator=person(row.facilitator_id),
        approver=person(row.approved_by_id),
        cost=None if hidden else cost_of(row),
        met_on=met,
        late=late,
        missing=[] if hidden else [o.message for o in rules.objections_to_approve(draft)],
        named=[o.message for o in rules.objections_to_names(written, roles=roles)] if names else [],
        rights=rights_of(row, by=viewer, found=found),
        decisions=policy_queries.decisions(viewer, row.reference, subject=subject),
        reads_names=names,
        reasons=", ".join(words.reason_words(reason) for reason in row.reasons),
        next_step=words.next_words(row.state, late=bool(late)),
        next_day=NEXT_DAY[row.state](row) if row.state in NEXT_DAY else None,
        open_actions=sum(action.state in UNSETTLED for action in actions),
    )


def _texts(row: Postmortem, teller: "_Teller", *, hidden: bool) -> dict[str, str]:
    """Give the texts as their reader may read them: none of them, or all but our own surprise."""
    facts_only = row.counsel_choice == rules.CounselChoice.FACTS_ONLY.value
    unsaid = rules.TEXTS if hidden else ("surprise",) if facts_only else ()
    return {name: "" if name in unsaid else teller.told(getattr(row, name)) for name in rules.TEXTS}


@dataclass(frozen=True)
class _Teller:
    """Puts the rows of a post-mortem as its reader may read them."""

    roles: Mapping[str, str]
    plain: bool
    today: date
    zone: str
    again: Sequence[RecurrenceLine]

    def told(self, text: str) -> str:
        """Give a text, with roles for names where its reader may not know them."""
        return text if self.plain else rules.without_names(text, self.roles)

    def person(
        self, names: Mapping[int, str], *, named: bool
    ) -> Callable[[int | None], str | None]:
        """Give what says who somebody is: by name, or by role."""

        def who(person_id: int | None) -> str | None:
            name = names.get(person_id or 0)
            return name if named or name is None else self.roles.get(name, words.role_words(""))

        return who

    def cause(self, row: Cause) -> CauseLine:
        """Give a cause."""
        whys = rules.why_tree(
            [replace(one, text=self.told(one.text)) for one in rules.whys_read(row.whys)]
        )
        again = [line for line in self.again if line.cause_id == row.id]
        named = words.factor_words(row.factor)
        return CauseLine(
            id=row.id,
            value=row.factor,
            factor=named,
            text=self.told(row.text),
            whys=whys,
            weight=row.weight,
            evidence=self.told(row.evidence),
            evidence_url=row.evidence_url,
            again=again,
        )

    def finding(self, row: Finding) -> FindingLine:
        """Give a finding."""
        return FindingLine(row.id, row.kind, self.told(row.text))

    def actions(
        self, rows: Sequence[Action], *, named: bool, seats: frozenset[Any], me: int | None
    ) -> list[ActionLine]:
        """Give the actions, their owners by name or by role, with what can be done about each."""
        leads, judges = rules.leads(seats), rules.judges(seats)
        names = auth_queries.names(i for a in rows for i in (a.owner_id, a.verified_by_id))
        owner, other = self.person(names, named=named), self.person(names, named=self.plain)
        return [
            ActionLine(
                id=row.id,
                what=self.told(row.what),
                outcome=self.told(row.outcome),
                owner=owner(row.owner_id) or "",
                owner_id=row.owner_id,
                kind=row.kind,
                ticket=row.ticket,
                ticket_url=row.ticket_url,
                again=since_due(row, self.again, zone=self.zone),
                priority=row.priority,
                due_on=row.due_on,
                state=row.state,
                verification=self.told(row.verification),
                verified_by=other(row.verified_by_id),
                settled_at=row.settled_at,
                reason=self.told(row.reason),
                late=row.state is ActionState.OPEN and row.due_on < self.today,
                version=row.version,
                can_finish=row.state is ActionState.OPEN and (leads or row.owner_id == me),
                can_verify=row.state is ActionState.DONE and judges and row.owner_id != me,
                can_drop=row.state in UNSETTLED and leads,
            )
            for row in rows
        ]


def _by_kind(found: Sequence[FindingLine]) -> dict[FindingKind, list[FindingLine]]:
    return {kind: [one for one in found if one.kind is kind] for kind in FindingKind}
