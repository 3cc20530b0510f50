"""Who signs a lot, who could, and who else must hear of it."""

from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core.access import Actor, Grade, Permission
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.events import Event
from portal.core.i18n import _

from .. import rules
from ..models import CreditLine, CreditLot, LotState
from .lots import asks_insurer, has_a_part, lot_lines, lot_signatures, sees_all, step_of


def missing_of(row: CreditLot) -> rules.Step:
    """Give the signatures that a lot still needs."""
    signed = {one.role for one in lot_signatures(row)}
    step = step_of(row, lot_lines(row))
    return tuple(one for one in step if one.role.value not in signed)


def lot_signer(row: CreditLot, *, by: Actor, now: datetime) -> tuple[rules.Signer, rules.Signature]:
    """Give as whom somebody signs a lot, and which signature; Refused for whoever has a part in it,
    signed it already, or has not the authority.
    """
    if has_a_part(by, row, now=now):
        raise Refused(_("Who asked for it, or looks after a customer in it, does not sign."))
    if by.id is None or any(one.person_id == by.id for one in lot_signatures(row)):
        raise Refused(
            _("You have signed this request already; the next signature is another person's.")
        )
    signer = rules.Signer(by.id, frozenset(by.roles), Grade(by.grade))
    policy, _number = policy_queries.in_force(CompensationPolicy)
    place = rules.signature_for(signer, missing_of(row), policy=policy)
    if place is None:
        raise Refused(_("It needs a signature with more authority than yours."))
    return signer, place


def may_sign_lot(row: CreditLot, *, by: Actor, now: datetime) -> bool:
    """Say whether somebody could give the next signature of a lot."""
    if row.state is not LotState.REQUESTED or not by.may(Permission.CONCESSIONS_APPROVE):
        return False
    try:
        lot_signer(row, by=by, now=now)
    except Refused:
        return False
    return True


def lots_to_sign(viewer: Actor, *, now: datetime) -> list[CreditLot]:
    """Give the lots whose next signature is the viewer's to give, the longest waiting first."""
    if not (viewer.may(Permission.CONCESSIONS_APPROVE) and sees_all(viewer)):
        return []
    query = sa.select(CreditLot).where(CreditLot.state == LotState.REQUESTED)
    waiting = db.session.scalars(query.order_by(CreditLot.id))
    return [one for one in waiting if may_sign_lot(one, by=viewer, now=now)]


def lot_signers(row: CreditLot, *, now: datetime) -> list[int]:
    """Give the ids of the people of whom a lot's next signatures are asked: those of the very role,
    else whoever has more authority.
    """
    missing = missing_of(row)
    roles = {one.role for one in missing}
    policy, _number = policy_queries.in_force(CompensationPolicy)
    signed = {one.person_id for one in lot_signatures(row)}
    exact: list[int] = []
    above: list[int] = []
    for user in auth_queries.people():
        actor = auth_queries.actor_of(user)
        signer = rules.Signer(user.id, frozenset(actor.roles), Grade(actor.grade))
        able = actor.may(Permission.CONCESSIONS_APPROVE) and sees_all(actor)
        if not able or rules.signature_for(signer, missing, policy=policy) is None:
            continue
        if user.id not in signed and not has_a_part(actor, row, now=now):
            (exact if actor.roles & roles else above).append(user.id)
    return exact or above


def asks_counsel(row: CreditLot) -> bool:
    """Say whether counsel is asked about a lot: it speaks for a customer in it, or answers for the
    insurer.
    """
    lawyer = (
        sa.select(CreditLine.id)
        .join(Escalation, Escalation.account_id == CreditLine.account_id)
        .where(
            CreditLine.lot_id == row.id,
            CreditLine.left_out == "",
            Escalation.legal_mode.is_(True),
        )
    )
    return asks_insurer(row) or bool(db.session.scalar(sa.select(lawyer.exists())))


def still_here(person_id: int | None) -> bool:
    """Say whether somebody still works here: only then they are told."""
    user = None if person_id is None else db.session.get(User, person_id)
    return user is not None and bool(user.active)


def lots_waiting(*, before: datetime) -> list[CreditLot]:
    """Give the lots that were asked for before a moment and are not approved yet."""
    query = sa.select(CreditLot).where(
        CreditLot.state == LotState.REQUESTED, CreditLot.requested_at <= before
    )
    return list(db.session.scalars(query.order_by(CreditLot.id)))


def lot_chased_at(row: CreditLot) -> datetime | None:
    """Give when the signatures of a lot were last reminded of, as the log says."""
    query = sa.select(sa.func.max(Event.at)).where(
        Event.name == "concessions.lot_chased", Event.record_ref == row.reference
    )
    return db.session.scalar(query)
