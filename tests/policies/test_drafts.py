"""A policy changes by a draft that somebody else publishes; old cases keep their version."""

import pytest
import sqlalchemy as sa

from portal.blueprints.policies import actions, queries, rules
from portal.blueprints.policies.models import DraftState, Policy, PolicyDraft, PolicyKind
from portal.core import events
from portal.core.errors import Refused

pytestmark = pytest.mark.usefixtures("watched_nights")  # or no night clock could run

SEVERITY, ROUTING = PolicyKind.SEVERITY, PolicyKind.ROUTING


def started(cast, now, *, kind=SEVERITY, by="erik"):
    return actions.start(kind, by=getattr(cast, by), now=now)


def changed(cast, now, *, days=60, by="erik"):
    draft = started(cast, now, by=by)
    actions.change(draft, "", {"reopen_days": days}, by=getattr(cast, by), now=now)
    return draft


def submitted(cast, db, now, run_jobs, **more):
    draft = changed(cast, now, **more)
    actions.submit(draft, why="Sixty days are enough", by=cast.erik, now=now)
    db.session.commit()
    run_jobs()
    return queries.get_draft(draft.id)


def names_of(db):
    db.session.commit()
    query = sa.select(events.Event.name).where(events.Event.name.startswith("policies."))
    return list(db.session.scalars(query.order_by(events.Event.seq)))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("erik", set(PolicyKind)),
        ("lisa", set(PolicyKind)),
        ("fina", {PolicyKind.COMPENSATION, PolicyKind.VALUE}),
        ("petra", {PolicyKind.SPONSORSHIP}),
        (
            "adam",
            {
                PolicyKind.SEVERITY,
                PolicyKind.ROUTING,
                PolicyKind.TRIGGERS,
                PolicyKind.PLAYBOOKS,
                PolicyKind.REGULATOR_CLOCKS,
            },
        ),
        ("lena", set()),
        ("carl", set()),
        ("aldo", set()),
    ],
)
def test_who_proposes_which_policy(cast, now, name, kinds):
    for kind in PolicyKind:
        if kind in kinds:
            assert actions.start(kind, by=getattr(cast, name), now=now).base_number == 1
        else:
            with pytest.raises(Refused, match="proposed by others"):
                actions.start(kind, by=getattr(cast, name), now=now)


def test_from_draft_to_version_two(cast, db, now, run_jobs):
    draft = submitted(cast, db, now, run_jobs)
    version = actions.sign(draft, reason="Agreed in the board", by=cast.lena, now=now)
    db.session.commit()
    document, number = queries.in_force(rules.SeverityPolicy)
    assert (number, version.number, document.reopen_days) == (2, 2, 60)
    assert (version.author_id, version.publisher_id) == (cast.erik.id, cast.lena.id)
    assert queries.numbered(rules.SeverityPolicy, 1).reopen_days == 90
    assert queries.get_draft(draft.id).state is DraftState.PUBLISHED
    wanted = ["draft_started", "draft_changed", "submitted", "published"]
    assert [name.partition(".")[2] for name in names_of(db)][-4:] == wanted


def test_what_was_in_force_at_a_moment(cast, db, now, run_jobs):
    draft = submitted(cast, db, now, run_jobs)
    from datetime import timedelta

    later = now + timedelta(hours=1)
    actions.sign(draft, reason="Agreed", by=cast.lena, now=later)
    assert queries.published(SEVERITY, at=now).number == 1
    assert queries.published(SEVERITY, at=later).number == 2


@pytest.mark.parametrize("name", ["erik", "adam", "lisa", "fina", "dora"])
def test_others_do_not_publish(cast, db, now, run_jobs, name):
    draft = submitted(cast, db, now, run_jobs)
    with pytest.raises(Refused):
        actions.sign(draft, reason="Because", by=getattr(cast, name), now=now)
    assert queries.published(SEVERITY).number == 1


def test_the_author_never_publishes_whatever_their_roles(cast, db, now, run_jobs):
    draft = submitted(cast, db, now, run_jobs)
    draft.author_id = cast.lena.id
    with pytest.raises(Refused, match="Somebody else than the author"):
        actions.sign(draft, reason="Mine", by=cast.lena, now=now)


def test_who_stands_in_for_the_author_does_not_publish(cast, db, now, run_jobs):
    draft = submitted(cast, db, now, run_jobs)
    assert draft in queries.waiting_for(cast.lena)
    cast.user("erik").substitute_id = cast.lena.id
    db.session.flush()
    assert draft not in queries.waiting_for(cast.lena), "it stands on nobody's day in vain"
    with pytest.raises(Refused, match="stand in for the author"):
        actions.sign(draft, reason="For him", by=cast.lena, now=now)


def test_limits_need_finance_and_leadership(cast, db, now, run_jobs):
    draft = actions.start(PolicyKind.COMPENSATION, by=cast.erik, now=now)
    actions.change(draft, "", {"offer_days": 21}, by=cast.erik, now=now)
    actions.submit(draft, why="Customers asked", by=cast.erik, now=now)
    assert actions.sign(draft, reason="Costs nothing", by=cast.fina, now=now) is None
    assert queries.published(PolicyKind.COMPENSATION).number == 1
    for name in ("fina", "felix"):
        with pytest.raises(Refused):
            actions.sign(draft, reason="Once more", by=getattr(cast, name), now=now)
    version = actions.sign(draft, reason="Agreed", by=cast.lena, now=now)
    assert (version.publisher_id, version.second_publisher_id) == (cast.lena.id, cast.fina.id)


def test_taking_back_voids_a_signature(cast, db, now):
    draft = actions.start(PolicyKind.COMPENSATION, by=cast.erik, now=now)
    actions.change(draft, "", {"offer_days": 21}, by=cast.erik, now=now)
    actions.submit(draft, why="Customers asked", by=cast.erik, now=now)
    actions.sign(draft, reason="Fine", by=cast.fina, now=now)
    actions.take_back(draft, by=cast.erik, now=now)
    assert (draft.signer_id, draft.state) == (None, DraftState.WRITING)


def test_nothing_is_published_before_its_load_is_known(cast, db, now, run_jobs):
    draft = changed(cast, now)
    actions.submit(draft, why="Sixty days", by=cast.erik, now=now)
    db.session.commit()
    with pytest.raises(Refused, match="still being worked out"):
        actions.sign(draft, reason="Quick", by=cast.lena, now=now)
    db.session.rollback()
    run_jobs()
    assert actions.sign(queries.get_draft(draft.id), reason="Now", by=cast.lena, now=now)


def test_a_load_of_another_text_is_not_kept(cast, db, now):
    draft = changed(cast, now)
    assert not actions.keep_load(draft, {"cases": 1}, digest="of something else")
    assert draft.load is None


def test_a_draft_with_problems_or_without_changes_stays_a_draft(cast, now):
    draft = started(cast, now)
    with pytest.raises(Refused, match="changes nothing"):
        actions.submit(draft, why="Why not", by=cast.erik, now=now)
    actions.change(draft, "", {"reopen_days": "soon"}, by=cast.erik, now=now)
    with pytest.raises(Refused, match="whole number"):
        actions.submit(draft, why="Why not", by=cast.erik, now=now)
    assert draft.body["reopen_days"] == "soon"


def test_only_the_author_writes(cast, now):
    draft = started(cast, now)
    with pytest.raises(Refused, match="Only its author"):
        actions.change(draft, "", {"reopen_days": 5}, by=cast.lisa, now=now)
    with pytest.raises(Refused, match="Only its author"):
        actions.give_up(draft, by=cast.lisa, now=now)


def test_what_is_submitted_stands_still(cast, db, now, run_jobs):
    draft = submitted(cast, db, now, run_jobs)
    with pytest.raises(Refused, match="take it back"):
        actions.change(draft, "", {"reopen_days": 5}, by=cast.erik, now=now)


def test_of_two_drafts_the_second_is_carried_over(cast, db, now, run_jobs):
    first = submitted(cast, db, now, run_jobs)
    second = started(cast, now, by="lisa")
    actions.change(second, "", {"transfers_flagged_above": 4}, by=cast.lisa, now=now)
    actions.sign(first, reason="Agreed", by=cast.lena, now=now)
    with pytest.raises(Refused, match="carry it over"):
        actions.submit(second, why="Too many flags", by=cast.lisa, now=now)
    assert actions.carry_over(second, by=cast.lisa, now=now) == ()
    assert (second.base_number, second.body["reopen_days"]) == (2, 60)
    assert second.body["transfers_flagged_above"] == 4
    actions.submit(second, why="Too many flags", by=cast.lisa, now=now)


def test_what_both_changed_is_named_and_the_draft_stands(cast, db, now, run_jobs):
    first = submitted(cast, db, now, run_jobs)
    second = started(cast, now, by="lisa")
    actions.change(second, "", {"reopen_days": 30}, by=cast.lisa, now=now)
    actions.sign(first, reason="Agreed", by=cast.lena, now=now)
    assert actions.carry_over(second, by=cast.lisa, now=now) == ("reopen_days",)
    assert second.body["reopen_days"] == 30


def test_a_submitted_draft_on_an_old_version_is_not_published(cast, db, now, run_jobs):
    first, second = (submitted(cast, db, now, run_jobs, days=days) for days in (60, 70))
    actions.sign(first, reason="Agreed", by=cast.lena, now=now)
    with pytest.raises(Refused, match="carry it over"):
        actions.sign(second, reason="Agreed too", by=cast.lena, now=now)


def test_refused_with_a_reason(cast, db, now, run_jobs):
    draft = submitted(cast, db, now, run_jobs)
    with pytest.raises(Refused, match="why this version is not published"):
        actions.refuse(draft, reason=" ", by=cast.lena, now=now)
    actions.refuse(draft, reason="Not this year", by=cast.lena, now=now)
    assert (draft.state, draft.reason) == (DraftState.REFUSED, "Not this year")
    assert queries.open_drafts(SEVERITY) == []


def test_withdrawing_a_version_brings_the_one_before_back(cast, db, now, run_jobs):
    draft = submitted(cast, db, now, run_jobs)
    version = actions.sign(draft, reason="Agreed", by=cast.lena, now=now)
    with pytest.raises(Refused, match="Leadership"):
        actions.withdraw(SEVERITY, version.number, reason="Wrong", by=cast.erik, now=now)
    actions.withdraw(SEVERITY, version.number, reason="Wrong", by=cast.lena, now=now)
    assert queries.in_force(rules.SeverityPolicy)[1] == 1
    assert names_of(db)[-1] == "policies.withdrawn"
    with pytest.raises(Refused, match="only version"):
        actions.withdraw(SEVERITY, 1, reason="All", by=cast.lena, now=now)
    with pytest.raises(Refused, match="not in force"):
        actions.withdraw(SEVERITY, version.number, reason="Again", by=cast.lena, now=now)


def test_a_number_is_never_given_twice(cast, db, now, run_jobs):
    draft = submitted(cast, db, now, run_jobs)
    version = actions.sign(draft, reason="Agreed", by=cast.lena, now=now)
    actions.withdraw(SEVERITY, version.number, reason="Wrong", by=cast.lena, now=now)
    again = submitted(cast, db, now, run_jobs, days=45)
    assert actions.sign(again, reason="Better", by=cast.lena, now=now).number == 3


def test_who_is_asked_to_sign(cast, db, now, run_jobs):
    draft = submitted(cast, db, now, run_jobs)
    asked = [n for n in ("erik", "lena", "fina", "adam") if queries.waiting_for(getattr(cast, n))]
    assert asked == ["lena"]
    assert [one.id for one in queries.waiting_for(cast.lena)] == [draft.id]


def test_a_new_rule_stands_before_the_last_and_rules_move(cast, now):
    draft = started(cast, now, kind=ROUTING)
    before = [rule["name"] for rule in draft.body["rules"]]
    actions.add(draft, "rules", by=cast.erik, now=now)
    names = [rule["name"] for rule in draft.body["rules"]]
    assert names[:-2] == before[:-1]
    assert names[-1] == before[-1]
    actions.move(draft, "rules", len(names) - 2, steps=-1, by=cast.erik, now=now)
    assert draft.body["rules"][-3]["name"] == names[-2]
    actions.drop(draft, "rules", len(names) - 3, by=cast.erik, now=now)
    assert [rule["name"] for rule in draft.body["rules"]] == before


def test_conditions_are_about_known_facts(cast, now):
    draft = started(cast, now, kind=ROUTING)
    actions.add(draft, "rules.0.when", fact="arr_share", by=cast.erik, now=now)
    assert draft.body["rules"][0]["when"][-1]["field"] == "arr_share"
    with pytest.raises(Refused, match="fact of the list"):
        actions.add(draft, "rules.0.when", fact="colour of the hair", by=cast.erik, now=now)


def test_drafts_say_no_more_than_their_rows(cast, db, now):
    started(cast, now)
    db.session.commit()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PolicyDraft)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Policy)) == len(PolicyKind)
