"""What this room tells others of an account."""

from datetime import timedelta

from portal.blueprints.postmortems import actions
from portal.blueprints.postmortems.models import State
from portal.core import facts

from .cases import begun, due
from .test_actions import plan

NAMES = ("postmortems_open", "actions_open")


def known(cast, at, viewer="erik"):
    who = getattr(cast, viewer)
    found = facts.of([cast.acme_id, cast.borealis_id], NAMES, at=at, viewer=who)
    values = {name: fact.value for name, fact in found[cast.acme_id].items()}
    assert not found[cast.borealis_id]
    return values


def test_facts_count_what_was_open_at_a_moment(cast, db, now):
    row = begun(cast, now)
    due(cast, now)
    action = plan(row, cast, now)
    later = now + timedelta(days=9)
    actions.drop(row, action, note="The tool goes", version=None, by=cast.erik, now=later)
    row.state, row.published_at = State.PUBLISHED, later
    db.session.commit()
    assert known(cast, now - timedelta(minutes=1)) == {}
    assert known(cast, now) == {"postmortems_open": 2, "actions_open": 1}
    assert known(cast, later) == {"postmortems_open": 1}


def test_facts_hold_nothing_that_only_named_people_see(cast, db, now):
    due(cast, now, restricted=True)
    assert known(cast, now) == {}


def test_facts_are_not_for_who_reads_no_drafts(cast, db, now):
    due(cast, now)
    assert known(cast, now, "carl") == {"postmortems_open": 1}
    assert known(cast, now, "aldo") == {}
