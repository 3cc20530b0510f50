"""Other customers hit by the same cause: they hang on the case, and are not cases of their own."""

from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, EntryKind
from portal.core import access
from portal.core.access import Actor, Relation, RelationKind
from portal.core.db import db, insert_once
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _

from .. import queries
from ..models import OPEN_STATES, AffectedAccount, Escalation
from .recording import inform, log, place_of, take_name_off, tell_story


def add_affected(case: Escalation, account: Account, *, by: Actor, now: datetime) -> None:
    """Note that a case hits another customer, too; who looks after that customer is told and sees
    the case, unless it is restricted. Twice is once.
    """
    if case.state not in OPEN_STATES:
        raise Refused(_("The case is not open any more."))
    if account.id == case.account_id:
        raise Refused(_("This is the customer of the case itself."), field="account")
    named = _to_be_named(case, account)
    row = {"escalation_id": case.id, "account_id": account.id, "named_id": named}
    if not insert_once(AffectedAccount, **row):
        raise Refused(_("%(name)s is on the list already.", name=account.name), field="account")
    if named is not None:
        here = place_of(case)
        access.relate(db.session, kind=RelationKind.NAMED, person_id=named, **here)
    uid = log(case, "affected_added", by=by, now=now, data={"account": account.reference})
    text = _("%(name)s is hit, too.", name=account.name)
    tell_story(case, text, kind=EntryKind.STATUS, uid=uid, by=by, now=now)
    if named is not None:
        inform(
            case,
            {named: "account_owner"},
            "affected",
            key=f"affected:{account.id}:{now.isoformat()}",
            by=by,
            now=now,
            hit=account.name,
        )


def _to_be_named(case: Escalation, account: Account) -> int | None:
    """Give who looks after the other customer, if the case is to be opened for them."""
    if case.restricted or account.owner_id is None:
        return None
    there = sa.select(Relation.id).where(
        Relation.record_ref == case.reference,
        Relation.person_id == account.owner_id,
        Relation.until.is_(None),
    )
    return account.owner_id if db.session.scalar(there.limit(1)) is None else None


def remove_affected(case: Escalation, account: Account, *, by: Actor, now: datetime) -> None:
    """Note that a case does not hit another customer after all; who saw it for their sake does not
    any more.
    """
    row = queries.affected_of(case, account.id)
    if row is None:
        raise NotFound
    db.session.delete(row)
    take_name_off(case, row.named_id)
    uid = log(case, "affected_removed", by=by, now=now, data={"account": account.reference})
    text = _("%(name)s is not hit after all.", name=account.name)
    tell_story(case, text, kind=EntryKind.STATUS, uid=uid, by=by, now=now)
