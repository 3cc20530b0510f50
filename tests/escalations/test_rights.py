"""Buttons and doors: who is shown what may be done may enter there."""

import pytest

from portal.blueprints.escalations import queries
from portal.blueprints.escalations.models import State
from portal.blueprints.escalations.rules import may_own
from portal.core.access import Relation, RelationKind
from portal.core.errors import NotFound
from tests.cast import PEOPLE
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.test_actions import declared


@ON_SQLITE_ALONE
def test_nobody_is_shown_a_button_whose_door_is_shut_to_them(app, cast, db, now):
    case = declared(cast, now)
    case.ask, case.ask_of_id = "May we?", cast.ids["ava"]
    place = {"record_ref": case.reference, "account_id": case.account_id}
    db.session.add_all(
        Relation(kind=RelationKind.NAMED, person_id=one, **place) for one in cast.ids.values()
    )
    shut, seen = [], set()
    for name in PEOPLE:
        viewer = getattr(cast, name)
        case.owner_id = viewer.id if may_own(viewer.roles) else cast.ids["erik"]
        for state in State:
            case.state = state
            db.session.flush()
            try:
                page = queries.case_page(viewer, case.reference, now=now)
            except NotFound:
                continue
            for right in queries.rights(page, viewer, now=now):
                door = app.view_functions.get(f"escalations.{right}")
                if door is not None:
                    seen.add(right)
                    if not viewer.may(door.permission):
                        shut.append((name, state.value, right))
    assert shut == []
    assert {"close", "approve", "decline", "void", "hand_over", "answer"} <= seen


@pytest.mark.parametrize(("name", "right"), [("sam", "close"), ("lena", "approve")])
def test_who_may_by_the_table_of_states_gets_in(browse, cast, db, now, name, right):
    case = declared(cast, now)
    case.owner_id = cast.ids["sam"]
    case.state = State.REQUESTED if right == "approve" else State.ACCEPTED
    place = {"record_ref": case.reference, "account_id": case.account_id}
    db.session.add(Relation(kind=RelationKind.OWNER, person_id=cast.ids["sam"], **place))
    db.session.commit()
    url = f"/escalations/{case.reference}/{right}"
    answer = browse(name).post(url) if right == "approve" else browse(name).get(url)
    assert answer.status_code in {200, 303}
