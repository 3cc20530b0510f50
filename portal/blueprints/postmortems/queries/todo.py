"""The actions of all post-mortems that a viewer sees, as lists, files and programs take them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.core import paging
from portal.core.access import Actor, K, Role, Subject, sees
from portal.core.db import db

from .. import rules
from ..models import (
    Action,
    ActionKind,
    ActionPriority,
    ActionState,
    Participant,
    Postmortem,
    State,
)
from ..rules import words
from .finding import Line, seen_by
from .reading import roles_of_people

A, P = Action, Postmortem


@dataclass(frozen=True)
class TodoSearch:
    """What a list of actions is narrowed to: a state, an account, a post-mortem, one's own, what
    is open after its day.
    """

    state: ActionState | None = None
    account: str = ""
    postmortem: str = ""
    mine: bool = False
    late: bool = False


@dataclass(frozen=True)
class TodoLine:
    """An action in a list; `owner` is a role where its reader may not know the name."""

    id: int
    version: int
    postmortem: str
    account_ref: str
    account_name: str
    what: str
    outcome: str
    verification: str
    reason: str
    owner: str
    owner_id: int
    kind: ActionKind | None
    priority: ActionPriority
    due_on: date
    state: ActionState
    late: bool
    settled_at: datetime | None
    ticket: str
    ticket_url: str


def title_read(line: Line, *, viewer: Actor) -> str | None:
    """Give the title of a post-mortem in a list, None where this reader may not know it: who may
    not read the names of a draft, and anybody but counsel and who leads it while counsel has it.
    """
    if line.state is State.PUBLISHED:
        return line.title
    if line.state is State.WITH_COUNSEL and not _with_counsel(line.facilitator_id, viewer):
        return None
    return line.title if _reads_names(viewer) else None


def leader_read(line: Line, *, viewer: Actor) -> str | None:
    """Give who leads a post-mortem in a list, None where this reader may not know the name."""
    if line.facilitator_id is not None and line.facilitator_id == viewer.id:
        return line.facilitator
    final = line.state is State.PUBLISHED
    return line.facilitator if _reads_names(viewer) and not final else None


def _reads_names(viewer: Actor) -> bool:
    return sees(viewer, Subject.POSTMORTEM_DRAFT, klass=K.RESTRICTED, related=True)


def _with_counsel(facilitator_id: int | None, viewer: Actor) -> bool:
    return Role.LEGAL in viewer.roles or (viewer.id is not None and facilitator_id == viewer.id)


def todo_page(
    viewer: Actor,
    search: TodoSearch,
    *,
    today: date,
    now: datetime,
    cursor: str | None = None,
    limit: int = paging.LIMIT,
) -> paging.Page[TodoLine]:
    """Give a page of actions, what falls due first at the top."""
    query = _selected(viewer, search, today=today, now=now)
    found = paging.keyset(
        query, sort=A.due_on, row_id=A.id, descending=False, cursor=cursor, limit=limit
    )
    teller = _Teller(viewer, today)
    return paging.Page([teller.line(row) for row in found.rows], found.after, found.before)


def todo_table(
    viewer: Actor, search: TodoSearch, *, today: date, now: datetime
) -> Iterator[TodoLine]:
    """Give every action of a search, in the order of the list."""
    query = _selected(viewer, search, today=today, now=now).order_by(A.due_on, A.id)
    return map(_Teller(viewer, today).line, db.session.execute(query))


def _selected(viewer: Actor, search: TodoSearch, *, today: date, now: datetime) -> sa.Select[Any]:
    part = sa.exists().where(Participant.postmortem_id == P.id, Participant.person_id == viewer.id)
    query: Any = (
        sa.select(
            A.id,
            A.version,
            A.postmortem_id,
            P.reference.label("postmortem"),
            P.state.label("stands"),
            P.facilitator_id,
            part.label("takes_part"),
            Account.reference.label("account_ref"),
            Account.name.label("account_name"),
            A.what,
            A.outcome,
            A.verification,
            A.reason,
            User.name.label("owner"),
            A.owner_id,
            A.kind,
            A.priority,
            A.due_on,
            A.state,
            A.settled_at,
            A.ticket,
            A.ticket_url,
        )
        .join(P, P.id == A.postmortem_id)
        .join(Account, Account.id == P.account_id)
        .join(User, User.id == A.owner_id)
        .where(seen_by(viewer, now=now), _not_counsels(viewer))
    )
    if search.state is not None:
        query = query.where(A.state == search.state)
    if search.late:
        query = query.where(A.state == ActionState.OPEN, A.due_on < today)
    if search.account:
        query = query.where(Account.reference == search.account)
    if search.postmortem:
        query = query.where(P.reference == search.postmortem)
    found: sa.Select[Any] = query.where(A.owner_id == viewer.id) if search.mine else query
    return found


def _not_counsels(viewer: Actor) -> sa.ColumnElement[bool]:
    """Leave out in SQL what is counsel's alone."""
    if Role.LEGAL in viewer.roles:
        return sa.true()
    return sa.or_(P.state != State.WITH_COUNSEL, P.facilitator_id == viewer.id)


class _Teller:
    """Puts actions as their reader may read them: with roles for names in a draft of others."""

    def __init__(self, viewer: Actor, today: date) -> None:
        self.viewer, self.today = viewer, today
        self.roles: dict[int, Mapping[str, str]] = {}

    def line(self, row: Any) -> TodoLine:
        """Give one action."""
        veil = self._veil(row)
        owner = row.owner
        if veil is not None:
            owner = veil.get(owner, words.role_words(""))
        said: dict[str, Any] = {
            name: getattr(row, name)
            if veil is None
            else rules.without_names(getattr(row, name), veil)
            for name in ("what", "outcome", "verification", "reason")
        }
        plain = ("id", "version", "postmortem", "account_ref", "account_name", "owner_id", "kind")
        more = ("priority", "due_on", "state", "settled_at", "ticket", "ticket_url")
        return TodoLine(
            **{name: getattr(row, name) for name in (*plain, *more)},
            **said,
            owner=owner,
            late=row.state is ActionState.OPEN and row.due_on < self.today,
        )

    def _veil(self, row: Any) -> Mapping[str, str] | None:
        """Give the roles that stand for names, None where the reader knows the names."""
        own = row.takes_part or row.facilitator_id == self.viewer.id
        if row.stands is State.PUBLISHED or own or _reads_names(self.viewer):
            return None
        if row.postmortem_id not in self.roles:
            lesson = db.session.get_one(P, row.postmortem_id)
            self.roles[row.postmortem_id] = roles_of_people(lesson)
        return self.roles[row.postmortem_id]
