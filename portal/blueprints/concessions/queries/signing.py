"""Who signs a request: who has a part in it, what was signed, who could sign next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, TargetOwner
from portal.blueprints.accounts.rules import Objection
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.auth.rules import is_away
from portal.core.access import Actor, Grade, Permission, Relation, Role
from portal.core.db import db

from .. import rules
from ..models import Approval, Concession
from . import finding
from .assessing import Weighed, today


@dataclass(frozen=True)
class Concerned:
    """Who has a part in a request, and the signatures on it that count: read once, and held
    against everybody who could sign next.
    """

    author_ids: frozenset[int]
    parties: rules.Parties
    signed: tuple[rules.Signed, ...]


def concerned(
    row: Concession,
    account: Account,
    weighed: Weighed,
    *,
    now: datetime,
    given: Sequence[Approval] | None = None,
) -> Concerned:
    """Give who has a part in a request and what was signed; `given` are all signatures that were
    ever given on it, where they are known already.
    """
    author_ids = finding.authors(row)
    here = parties(account, author_ids=author_ids, now=now)
    return Concerned(author_ids, here, tuple(standing(row, weighed, given=given)))


def parties(account: Account, *, author_ids: frozenset[int], now: datetime) -> rules.Parties:
    """Give who may never sign for an account: its owner, who carries its revenue target, and
    everybody who stands in for one of them or for an author of the request.
    """
    on = today(now)
    targets = frozenset(
        db.session.scalars(
            sa.select(TargetOwner.person_id).where(
                TargetOwner.account_id == account.id,
                TargetOwner.since <= on,
                sa.or_(TargetOwner.until.is_(None), TargetOwner.until > on),
            )
        )
    )
    owners = frozenset({account.owner_id} if account.owner_id else ())
    concerned = owners | targets | author_ids
    stand_ins = db.session.scalars(
        sa.select(User.substitute_id).where(User.id.in_(concerned), User.substitute_id.is_not(None))
    )
    substitutes = frozenset(one for one in stand_ins if one is not None)
    return rules.Parties(owners, targets, substitutes)


def signer_of(user: User) -> rules.Signer:
    """Give a person, whose roles are loaded, as the rules see them."""
    return rules.Signer(
        person_id=user.id,
        roles=frozenset(Role(role.name) for role in user.roles),
        grade=Grade(user.grade),
        active=bool(user.active),
    )


def signers(person_id: int, *, now: datetime) -> list[rules.Signer]:
    """Give the ways in which a person can sign: for themselves, then for whom they stand in."""
    own = signer_of(auth_queries.get(person_id))
    found = [own]
    for absent_id in auth_queries.absent_under([person_id], now=now):
        absent = signer_of(auth_queries.get(absent_id))
        found.append(
            rules.Signer(own.person_id, own.roles, own.grade, own.active, stands_in_for=absent)
        )
    return found


def standing(
    row: Concession, weighed: Weighed, *, given: Sequence[Approval] | None = None
) -> list[rules.Signed]:
    """Give the signatures that count: given for this proposal, and still that person's to give;
    `given` are all that were ever given on it, where they are known already.
    """
    if row.digest != weighed.seal:
        return []
    found = []
    for one in finding.living(row, given):
        if not one.seat[0].isdigit():
            continue  # revenue accounting's, before delivery: it is no step to approval
        signed = rules.Signed.at(one.seat, person_id=one.person_id)
        signer = signer_of(auth_queries.get(one.person_id))
        holder = one.for_id and signer_of(auth_queries.get(one.for_id))
        if rules.holds_still(signed, holder or signer, weighed.steps, policy=weighed.policy):
            found.append(signed)
    return found


def objections_to_signing(
    row: Concession,
    account: Account,
    weighed: Weighed,
    *,
    by: Actor,
    now: datetime,
    here: Concerned | None = None,
) -> tuple[rules.Signer | None, tuple[Objection, ...]]:
    """Give as whom a person may sign next, or what keeps them from it; `here` is who has a part in
    it, where that is known already.
    """
    if by.id is None:
        return None, ()
    here = here or concerned(row, account, weighed, now=now)
    first: tuple[Objection, ...] | None = None
    for signer in signers(by.id, now=now):
        found = _may_approve(signer, weighed, here)
        if not found:
            return signer, ()
        first = found if first is None else first
    return None, first or ()


def _may_approve(signer: rules.Signer, weighed: Weighed, here: Concerned) -> tuple[Objection, ...]:
    """Hold a person against the next signature; who had a hand in the proposal is its requester."""
    people = {signer.person_id}
    if signer.stands_in_for is not None:
        people.add(signer.stands_in_for.person_id)
    request = weighed.request
    for person_id in people & here.author_ids:
        request = replace(request, requester_id=person_id)
    return rules.may_approve(
        signer,
        request,
        parties=here.parties,
        background=weighed.background,
        policies=weighed.policies,
        signed=here.signed,
    )


def next_signers(
    row: Concession, account: Account, weighed: Weighed, *, now: datetime
) -> list[User]:
    """Give the people whom the next signature is asked of: those of the very role, else whoever
    has more authority.
    """
    exact, above = able_signers(row, weighed, concerned(row, account, weighed, now=now))
    return exact or above


def stand_ins(people: Iterable[User], *, now: datetime) -> dict[int, int]:
    """Give who stands in for those of some people who are away: substitute → absent person."""
    return {
        one.substitute_id: one.id
        for one in people
        if one.substitute_id and is_away(one.absent_from, one.absent_until, now=now)
    }


def asked(
    row: Concession, account: Account, weighed: Weighed, *, now: datetime
) -> tuple[list[int], list[int]]:
    """Give the ids of whom the next signature is asked of, with those who stand in for who is away
    and may sign in their place; and of whoever else could give it, with more authority.
    """
    here = concerned(row, account, weighed, now=now)
    exact, above = able_signers(row, weighed, here)
    first, others = (exact, above) if exact else (above, [])
    found = [one.id for one in first]
    for person_id in stand_ins(first, now=now):
        actor = auth_queries.actor_of(auth_queries.get(person_id))
        signer, _against = objections_to_signing(
            row, account, weighed, by=actor, now=now, here=here
        )
        may = actor.may(Permission.CONCESSIONS_APPROVE)
        if may and signer is not None and person_id not in found:
            found.append(person_id)
    return found, [one.id for one in others]


def _related(row: Concession) -> set[int]:
    """Give the people who stand in a relation to the account or the case: no CSM sees others."""
    refs = [one for one in (row.reference, row.case_ref) if one]
    query = sa.select(Relation.person_id).where(
        Relation.person_id.is_not(None),
        sa.or_(
            sa.and_(Relation.account_id == row.account_id, Relation.record_ref.is_(None)),
            Relation.record_ref.in_(refs),
        ),
    )
    return {one for one in db.session.scalars(query) if one is not None}


def able_signers(
    row: Concession, weighed: Weighed, here: Concerned
) -> tuple[list[User], list[User]]:
    """Give who could give the next signature: those of the very role, and those with more
    authority.
    """
    _number, missing = rules.outstanding(weighed.steps, here.signed)
    if not missing:
        return [], []
    roles = {one.role for one in missing}
    able = []
    for user in auth_queries.people():
        signer = signer_of(user)
        if rules.signature_for(signer, missing, policy=weighed.policy) is None:
            continue  # most people: they are not looked at any further
        if not _may_approve(signer, weighed, here):
            able.append((bool(signer.roles & roles), user))
    exact = [user for is_exact, user in able if is_exact]
    if roles == {Role.CSM}:
        exact = [user for user in exact if user.id in _related(row)]
    return exact, [user for is_exact, user in able if not is_exact]
