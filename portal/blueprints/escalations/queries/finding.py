"""Finding cases and accounts, within what the viewer may see."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as accounts
from portal.blueprints.accounts.models import Account, Contact, Promise, PromiseState
from portal.blueprints.accounts.rules.text import name_key
from portal.blueprints.auth.models import Role, User
from portal.blueprints.policies.models import Decision
from portal.core import access
from portal.core.access import Actor, Reach, Subject
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import OPEN_STATES, Escalation, ExitCriterion, FormalNotice, Hold, State, Trigger
from ..rules.triggers import is_graver
from .parts import with_merged

MOST_CANDIDATES = 8
LOWERING_ASKED = "escalations.lowering_asked"
SEVERITY_DECIDED = "escalations.severity"
RAISING_PROPOSED = "escalations.raising_proposed"
TRIGGER_PROPOSED = "escalations.trigger_proposed"
TRIGGER_DECIDED = "escalations.trigger"
LONG_TRACK_ASKED = "escalations.long_track_asked"
LONG_TRACK = "escalations.long_track"


def seen_by(
    viewer: Actor, *, now: access.Instant, cases: Any = Escalation, drafts: bool = True
) -> sa.ColumnElement[bool]:
    """Give the predicate for the cases a viewer may see, be it under another name (`cases`); a
    draft is its author's alone. Without `drafts` it is for cases that are none.
    """
    mine = access.scope(
        viewer,
        Subject.ESCALATION,
        account_id=cases.account_id,
        refs=(cases.reference,),
        restricted=cases.restricted,
        now=now,
    )
    if not drafts:
        return mine
    own = sa.or_(cases.state != State.DRAFT, cases.declared_by_id == viewer.id)
    return sa.and_(mine, own)


def get(viewer: Actor, reference: str, *, now: datetime, lock: bool = False) -> Escalation:
    """Give a case; `NotFound` where there is none for this viewer.

    With `lock` nobody else changes it until this transaction ends.
    """
    query = sa.select(Escalation).where(Escalation.reference == reference, seen_by(viewer, now=now))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def opening(viewer: Actor, references: Collection[str], now: datetime) -> frozenset[str]:
    """Give those of some numbers that are cases which are not kept from the viewer: neither
    restricted to others nor somebody else's draft. How far a role reaches is not asked: whoever
    hands the cases of a colleague over has their numbers, and nothing else of them.
    """
    query = sa.select(Escalation.reference).where(
        Escalation.reference.in_(references),
        sa.or_(
            Escalation.restricted.is_(False),
            access.names(viewer, Escalation.reference, now=now),
        ),
        sa.or_(Escalation.state != State.DRAFT, Escalation.declared_by_id == viewer.id),
    )
    return frozenset(db.session.scalars(query))


OPENS = {"ESC": opening}


def hold_in_order(*references: str) -> None:
    """Let nobody else change some cases until this transaction ends. Whoever needs several holds
    them in the same order: two who need the same never wait for each other.
    """
    query = sa.select(Escalation.id).where(Escalation.reference.in_(references))
    db.session.execute(query.order_by(Escalation.id).with_for_update())


def by_reference(reference: str) -> Escalation:
    """Give a case to our own work, which is not a viewer; `NotFound` where there is none."""
    found = db.session.scalar(sa.select(Escalation).where(Escalation.reference == reference))
    if found is None:
        raise NotFound
    return found


MOST_MERGES = 20


def standing(reference: str) -> Escalation:
    """Give a case by its number to what comes in, held until the end of the transaction; for a
    merged one, the case it went into. `NotFound` where there is none.
    """
    wanted = sa.select(Escalation).with_for_update()
    case = db.session.scalar(wanted.where(Escalation.reference == reference))
    for _step in range(MOST_MERGES):
        if case is None or case.state is not State.MERGED:
            break
        case = db.session.scalar(wanted.where(Escalation.id == case.merged_into_id))
    if case is None:
        raise NotFound
    return case


def account_of(case: Escalation) -> Account:
    """Give the account of a case."""
    return db.session.get_one(Account, case.account_id)


def visible_account(
    viewer: Actor, reference: str, *, now: datetime, declares: bool = False
) -> Account:
    """Give an account by its reference; `NotFound` where there is none for this viewer. Whoever
    `declares` a case needs to see nothing of it.
    """
    seen = _LIVING if declares else _accounts_of(viewer, now=now)
    found = db.session.scalar(
        sa.select(Account).where(Account.reference == reference.strip().upper(), seen)
    )
    if found is None:
        raise NotFound
    return found


_LIVING = Account.merged_into_id.is_(None)


def _accounts_of(viewer: Actor, *, now: access.Instant) -> sa.ColumnElement[bool]:
    """Give the accounts that somebody finds by a part of their name: those they see. Whoever sees
    none by their role (an engineer, a data-protection officer) must name one exactly.
    """
    if access.reach(viewer, Subject.ACCOUNT) is Reach.NONE:
        return _LIVING
    return sa.and_(_LIVING, access.scope(viewer, Subject.ACCOUNT, account_id=Account.id, now=now))


def find_accounts(
    viewer: Actor, text: str, *, now: datetime, declares: bool = False
) -> list[Account]:
    """Give the accounts that a reference or a name means: the one it names exactly, else those
    that contain it, by name, a few at most. Whoever `declares` a case may name any customer
    exactly; their own come first.
    """
    key = name_key(text)
    if not key:
        return []
    given = {"of_reference": key.upper(), "of_name": key, "now": now}
    found: list[Account] = list(db.session.scalars(_named(viewer), given))
    if not found and declares:
        found = list(db.session.scalars(_NAMED_BY_ANYBODY, given))
    if found or access.reach(viewer, Subject.ACCOUNT) is Reach.NONE:
        return found
    like = accounts.named_like(key)
    query = sa.select(Account).where(like, _accounts_of(viewer, now=now)).limit(MOST_CANDIDATES)
    return list(db.session.scalars(query.order_by(Account.name_key, Account.id)))


# Made once for each reader: making it takes longer than sending it.
@lru_cache(512)
def _named(viewer: Actor) -> Any:
    seen = _accounts_of(viewer, now=access.AT_RUN)
    return sa.select(Account).where(_EXACTLY, seen).limit(MOST_CANDIDATES)


_EXACTLY = sa.or_(
    Account.reference == sa.bindparam("of_reference"),
    Account.name_key == sa.bindparam("of_name"),
)
_NAMED_BY_ANYBODY = sa.select(Account).where(_EXACTLY, _LIVING).limit(MOST_CANDIDATES)


def open_of_account(viewer: Actor, account_id: int, *, now: datetime) -> list[Any]:
    """Give (reference, title, severity, opened_at) of an account's open cases that the viewer may
    see, newest first.
    """
    given = {"of_account": account_id, "now": now}
    db.session.flush()
    return list(db.session.connection().execute(_open_of(viewer), given))


@lru_cache(512)
def _open_of(viewer: Actor) -> Any:
    columns = (Escalation.reference, Escalation.title, Escalation.severity, Escalation.opened_at)
    return (
        sa.select(*columns)
        .where(
            Escalation.account_id == sa.bindparam("of_account"),
            Escalation.state.in_(OPEN_STATES),
            seen_by(viewer, now=access.AT_RUN),
        )
        .order_by(Escalation.opened_at.desc(), Escalation.id.desc())
        .limit(20)
    )


def holds(case: Escalation) -> list[Hold]:
    """Give what other rooms still hold the case open with."""
    return list(
        db.session.scalars(
            sa.select(Hold)
            .where(Hold.escalation_id == case.id, Hold.released_at.is_(None))
            .order_by(Hold.id)
        )
    )


def contacts(case: Escalation) -> list[Contact]:
    """Give the customer's people of a case that are still there, the most influential first."""
    return list(
        db.session.scalars(
            sa.select(Contact)
            .where(Contact.account_id == case.account_id, Contact.left_at.is_(None))
            .order_by(Contact.influence.desc(), Contact.name, Contact.id)
        )
    )


def contact(case: Escalation, contact_id: int) -> Contact:
    """Give one of the customer's people of a case; `NotFound` for somebody else's."""
    found = db.session.scalar(
        sa.select(Contact).where(Contact.id == contact_id, Contact.account_id == case.account_id)
    )
    if found is None:
        raise NotFound
    return found


def criteria(case: Escalation) -> list[ExitCriterion]:
    """Give the exit criteria of a case in the order they were written."""
    query = sa.select(ExitCriterion).where(ExitCriterion.escalation_id == case.id)
    return list(db.session.scalars(query.order_by(ExitCriterion.id)))


def criterion(case: Escalation, criterion_id: int) -> ExitCriterion:
    """Give one exit criterion of a case."""
    found = db.session.scalar(
        sa.select(ExitCriterion).filter_by(id=criterion_id, escalation_id=case.id)
    )
    if found is None:
        raise NotFound
    return found


def has_open_promise(case: Escalation) -> bool:
    """Say whether we still owe the customer of a case something we promised."""
    query = sa.select(Promise.id).where(
        Promise.case_ref == case.reference, Promise.state == PromiseState.OPEN
    )
    return db.session.scalar(query.limit(1)) is not None


def lowering_asked(case: Escalation) -> Decision | None:
    """Give the wish to lower a case that waits for its second person, if one does."""
    return _waiting(case, LOWERING_ASKED, SEVERITY_DECIDED)


def long_track_asked(case: Escalation) -> Decision | None:
    """Give the wish for the long track that waits for its second person, if one does."""
    return _waiting(case, LONG_TRACK_ASKED, LONG_TRACK)


def _waiting(case: Escalation, asked: str, decided: str) -> Decision | None:
    """Give the last of two kinds of decision of a case if it is the one that asks."""
    last = db.session.scalar(
        sa.select(Decision)
        .where(Decision.record_ref == case.reference, Decision.kind.in_([asked, decided]))
        .order_by(Decision.id.desc())
        .limit(1)
    )
    return last if last is not None and last.kind == asked else None


def has_notice(case: Escalation) -> bool:
    """Say whether a formal notice was served in a case."""
    query = sa.select(FormalNotice.id).filter_by(escalation_id=case.id).limit(1)
    return db.session.scalar(query) is not None


def notice(case: Escalation, notice_id: int) -> FormalNotice:
    """Give one formal notice of a case."""
    found = db.session.scalar(
        sa.select(FormalNotice).where(
            FormalNotice.id == notice_id, FormalNotice.escalation_id.in_(with_merged(case.id))
        )
    )
    if found is None:
        raise NotFound
    return found


def raising_proposed(case: Escalation) -> Decision | None:
    """Give the proposal to raise a case that waits for somebody's answer, if one does."""
    return _waiting(case, RAISING_PROPOSED, SEVERITY_DECIDED)


def trigger_proposed(case: Escalation) -> Decision | None:
    """Give the proposal of a graver trigger that waits for somebody's answer, if one does; what is
    as grave by now waits for nobody.
    """
    found = _waiting(case, TRIGGER_PROPOSED, TRIGGER_DECIDED)
    if found is None or not is_graver(Trigger(found.recommendation["trigger"]), case.trigger):
        return None
    return found


def raising_proposed_for(case: Escalation, promise_id: int) -> bool:
    """Say whether a broken promise proposed to raise its case already."""
    proposed = sa.select(Decision.facts).where(
        Decision.record_ref == case.reference, Decision.kind == RAISING_PROPOSED
    )
    return any(facts["promise"] == promise_id for facts in db.session.scalars(proposed))


def sees_case(case: Escalation, viewer: Actor, *, now: datetime) -> bool:
    """Say whether somebody may see a case."""
    query = sa.select(Escalation.id).where(Escalation.id == case.id, seen_by(viewer, now=now))
    return db.session.scalar(query) is not None


def owner_choices(case: Escalation | None = None) -> list[tuple[int, str]]:
    """Give (id, name) of who may own a case, but its owner."""
    query = (
        sa.select(User.id, User.name)
        .where(
            User.active.is_(True),
            User.roles.any(Role.name.in_([role.value for role in rules.owning_roles()])),
            User.id != (case.owner_id if case else 0),
        )
        .order_by(User.name, User.id)
    )
    return [(i, name) for i, name in db.session.execute(query)]


def leader_choices() -> list[tuple[int, str]]:
    """Give (id, name) of executives and leadership."""
    roles = [access.Role.EXECUTIVE.value, access.Role.LEADERSHIP.value]
    query = (
        sa.select(User.id, User.name)
        .where(User.active.is_(True), User.roles.any(Role.name.in_(roles)))
        .order_by(User.name, User.id)
    )
    return [(i, name) for i, name in db.session.execute(query)]
