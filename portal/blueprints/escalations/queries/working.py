"""Who is named on a case, who does what, and who was told what, as parts of its one statement."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.accounts.models import Contact
from portal.blueprints.auth.models import User
from portal.core import access

from ..models import Stakeholder, Task, Telling
from .parts import CASE_ID, CASE_REF, TEXT, with_merged
from .parts import part as _part


@cache
def working_parts() -> tuple[sa.Select[Any], ...]:
    """Give the parts of the page's statement that this module knows."""
    return _named(), _tasks(), _stakeholders(), _told()


def _named() -> sa.Select[Any]:
    """Read who stands to the case by their own name, once for each way they do."""
    relation = access.Relation
    part = _part(
        "named", User.id, User.name, at=sa.null(), until=sa.null(), who=sa.cast(sa.null(), TEXT)
    )
    mine = sa.and_(relation.person_id == User.id, relation.record_ref == CASE_REF)
    return part.where(sa.exists().where(mine, relation.until.is_(None)))


def _tasks() -> sa.Select[Any]:
    """Read the tasks: what, who has it, why it was dropped or what was replied, by when something
    is due next, and when it was done; of a request who is asked instead, and whether a first reply
    is awaited, was asked of them, or came.
    """
    holder, instead = aliased(User, name="holder"), aliased(User, name="instead")
    awaited = sa.and_(Task.reply_by.is_not(None), Task.replied_at.is_(None))
    asked = sa.case((Task.chased_at.is_not(None), Task.substitute_id), else_=None)
    nobody, comma = sa.literal(""), sa.literal(",")
    holders = comma + sa.func.coalesce(sa.cast(Task.owner_id, TEXT), nobody) + comma
    holders = holders + sa.func.coalesce(sa.cast(asked, TEXT), nobody) + comma
    reply = sa.case(
        (Task.replied_at.is_not(None), "replied"),
        (Task.chased_at.is_not(None), "chased"),
        (Task.reply_by.is_not(None), "awaited"),
        else_=None,
    )
    part = _part(
        "tasks",
        Task.id,
        Task.what,
        holder.name,
        sa.case((Task.dropped_at.is_not(None), Task.dropped_because), else_=Task.reply),
        holders,
        sa.case((Task.dropped_at.is_not(None), "dropped"), else_=None),
        reply,
        at=sa.case((awaited, Task.reply_by), else_=Task.due_at),
        until=Task.done_at,
        who=instead.name,
    )
    return (
        part.outerjoin(holder, holder.id == Task.owner_id)
        .outerjoin(instead, instead.id == Task.substitute_id)
        .where(Task.escalation_id.in_(with_merged(CASE_ID)))
    )


def _stakeholders() -> sa.Select[Any]:
    """Read who must hear something: name, part, stance, need, and whether they are the
    customer's.
    """
    ours, theirs = aliased(User, name="ours"), aliased(Contact, name="theirs")
    side = sa.case((Stakeholder.contact_id.is_not(None), "customer"), else_="us")
    part = _part(
        "stakeholders",
        Stakeholder.id,
        sa.func.coalesce(theirs.name, ours.name),
        sa.case((Stakeholder.part != "", Stakeholder.part), else_=theirs.title),
        sa.cast(Stakeholder.stance, TEXT),
        Stakeholder.needs,
        side,
        at=Stakeholder.heard_at,
        until=sa.null(),
        who=sa.cast(sa.null(), TEXT),
    )
    return (
        part.outerjoin(ours, ours.id == Stakeholder.person_id)
        .outerjoin(theirs, theirs.id == Stakeholder.contact_id)
        .where(Stakeholder.escalation_id == CASE_ID, Stakeholder.left_at.is_(None))
    )


def _told() -> sa.Select[Any]:
    """Read what each of them was told."""
    by = aliased(User, name="teller")
    part = _part(
        "told",
        Telling.id,
        Telling.text,
        sa.cast(Telling.stakeholder_id, TEXT),
        at=Telling.at,
        until=sa.null(),
        who=by.name,
    )
    return (
        part.join(Stakeholder, Stakeholder.id == Telling.stakeholder_id)
        .outerjoin(by, by.id == Telling.by_id)
        .where(Stakeholder.escalation_id == CASE_ID, Stakeholder.left_at.is_(None))
    )
