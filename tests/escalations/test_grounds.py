"""Who stays on a case, and who does not, when what made them belong to it changes."""

import sqlalchemy as sa

from portal.blueprints.escalations import actions, queries
from portal.core.access import Relation, RelationKind, Role
from tests.escalations.test_actions import declared


def test_naming_the_first_executive_leaves_roles_and_teams(cast, db, now):
    case = declared(cast, now)
    case.executive_owner_id = None
    place = {"record_ref": case.reference, "account_id": case.account_id}
    db.session.add(Relation(kind=RelationKind.NAMED, role=Role.LEGAL, **place))
    db.session.flush()
    actions.name_executive(case, cast.ids["dora"], by=cast.erik, now=now)
    roles = sa.select(Relation.role).filter_by(record_ref=case.reference, kind=RelationKind.NAMED)
    assert "legal" in db.session.scalars(roles).all()


def test_a_former_executive_owner_stays_while_something_is_theirs(cast, db, now):
    case = declared(cast, now)
    actions.name_executive(case, cast.ids["dora"], by=cast.erik, now=now)
    task = actions.add_task(case, "Call them", owner_id=cast.ids["dora"], by=cast.erik, now=now)
    actions.name_executive(case, cast.ids["ava"], by=cast.erik, now=now)
    assert cast.ids["dora"] in queries.named_on(case, now=now)
    actions.finish_task(case, task, by=cast.dora, now=now)
    actions.name_executive(case, cast.ids["dora"], by=cast.erik, now=now)
    actions.name_executive(case, cast.ids["ava"], by=cast.erik, now=now)
    named = queries.named_on(case, now=now)
    assert cast.ids["ava"] in named
    assert cast.ids["dora"] not in named


def test_who_was_named_for_a_customer_stays_while_something_is_theirs(cast, db, now):
    case = declared(cast, now)
    actions.add_affected(case, cast.borealis, by=cast.erik, now=now)
    actions.add_task(case, "Call them", owner_id=cast.ids["clara"], by=cast.erik, now=now)
    actions.remove_affected(case, cast.borealis, by=cast.erik, now=now)
    assert cast.ids["clara"] in queries.named_on(case, now=now)
