"""Messages: told once, taken back in time, never lost."""

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Contact
from portal.blueprints.auth.models import Team, TeamMember
from portal.blueprints.notifications import actions, queries
from portal.blueprints.notifications.models import Notification, State
from portal.core import access
from portal.core.access import K, RelationKind, Role
from portal.core.errors import Refused
from tests.cast import PEOPLE


def tell(cast, now, name="carl", **more):
    given = {
        "template": "notifications/sealed",
        "context": {},
        "why": "owner",
        "key": f"test:{name}",
        "record": cast.acme.reference,
        "account_id": cast.acme_id,
        "klass": K.INTERNAL,
        "by": cast.erik,
        "now": now,
    }
    return actions.notify(cast.ids[name], **(given | more))


def contact(db, cast):
    return db.session.scalars(sa.select(Contact).filter_by(account_id=cast.acme_id)).one()


def letter(db, cast, now, **more):
    given = {
        "subject": "Votre panne",
        "text": "Bonjour,\n\nNous y travaillons.",
        "record": "ESC-2026-0001",
        "account_id": cast.acme_id,
        "by": cast.erik,
        "now": now,
    }
    return actions.write_to_contact(contact(db, cast), **(given | more))


def test_the_same_key_tells_once(cast, db, now):
    assert tell(cast, now).id == tell(cast, now).id
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Notification)) == 1


def test_a_message_speaks_its_recipients_language(cast, db, now):
    row = tell(cast, now, "clara", record=None, account_id=None)
    assert (row.language, row.address) == ("fr", "clara@halden.example")


def test_a_letter_waits_a_minute_and_can_be_taken_back(cast, db, now):
    row = letter(db, cast, now)
    assert row.send_at == now + timedelta(seconds=60)
    assert row.language == "fr"
    actions.withdraw(row, by=cast.erik, now=now)
    assert row.state is State.WITHDRAWN
    assert actions.claim(row.id, now=now + timedelta(hours=1)) is None


def test_a_letter_that_left_cannot_be_taken_back(cast, db, now):
    row = letter(db, cast, now, delay=0)
    assert actions.claim(row.id, now=now)
    with pytest.raises(Refused):
        actions.withdraw(row, by=cast.erik, now=now)


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b.example\nBcc: x@y.example", "a@b.example, c@d.example"]
)
def test_a_letter_needs_one_address(cast, db, now, address):
    somebody = contact(db, cast)
    somebody.email = address
    with pytest.raises(Refused):
        letter(db, cast, now)


def test_only_one_gets_the_try(cast, db, now):
    row = tell(cast, now)
    assert actions.claim(row.id, now=now).tries == 1
    assert actions.claim(row.id, now=now) is None
    assert actions.claim(row.id, now=now + timedelta(minutes=2)).tries == 2


def test_one_no_longer_wanted(cast, db, now):
    row = tell(cast, now, "otto")
    assert not actions.is_wanted(row, now=now)
    assert actions.is_wanted(tell(cast, now), now=now)


def test_the_bell_shows_only_what_one_may_see(cast, db, now):
    tell(cast, now)
    tell(cast, now, "otto")
    assert len(queries.page(cast.carl, now=now).rows) == 1
    assert queries.page(cast.otto, now=now).rows == []
    assert queries.count_unread(cast.carl, now=now) == 1


def test_people_alike_are_asked_for_together_and_each_for_themselves(cast, db, now):
    """Relations of all sorts, and what only named people see: the one statement for all who have
    the same roles gives what a statement of each would.
    """
    cases = [f"ESC-2026-000{n}" for n in range(1, 5)]
    team = Team(name="Night watch")
    db.session.add(team)
    db.session.flush()
    db.session.add(TeamMember(team_id=team.id, person_id=cast.ids["otto"]))
    own = partial(access.relate, db.session, account_id=cast.acme_id)
    own(kind=RelationKind.NAMED, record_ref=cases[0], person_id=cast.ids["clara"])
    own(kind=RelationKind.TEAM, record_ref=cases[1], team_id=team.id)
    own(kind=RelationKind.TEAM, record_ref=cases[2], team_id=team.id)
    own(kind=RelationKind.NAMED, record_ref=cases[2], role=Role.SUPPORT)
    own(kind=RelationKind.NAMED, record_ref=cases[2], person_id=cast.ids["ava"])
    hidden = access.Restriction(record_ref=cases[2], account_id=cast.acme_id, since=now)
    db.session.add(hidden)
    told = [
        tell(cast, now, name, key=f"{name}{record}{klass}", record=record, klass=klass)
        for name in PEOPLE
        for record in (*cases, cast.acme.reference, None)
        for klass in (K.INTERNAL, K.CONFIDENTIAL, K.RESTRICTED)
    ]
    one_by_one = {
        id
        for name in PEOPLE
        for id in db.session.scalars(
            sa.select(Notification.id).where(
                Notification.person_id == cast.ids[name],
                queries.visible(getattr(cast, name), now=now),
            )
        )
    }
    assert actions.wanted(told, now=now) == one_by_one
    named = {n.person_id for n in told if n.id in one_by_one and n.record_ref == cases[2]}
    assert named == {cast.ids["ava"]}
    seen = {n.person_id for n in told if n.id in one_by_one and n.record_ref == cases[1]}
    assert cast.ids["otto"] in seen
    assert cast.ids["clara"] not in seen


def test_only_a_failed_message_is_tried_again(cast, db, now):
    row = tell(cast, now)
    with pytest.raises(Refused):
        actions.replay(row, by=cast.adam, now=now)
    actions.note_failure(row, error="SMTPDataError 554", code=554, by=cast.adam, now=now)
    assert row.state is State.FAILED
    actions.replay(row, by=cast.adam, now=now)
    assert row.state is State.WAITING
