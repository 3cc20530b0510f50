"""The page of one case: everything it shows, read with a fixed number of statements."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, PromiseState
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import Team, User
from portal.blueprints.auth.rules import is_away
from portal.blueprints.policies.rules import SeverityPolicy
from portal.core import access, paging
from portal.core.access import Actor, K, Role, Subject
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.money import Money, from_minor

from .. import rules
from ..models import OPEN_STATES, ClockEvent, ClockKind, Escalation, Trigger
from .beside import Beside, Decided, Moved, beside, decided, moved, of_part
from .clocks import clock_events, clocks, day_of, policy_of, today_of
from .finding import (
    LONG_TRACK,
    LONG_TRACK_ASKED,
    LOWERING_ASKED,
    RAISING_PROPOSED,
    SEVERITY_DECIDED,
    TRIGGER_DECIDED,
    TRIGGER_PROPOSED,
    seen_by,
)
from .parts import chain
from .playing import Step, steps_beside

NAMED = Escalation.reference == sa.bindparam("of_case")
PARTS = (
    "criteria",
    "holds",
    "notices",
    "mails",
    "named",
    "tasks",
    "stakeholders",
    "told",
    "affected",
    "present",
    "watching",
)


TARGET, BEFORE = (aliased(Escalation, name=name) for name in ("target", "before"))
"""The case into which a case was merged, and the one that it follows."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case as its page shows it."""

    row: Escalation
    account: Account
    owner: str | None
    executive_owner: str | None
    team: str | None
    team_retired: bool
    declared_by: str | None
    ask_of: str | None
    merged_into: str | None
    follows: str | None
    opens: frozenset[str]
    fixer: str | None
    stake: Money | None
    clocks: list[rules.Clock]
    policy: SeverityPolicy
    entries: paging.Page[account_queries.Entry]
    promises: list[account_queries.PromiseLine]
    criteria: list[Beside]
    transfers: list[Moved]
    holds: list[Beside]
    notices: list[Beside]
    mails: list[Beside]
    named: list[Beside]
    tasks: list[Beside]
    stakeholders: list[Beside]
    told: list[Beside]
    affected: list[Beside]
    present: list[Beside]
    watching: list[Beside]
    steps: list[Step]
    authors: tuple[str, ...]
    merged: tuple[str, ...]
    decisions: list[Decided]
    events: list[ClockEvent]
    who: frozenset[rules.Who]
    reads_value: bool
    reads_executive: bool

    @property
    def next_contact(self) -> rules.Clock | None:
        """Give the clock until which the customer must hear from us."""
        kinds = (ClockKind.SILENCE, ClockKind.REPLY_OWED)
        return rules.next_due(clock for clock in self.clocks if clock.kind in kinds)

    def day_at(self, now: datetime) -> int:
        """Give which day of the case it is."""
        return day_of(self.row, self.account, now=now)

    def _held(self, kind: ClockKind) -> list[ClockEvent]:
        """Give what held a clock: alone, or with all the others."""
        held = self._of(rules.ClockEventKind.PAUSED)
        if kind is ClockKind.PROMISE:
            return []  # what was promised stands still for nothing
        return [one for one in held if one.clock in (None, kind)]

    def pauses_of(self, kind: ClockKind) -> tuple[tuple[str, datetime], ...]:
        """Give why a clock was held, and since when."""
        return tuple((one.reason, one.at) for one in self._held(kind))

    def is_held_alone(self, kind: ClockKind) -> bool:
        """Say whether a clock was held by itself, not with all the others."""
        held = self._held(kind)
        return bool(held) and held[-1].clock is not None

    def dates_set(self, kind: ClockKind) -> tuple[tuple[str, datetime], ...]:
        """Give why a person set dates for a clock, and when; of a promise, what was promised."""
        if kind is ClockKind.PROMISE:
            return tuple((line.what, line.made_at) for line in self.open_promises[:1])
        found = self._of(rules.ClockEventKind.DATE_SET)
        return tuple((one.reason, one.at) for one in found if one.clock is kind and one.due_at)

    @property
    def policy_withdrawn(self) -> bool:
        """Say whether the policy of the case was withdrawn, and no other taken since."""
        moved = {
            rules.ClockEventKind.POLICY_WITHDRAWN.value,
            rules.ClockEventKind.POLICY_ADOPTED.value,
        }
        marks = [one.kind for one in self.events if one.kind in moved]
        return marks[-1:] == [rules.ClockEventKind.POLICY_WITHDRAWN.value]

    def _of(self, kind: rules.ClockEventKind) -> list[ClockEvent]:
        return [one for one in self.events if one.kind == kind.value]

    @property
    def open_promises(self) -> list[account_queries.PromiseLine]:
        """Give the promises we still owe, the next due first."""
        return _still_owed(self.promises)

    @property
    def lowering(self) -> Decided | None:
        """Give the wish to lower the case that waits for its second person."""
        return self._waiting(LOWERING_ASKED, SEVERITY_DECIDED)

    @property
    def lasting(self) -> Decided | None:
        """Give the wish for the long track that waits for its second person."""
        return self._waiting(LONG_TRACK_ASKED, LONG_TRACK)

    def _waiting(self, asked: str, settled: str) -> Decided | None:
        last = [one for one in self.decisions if one.kind in (asked, settled)][-1:]
        return last[0] if last and last[0].kind == asked else None

    @property
    def raising(self) -> Decided | None:
        """Give the proposal to raise the case that waits for somebody's answer."""
        return self._waiting(RAISING_PROPOSED, SEVERITY_DECIDED)

    @property
    def threat(self) -> Decided | None:
        """Give the graver trigger that an answer of the customer says, while nobody decided."""
        found = self._waiting(TRIGGER_PROPOSED, TRIGGER_DECIDED)
        graver = found and rules.is_graver(Trigger(found.recommended["trigger"]), self.row.trigger)
        return found if graver and self.row.state in OPEN_STATES else None

    @property
    def contradictions(self) -> dict[int, list[account_queries.PromiseLine]]:
        """Give, for an open promise, the open ones of other people to hold it against."""
        lines = {line.id: line for line in self.open_promises}
        pairs = rules.contradictions(
            [
                rules.Promised(line.id, line.by_id, line.what, line.due_at)
                for line in lines.values()
            ],
            zone=self.account.zone,
        )
        return {one: [lines[i] for i in sorted(others)] for one, others in pairs.items()}


def seats(case: Escalation, *, by: Actor, owner: bool) -> frozenset[rules.Who]:
    """Say what somebody is to a case; `owner`: they own it, or stand in for who does."""
    found = {
        rules.Who.APPROVER: bool(by.roles & {Role.ESCALATION_MANAGER, Role.LEADERSHIP}),
        rules.Who.ESCALATION_MANAGER: Role.ESCALATION_MANAGER in by.roles,
        rules.Who.LEADERSHIP: Role.LEADERSHIP in by.roles,
        rules.Who.AUTHOR: case.declared_by_id == by.id,
        rules.Who.DECLARER: by.may(access.Permission.ESCALATIONS_DECLARE),
        rules.Who.OWNER: owner,
    }
    return frozenset(who for who, holds in found.items() if holds)


def case_page(
    viewer: Actor,
    reference: str,
    *,
    now: datetime,
    cursor: str | None = None,
    wanted: account_queries.Wanted | None = None,
) -> Case:
    """Give everything the page of a case shows to this viewer, its timeline narrowed to what is
    wanted; `NotFound` where there is none.
    """
    found = _head(viewer, reference, now=now)
    row, account = found.Escalation, found.Account
    policy = policy_of(row)
    events = clock_events([row.id])[row.id]
    value = access.sees(viewer, Subject.ESCALATION, klass=K.CONFIDENTIAL, related=True)
    small = list(beside(row, viewer, now=now))
    merged = tuple(sorted(filter(None, (found.merged or "").split(","))))
    decisions = [decided(one) for one in small if one.part == "decision"]
    promises = account_queries.promises(viewer, now=now, case_refs=(reference, *merged))
    owed = next(((line.made_at, line.due_at) for line in _still_owed(promises)), None)
    return Case(
        row=row,
        account=account,
        owner=found.owner,
        executive_owner=found.executive_owner,
        team=found.team,
        team_retired=bool(found.team_retired),
        declared_by=found.declared_by,
        ask_of=found.ask_of,
        merged_into=found.merged_into,
        follows=found.follows,
        opens=_opens(found),
        fixer=found.fixer,
        stake=_stake(row) if value else None,
        clocks=clocks(row, account, policy=policy, rows=events, promised=owed),
        policy=policy,
        entries=account_queries.timeline(
            viewer,
            account.id,
            now=now,
            case_refs=(reference, *merged),
            wanted=wanted,
            cursor=cursor,
        ),
        promises=promises,
        merged=merged,
        authors=tuple(sorted((one.a or "" for one in of_part(small, "authors")), key=str.casefold)),
        **{part: of_part(small, part) for part in PARTS},
        transfers=[moved(one) for one in of_part(small, "transfers")],
        decisions=decisions,
        steps=steps_beside(of_part(small, "steps"), row),
        events=events,
        who=seats(row, by=viewer, owner=_owns(found, viewer, now=now)),
        reads_value=value,
        reads_executive=access.sees(viewer, Subject.ESCALATION, klass=K.RESTRICTED, related=True),
    )


def _still_owed(lines: list[account_queries.PromiseLine]) -> list[account_queries.PromiseLine]:
    return [line for line in lines if line.state is PromiseState.OPEN]


@cache
def _made() -> Any:
    """Make the statement for a case, its account and the names of its people: once for all.

    Names are asked for one by one, not joined: PostgreSQL weighs every order of its joins, which
    took ten times as long as reading.
    """
    owner = aliased(User, name="o")
    inside, went_in = aliased(Escalation, name="merged"), chain(NAMED)
    merged = (
        sa.select(sa.func.aggregate_strings(inside.reference, ","))
        .join(went_in, went_in.c.id == inside.id)
        .where(sa.not_(went_in.c.shut), inside.reference != NAMED.right)
    )
    return (
        sa.select(
            Escalation,
            Account,
            owner.name.label("owner"),
            owner.absent_from,
            owner.absent_until,
            _name_of(User, Escalation.executive_owner_id).label("executive_owner"),
            _name_of(User, Escalation.declared_by_id).label("declared_by"),
            _name_of(User, Escalation.ask_of_id).label("ask_of"),
            _name_of(Team, Escalation.team_id).label("team"),
            sa.exists()
            .where(Team.id == Escalation.team_id, Team.retired_at.is_not(None))
            .correlate(Escalation)
            .label("team_retired"),
            TARGET.reference.label("merged_into"),
            BEFORE.reference.label("follows"),
            _name_of(User, Escalation.fix_owner_id).label("fixer"),
            merged.scalar_subquery().label("merged"),
        )
        .join(Account, Account.id == Escalation.account_id)
        .outerjoin(owner, owner.id == Escalation.owner_id)
        # What is restricted is not named on the page of another case.
        .outerjoin(TARGET, _open_about(TARGET, Escalation.merged_into_id))
        .outerjoin(BEFORE, _open_about(BEFORE, Escalation.previous_id))
    )


def _name_of(table: Any, number: Any) -> sa.ScalarSelect[str]:
    other = aliased(table)
    return sa.select(other.name).where(other.id == number).correlate(Escalation).scalar_subquery()


def _open_about(other: Any, number: Any) -> sa.ColumnElement[bool]:
    return sa.and_(other.id == number, sa.not_(other.restricted))


@lru_cache(512)
def _head_of(viewer: Actor) -> Any:
    """Make the statement once for each reader: making it takes longer than sending it."""
    opens = (
        seen_by(viewer, now=access.AT_RUN, cases=other).label(name)
        for other, name in ((TARGET, "opens_target"), (BEFORE, "opens_before"))
    )
    whole = access.scope(viewer, Subject.ACCOUNT, account_id=Account.id, now=access.AT_RUN)
    made = _made().add_columns(*opens, whole.label("opens_account"))
    return made.where(NAMED, seen_by(viewer, now=access.AT_RUN))


def _head(viewer: Actor, reference: str, *, now: datetime) -> Any:
    """Read the case, its account and the names of its people."""
    given = {"of_case": reference, "now": now}
    found = db.session.execute(_head_of(viewer), given).one_or_none()
    if found is None:
        raise NotFound
    return found


def _opens(found: Any) -> frozenset[str]:
    """Give which of the cases that a case names, and whether its customer, its reader may look
    at.
    """
    named = (
        (found.merged_into, found.opens_target),
        (found.follows, found.opens_before),
        (found.Account.reference, found.opens_account),
    )
    return frozenset(reference for reference, may in named if reference and may)


def _owns(found: Any, viewer: Actor, *, now: datetime) -> bool:
    if found.Escalation.owner_id is None:
        return False
    if found.Escalation.owner_id == viewer.id:
        return True
    away = is_away(found.absent_from, found.absent_until, now=now)
    return away and auth_queries.responsible(found.Escalation.owner_id, now=now) == viewer.id


def _stake(row: Escalation) -> Money | None:
    return None if row.stake_minor is None else from_minor(row.stake_minor, row.currency)


def situation(case: Case, day: Callable[[date], str]) -> str:
    """Give what set the case off in one sentence; `day` is how the reader writes a day."""
    row = case.row
    due = row.deadline_at and today_of(case.account, row.deadline_at).date()
    return rules.headline(case.account.name, row.trigger, due=due, day=day)
