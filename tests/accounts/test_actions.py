"""What can be done with accounts: fields, contracts, revenue, entries, promises, tiers."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions, queries
from portal.blueprints.accounts.models import (
    Account,
    Basis,
    EntryKind,
    Lane,
    PromiseKind,
    PromiseState,
    TimelineEntry,
)
from portal.blueprints.policies.models import Decision, PolicyKind
from portal.core.access import K
from portal.core.errors import NotFound, Refused, Stale
from portal.core.events import Event
from portal.core.money import Money
from tests.accounts.rows import revenue


def promise(cast, now, **more):
    given = {
        "kind": PromiseKind.ACTION,
        "what": "Send the root cause",
        "to_whom": "Hélène Vasseur",
        "due_at": now + timedelta(days=2),
        "by": cast.carl,
        "now": now,
    }
    return actions.promise(cast.acme_id, **(given | more))


def entry(cast, now, **more):
    given = {"lane": Lane.INTERNAL, "kind": EntryKind.NOTE, "text": "x", "by": cast.carl}
    return actions.add_entry(cast.acme_id, **(given | {"now": now} | more))


def events(db, prefix):
    db.session.commit()
    query = sa.select(Event).where(Event.name.like(f"{prefix}%")).order_by(Event.seq)
    return list(db.session.scalars(query))


def test_created_account_is_seen_by_its_owner_and_told_once(cast, db, now):
    account = actions.create(
        name="  Nova \x00 Corp ", country="Italia", by=cast.carl, now=now, owner_id=cast.carl.id
    )
    assert (account.name, account.country) == ("Nova Corp", "IT")
    assert queries.get(cast.carl, account.reference, now=now) is account
    with pytest.raises(NotFound):
        queries.get(cast.otto, account.reference, now=now)
    assert [e.record_ref for e in events(db, "accounts.created")] == [account.reference]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  \x00 "),
        ("country", "Atlantis"),
        ("zone", "Mars/Base"),
        ("language", "de"),
        ("gross_margin", Decimal(5)),
        ("gross_margin", Decimal("NaN")),
        ("currency", "XQQ"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(field, value, cast, db, now):
    with pytest.raises(Refused) as refusal:
        actions.create(**({"name": "x"} | {field: value}), by=cast.erik, now=now)
    assert refusal.value.field == field


def test_same_external_id_of_a_source_is_refused(cast, db, now):
    actions.create(name="a", external_id="7", by=cast.erik, now=now)
    with pytest.raises(Refused, match="already"):
        actions.create(name="b", external_id="7", by=cast.erik, now=now)


def test_a_stale_edit_is_refused_and_changes_nothing(cast, db, now):
    account = cast.acme
    actions.edit(account, version=1, values={"industry": "steel"}, by=cast.carl, now=now)
    with pytest.raises(Stale):
        actions.edit(account, version=1, values={"industry": "iron"}, by=cast.erik, now=now)
    assert account.industry == "steel"


def test_of_two_who_save_at_one_moment_the_second_sees_what_the_first_wrote(cast, db, now):
    account = cast.acme  # as the second one's process read it before the first one committed
    first = {"industry": "steel", "version": account.version + 1}
    db.session.execute(
        sa.update(Account).where(Account.id == account.id).values(**first),
        execution_options={"synchronize_session": False},
    )
    with pytest.raises(Stale):
        actions.edit(account, version=1, values={"industry": "iron"}, by=cast.erik, now=now)
    assert account.industry == "steel"


def test_edit_touches_only_what_an_edit_may(cast, db, now):
    values = {"industry": "steel", "owner_id": 99, "arr_minor": 1, "value_tier": "A"}
    account = actions.edit(cast.acme, version=1, values=values, by=cast.carl, now=now)
    assert account.industry == "steel"
    assert account.owner_id == cast.carl.id
    assert account.arr_minor == 61_200_000
    told = events(db, "accounts.edited")
    assert list(told[0].digests) == ["industry"]


def test_reader_may_not_edit(cast, db, now):
    with pytest.raises(NotFound):
        actions.edit(cast.acme, version=1, values={"industry": "x"}, by=cast.fina, now=now)


def sign(cast, now, **more):
    given = {
        "number": "C-9",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2028, 1, 1),
        "arr": Money(Decimal("1000.50"), "EUR"),
    }
    return actions.add_contract(cast.acme, by=cast.carl, now=now, **(given | more))


def test_contract_moves_yearly_revenue_renewal_and_sort(cast, db, now):
    sign(cast, now, notice_days=60)
    acme = cast.acme
    assert acme.arr_minor == acme.arr_sort == 61_300_050
    assert (acme.renewal_on, acme.notice_days) == (date(2028, 1, 1), 60)


def test_contract_that_has_not_begun_counts_later(cast, db, now):
    sign(cast, now, starts_on=date(2027, 1, 1))
    assert cast.acme.arr_minor == 61_200_000


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("arr", {"arr": Money(Decimal(-1), "EUR")}),
        ("arr", {"arr": Money(Decimal("0.001"), "EUR")}),
        ("arr", {"arr": Money(Decimal(10**12), "EUR")}),
        ("ends_on", {"ends_on": date(2025, 1, 1)}),
        ("starts_on", {"starts_on": date(1200, 1, 1)}),
        ("notice_days", {"notice_days": -1}),
        ("number", {"number": " "}),
    ],
)
def test_absurd_contracts_are_refused(field, more, cast, db, now):
    with pytest.raises(Refused) as refusal:
        sign(cast, now, **more)
    assert refusal.value.field == field


def test_revenue_is_all_or_none(cast, db, now):
    line = actions.Revenue(
        account_id=cast.acme_id,
        month=date(2026, 1, 15),
        amount=Money(Decimal(10), "EUR"),
        basis=Basis.BOOKED,
    )
    future = actions.Revenue(
        account_id=cast.acme_id,
        month=date(2027, 1, 1),
        amount=Money(Decimal(10), "EUR"),
        basis=Basis.BOOKED,
    )
    with pytest.raises(Refused, match="future"):
        actions.add_revenue([line, future], source="t", by=cast.carl, now=now)
    assert queries.revenue_months([cast.acme_id]) == {}
    assert actions.add_revenue([line, line], source="t", by=cast.carl, now=now) == 2
    assert queries.revenue_months([cast.acme_id])[cast.acme_id][0].amount.amount == 20


def test_entry_is_named_by_its_event_and_corrected_by_another(cast, db, now):
    first = entry(cast, now, text="Met on Tuesday", event_at=now - timedelta(days=1))
    second = entry(cast, now, text="It was Monday", corrects_id=first.id)
    uids = {e.uid for e in events(db, "accounts.entry_added")}
    assert uids == {first.event_uid, second.event_uid}
    assert first.text == "Met on Tuesday"
    assert second.corrects_id == first.id


@pytest.mark.parametrize(
    "more",
    [{"text": " \n"}, {"text": "x" * 20_001}, {"event_at": timedelta(hours=1)}, {"corrects_id": 7}],
)
def test_entry_that_cannot_be_is_refused(more, cast, db, now):
    if "event_at" in more:
        more = {"event_at": now + more["event_at"]}
    with pytest.raises(Refused):
        entry(cast, now, **more)


def test_entry_of_another_account_cannot_be_corrected(cast, db, now):
    other = actions.add_entry(
        cast.borealis_id,
        lane=Lane.INTERNAL,
        kind=EntryKind.NOTE,
        text="x",
        by=cast.clara,
        now=now,
    )
    with pytest.raises(Refused):
        entry(cast, now, corrects_id=other.id)


def test_counsel_lane_has_no_place_here(cast, db, now):
    with pytest.raises(ValueError, match="counsel"):
        entry(cast, now, klass=K.COUNSEL)


def test_promise_of_money_without_a_case_is_marked_and_told(cast, db, now):
    made = promise(cast, now, kind=PromiseKind.PRICE)
    assert made.without_authority
    assert [e.name for e in events(db, "accounts.promised")] == [
        "accounts.promised_without_authority"
    ]
    assert not promise(cast, now, kind=PromiseKind.MEETING).without_authority


@pytest.mark.parametrize(("approved", "alone"), [(True, False), (False, True)])
def test_promise_of_money_rests_on_an_approved_case(approved, alone, cast, db, now):
    db.session.add(
        Decision(
            kind="concession",
            account_id=cast.acme_id,
            record_ref="CON-2026-0001",
            klass=3,
            policy_kind=PolicyKind.COMPENSATION,
            policy_number=1,
            facts={},
            recommendation={},
            chosen={"approved": approved},
            decided_at=now,
        )
    )
    db.session.flush()
    made = promise(cast, now, kind=PromiseKind.MONEY, concession_ref="CON-2026-0001")
    assert made.without_authority is alone
    assert promise(
        cast, now, kind=PromiseKind.MONEY, concession_ref="CON-2026-0002"
    ).without_authority


def test_promise_has_a_time_words_and_a_person(cast, db, now):
    for more in ({"due_at": now}, {"what": " "}, {"to_whom": ""}, {"what": "x" * 401}):
        with pytest.raises(Refused):
            promise(cast, now, **more)


def test_promise_kept_broken_renegotiated(cast, db, now):
    kept, broken, moved = (promise(cast, now) for _ in range(3))
    assert queries.open_promises(cast.acme_id) == 3
    actions.keep(kept, by=cast.carl, now=now)
    with pytest.raises(Refused, match="Why"):
        actions.break_(broken, reason=" ", by=cast.carl, now=now)
    actions.break_(broken, reason="Lab closed", by=cast.carl, now=now)
    new = actions.renegotiate(
        moved,
        what="By Monday",
        due_at=now + timedelta(days=5),
        reason="They asked",
        by=cast.carl,
        now=now,
    )
    assert new.replaces_id == moved.id
    assert [p.state for p in (kept, broken, moved, new)] == [
        PromiseState.KEPT,
        PromiseState.BROKEN,
        PromiseState.RENEGOTIATED,
        PromiseState.OPEN,
    ]
    with pytest.raises(Refused, match="settled"):
        actions.keep(kept, by=cast.carl, now=now)
    texts = db.session.scalars(sa.select(TimelineEntry.text).order_by(TimelineEntry.id)).all()
    assert texts[-3:] == [
        "Kept: Send the root cause",
        "Broken: Send the root cause",
        "Renegotiated: By Monday",
    ]
    assert queries.open_promises(cast.acme_id) == 1


def test_tiers_follow_value(cast, db, now):
    revenue(cast.acme, by=cast.carl, now=now)
    revenue(cast.borealis, by=cast.clara, now=now, amount="900")
    assert actions.rank(by=cast.erik, now=now) == 2
    db.session.expire_all()
    assert cast.acme.value_tier < cast.borealis.value_tier
    assert actions.rank(by=cast.erik, now=now) == 0
    assert cast.acme.version == 1


def test_ranking_uses_the_same_figure_as_the_page(cast, db, now):
    from portal.blueprints.accounts.rules.ranking import lifetime_factor
    from portal.blueprints.policies import queries as policy_queries
    from portal.blueprints.policies.rules import ValuePolicy

    revenue(cast.acme, by=cast.carl, now=now)
    value = queries.value(cast.acme_id, at=now, viewer=cast.carl)
    policy, _number = policy_queries.in_force(ValuePolicy)
    factor = lifetime_factor(
        policy, segment=cast.acme.segment, renewals=value.tenure_months.value // 12
    )
    quick = value.margin_12_months.value.amount * factor
    assert abs(quick - value.decision.base.value.amount) < Decimal("0.01")
