"""The page of one case: everything it shows, read with a fixed number of statements."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, PromiseState
from portal.blueprints.auth.models import Team, User
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as MailState
from portal.blueprints.policies.models import Decision
from portal.blueprints.policies.rules import SeverityPolicy
from portal.core import access, paging
from portal.core.access import Actor, K, Role, Subject
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.money import Money, from_minor

from .. import rules
from ..models import (
    ClockKind,
    Escalation,
    ExitCriterion,
    FormalNotice,
    Hold,
    NoticeChannel,
    NoticeKind,
    Transfer,
)
from ..rules import words as rules_words
from .clocks import clock_events, clocks, policy_of, today_of
from .finding import LOWERING_ASKED, SEVERITY_DECIDED, seen_by

TEXT = sa.Text()


@dataclass(frozen=True)
class Beside:
    """A small record that hangs on a case: a criterion, a transfer, a hold, a notice, a mail."""

    part: str
    id: int
    a: str | None
    b: str | None
    c: str | None
    d: str | None
    e: str | None
    f: str | None
    at: datetime | None
    until: datetime | None
    who: str | None


@dataclass(frozen=True)
class Decided:
    """A decision on the case, with what was recommended and what was chosen."""

    id: int
    kind: str
    reason: str
    policy: str
    facts: dict[str, Any]
    recommended: dict[str, Any]
    chosen: dict[str, Any]
    at: datetime
    who: str | None


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case as its page shows it."""

    row: Escalation
    account: Account
    owner: str | None
    executive_owner: str | None
    team: str | None
    declared_by: str | None
    ask_of: str | None
    merged_into: str | None
    stake: Money | None
    clocks: list[rules.Clock]
    policy: SeverityPolicy
    entries: paging.Page[account_queries.Entry]
    promises: list[account_queries.PromiseLine]
    criteria: list[Beside]
    transfers: list[Beside]
    holds: list[Beside]
    notices: list[Beside]
    mails: list[Beside]
    decisions: list[Decided]
    pauses: list[tuple[ClockKind | None, str, datetime]]
    who: frozenset[rules.Who]
    reads_value: bool
    reads_executive: bool

    @property
    def next_contact(self) -> rules.Clock | None:
        """Give the clock until which the customer must hear from us."""
        kinds = (ClockKind.SILENCE, ClockKind.REPLY_OWED)
        return rules.next_due(clock for clock in self.clocks if clock.kind in kinds)

    @property
    def open_promises(self) -> list[account_queries.PromiseLine]:
        """Give the promises we still owe, the next due first."""
        return [line for line in self.promises if line.state is PromiseState.OPEN]

    @property
    def lowering(self) -> Decided | None:
        """Give the wish to lower the case that waits for its second person."""
        kinds = (LOWERING_ASKED, SEVERITY_DECIDED)
        last = [decided for decided in self.decisions if decided.kind in kinds][-1:]
        return last[0] if last and last[0].kind == LOWERING_ASKED else None


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


def case_page(viewer: Actor, reference: str, *, now: datetime, cursor: str | None = None) -> Case:
    """Give everything the page of a case shows to this viewer; `NotFound` where there is none."""
    found = _head(viewer, reference, now=now)
    row, account = found.Escalation, found.Account
    policy = policy_of(row)
    events = clock_events([row.id])[row.id]
    value = access.sees(viewer, Subject.ESCALATION, klass=K.CONFIDENTIAL, related=True)
    beside = list(_beside(row, viewer))
    decisions = [_decided(one) for one in beside if one.part == "decision"]
    return Case(
        row=row,
        account=account,
        owner=found.owner,
        executive_owner=found.executive_owner,
        team=found.team,
        declared_by=found.declared_by,
        ask_of=found.ask_of,
        merged_into=found.merged_into,
        stake=_stake(row) if value else None,
        clocks=clocks(row, account, policy=policy, rows=events),
        policy=policy,
        entries=account_queries.timeline(
            viewer, account.id, now=now, case_ref=reference, cursor=cursor
        ),
        promises=account_queries.promises(viewer, now=now, case_ref=reference),
        **{
            part: _of(beside, part)
            for part in ("criteria", "transfers", "holds", "notices", "mails")
        },
        decisions=decisions,
        pauses=[
            (event.clock, event.reason, event.at)
            for event in events
            if event.kind == rules.ClockEventKind.PAUSED.value
        ],
        who=seats(row, by=viewer, owner=_owns(found, viewer, now=now)),
        reads_value=value,
        reads_executive=access.sees(viewer, Subject.ESCALATION, klass=K.RESTRICTED, related=True),
    )


def _head(viewer: Actor, reference: str, *, now: datetime) -> Any:
    """Read the case, its account and the names of its people."""
    owner, chief, author, asked = (aliased(User, name=n) for n in ("o", "x", "a", "q"))
    target = aliased(Escalation, name="target")
    query = (
        sa.select(
            Escalation,
            Account,
            owner.name.label("owner"),
            owner.substitute_id,
            owner.absent_from,
            owner.absent_until,
            chief.name.label("executive_owner"),
            author.name.label("declared_by"),
            asked.name.label("ask_of"),
            Team.name.label("team"),
            target.reference.label("merged_into"),
        )
        .join(Account, Account.id == Escalation.account_id)
        .outerjoin(owner, owner.id == Escalation.owner_id)
        .outerjoin(chief, chief.id == Escalation.executive_owner_id)
        .outerjoin(author, author.id == Escalation.declared_by_id)
        .outerjoin(asked, asked.id == Escalation.ask_of_id)
        .outerjoin(Team, Team.id == Escalation.team_id)
        .outerjoin(target, target.id == Escalation.merged_into_id)
        .where(Escalation.reference == reference, seen_by(viewer, now=now))
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def _owns(found: Any, viewer: Actor, *, now: datetime) -> bool:
    if found.Escalation.owner_id is None:
        return False
    away = found.absent_from is not None and found.absent_from <= now
    back = found.absent_until is not None and found.absent_until <= now
    stands_in = away and not back and found.substitute_id == viewer.id
    return found.Escalation.owner_id == viewer.id or bool(stands_in)


def _stake(row: Escalation) -> Money | None:
    return None if row.stake_minor is None else from_minor(row.stake_minor, row.currency)


def _of(beside: Iterable[Beside], part: str) -> list[Any]:
    return [one for one in beside if one.part == part]


def _decided(one: Beside) -> Decided:
    facts, recommended, chosen = (json.loads(text or "{}") for text in (one.b, one.c, one.d))
    assert one.at is not None
    return Decided(
        id=one.id,
        kind=one.a or "",
        reason=one.e or "",
        policy=one.f or "",
        facts=facts,
        recommended=recommended,
        chosen=chosen,
        at=one.at,
        who=one.who,
    )


def _beside(row: Escalation, viewer: Actor) -> Iterable[Beside]:
    """Read everything small that hangs on a case in one statement."""
    parts = (
        _criteria(row),
        _transfers(row),
        _decisions(row, viewer),
        _holds(row),
        _notices(row),
        _mails(row, viewer),
    )
    union = sa.union_all(*parts).subquery()
    query = sa.select(union).order_by(union.c.part, union.c.id)
    return [Beside(*one) for one in db.session.execute(query)]


def _part(
    name: str, criterionid: Any, *texts: Any, at: Any, until: Any, who: Any
) -> sa.Select[Any]:
    """Give one part of the union: its name, its number, up to six texts, two times, a person.

    The first part of a union names its types, so that one has no bare nulls.
    """
    padded = [*texts, *([sa.cast(sa.null(), TEXT)] * (6 - len(texts)))]
    labelled = [text.label(key) for key, text in zip("abcdef", padded, strict=True)]
    return sa.select(
        sa.literal(name).label("part"),
        criterionid.label("id"),
        *labelled,
        at.label("at"),
        until.label("until"),
        who.label("who"),
    )


def _criteria(row: Escalation) -> sa.Select[Any]:
    by = aliased(User, name="met_by")
    part = _part(
        "criteria",
        ExitCriterion.id,
        sa.cast(ExitCriterion.text, TEXT),
        at=ExitCriterion.met_at,
        until=ExitCriterion.customer_agreed_at,
        who=by.name,
    )
    return part.outerjoin(by, by.id == ExitCriterion.met_by_id).where(
        ExitCriterion.escalation_id == row.id
    )


def _transfers(row: Escalation) -> sa.Select[Any]:
    before, after, by = (aliased(User, name=n) for n in ("before", "after", "moved_by"))
    part = _part(
        "transfers",
        Transfer.id,
        Transfer.why,
        Transfer.summary,
        before.name,
        after.name,
        at=Transfer.at,
        until=sa.null(),
        who=by.name,
    )
    return (
        part.outerjoin(before, before.id == Transfer.from_id)
        .outerjoin(after, after.id == Transfer.to_id)
        .outerjoin(by, by.id == Transfer.by_id)
        .where(Transfer.escalation_id == row.id)
    )


def _decisions(row: Escalation, viewer: Actor) -> sa.Select[Any]:
    by = aliased(User, name="decider")
    readable = [k for k in K if access.sees(viewer, Subject.ESCALATION, klass=k, related=True)]
    documents = [
        sa.cast(document, TEXT)
        for document in (Decision.facts, Decision.recommendation, Decision.chosen)
    ]
    policy = sa.cast(Decision.policy_kind, TEXT) + " " + sa.cast(Decision.policy_number, TEXT)
    part = _part(
        "decision",
        Decision.id,
        Decision.kind,
        *documents,
        Decision.reason,
        policy,
        at=Decision.decided_at,
        until=sa.null(),
        who=by.name,
    )
    return part.outerjoin(by, by.id == Decision.person_id).where(
        Decision.record_ref == row.reference, Decision.klass.in_([int(k) for k in readable])
    )


def _holds(row: Escalation) -> sa.Select[Any]:
    part = _part(
        "holds", Hold.id, Hold.room, Hold.record_ref, at=Hold.since, until=sa.null(), who=sa.null()
    )
    return part.where(Hold.escalation_id == row.id, Hold.released_at.is_(None))


def _notices(row: Escalation) -> sa.Select[Any]:
    part = _part(
        "notices",
        FormalNotice.id,
        sa.cast(FormalNotice.kind, TEXT),
        sa.cast(FormalNotice.channel, TEXT),
        FormalNotice.sender,
        sa.cast(FormalNotice.legal_deadline, TEXT),
        at=FormalNotice.received_at,
        until=sa.null(),
        who=sa.null(),
    )
    return part.where(FormalNotice.escalation_id == row.id)


def _mails(row: Escalation, viewer: Actor) -> sa.Select[Any]:
    """Read the messages to the customer that have not left yet."""
    part = _part(
        "mails",
        Notification.id,
        sa.cast(Notification.context, TEXT),
        Notification.address,
        at=Notification.send_at,
        until=sa.null(),
        who=sa.null(),
    )
    readable = access.sees(viewer, Subject.ESCALATION, klass=K.CONFIDENTIAL, related=True)
    return part.where(
        Notification.record_ref == row.reference,
        Notification.contact_id.is_not(None),
        Notification.state == MailState.WAITING,
        sa.true() if readable else sa.false(),
    )


def notice_words(one: Beside) -> tuple[str, str]:
    """Name a formal notice and how it came."""
    return rules_words.notice_words(NoticeKind(one.a or "")), rules_words.notice_channel_words(
        NoticeChannel(one.b or "")
    )


def situation(
    case: Case,
    day: Callable[[date], str],
    moment: Callable[[datetime], str],
    money: Callable[[Money], str],
) -> tuple[str, ...]:
    """Give the situation of a case in one sentence, in parts, as this viewer may read it."""
    row, contact = case.row, case.next_contact
    due = row.deadline_at and today_of(case.account, row.deadline_at).date()
    return rules.headline(
        rules.Situation(
            account=case.account.name,
            trigger=row.trigger,
            severity=row.severity,
            demand_due=due,
            at_stake=case.stake,
            owner=case.owner,
            next_contact=contact.due_at if contact else None,
        ),
        formats=rules.Formats(day=day, moment=moment, money=money),
    )


def decision_words(one: Decided) -> str:
    """Name what was decided."""
    words: dict[str, str] = {
        SEVERITY_DECIDED: _("Severity"),
        LOWERING_ASKED: _("Lower severity asked for"),
        "escalations.route": _("Route"),
        "escalations.closure": _("Closing"),
    }
    return words.get(one.kind, one.kind)
