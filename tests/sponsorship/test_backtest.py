"""Criteria that are proposed: tried on an account, and held against the last twelve months."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact, ContactRole, Contract
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import PolicyDraft, PolicyKind
from portal.blueprints.policies.rules import (
    SponsorshipPolicy,
    digest,
    dump,
    read_draft,
    shipped,
    with_value,
)
from portal.blueprints.policies.rules.admission import OWN
from portal.blueprints.risk.models import Snapshot
from portal.blueprints.sponsorship import queries, rules
from portal.blueprints.sponsorship.models import ExitReason, LaneKind
from portal.blueprints.sponsorship.rules.replay import Member, Replay, compared
from portal.core.access import Permission
from portal.core.db import db as database
from portal.core.errors import NotFound, Refused
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared

from . import making

START = date(2026, 1, 15)
POLICY = shipped(SponsorshipPolicy)


@dataclass(frozen=True)
class Stand:
    account_id: int
    met: bool = True
    score: Decimal = Decimal(80)
    possible: Decimal = Decimal(100)
    place: int = 1
    gone: date | None = None
    leaves: bool = False


def replayed(
    *months: list[Stand], places: int = 1, members: Any = None, lane: Any = None
) -> Replay:
    found = Replay(lane or LaneKind.STRATEGIC, POLICY, places, dict(members or {}))
    for n, stands in enumerate(months):
        found.step(stands, on=rules.add_months(START, n))
    return found


def test_the_best_come_in_and_the_others_wait_until_a_place_is_free() -> None:
    low, high = Stand(1, score=Decimal(71)), Stand(2, score=Decimal(90))
    found = replayed([low, high], [low, high])
    assert (found.entered, found.still_waiting, list(found.members)) == ({2}, {1}, [2])
    found.step([low], on=date(2026, 3, 15))  # the second is a customer no longer
    assert found.left == {2: ExitReason.CHURNED}
    assert (found.entered, found.still_waiting) == ({1, 2}, set())
    assert [(s.meeting, s.inside, s.waiting) for s in found.steps] == [
        (2, 1, 1),
        (2, 1, 1),
        (1, 1, 0),
    ]


def test_in_the_recovery_lane_the_largest_come_first_and_a_term_ends_by_itself() -> None:
    small, large = Stand(1, score=Decimal(99), place=9), Stand(2, place=3)
    months = [[small, large]] * 5  # ninety days are over in the fourth
    found = replayed(*months, lane=LaneKind.RECOVERY)
    assert found.left[2] is ExitReason.TERM_OVER
    assert [list(replayed(*months[:n], lane=LaneKind.RECOVERY).members) for n in (1, 3)] == [
        [2],
        [2],
    ]


PLACED = ((1, 61), (2, 60))


@pytest.mark.parametrize(
    ("scores", "possible", "left"),
    [
        ((50, 50, 50, 50, 50, 50, 50), 60, None),  # it could still be enough: nothing is proved
        ((50, 50, 50, 50, 50, 50, 50), 54, ExitReason.SCORE_LOW),  # two quarters are complete
        ((50, 50, 60, 50, 50, 50, 50), 54, None),  # the first quarter ended well
    ],
)
def test_a_score_that_stays_low_for_two_quarters_leads_out(
    scores: tuple[int, ...], possible: int, left: ExitReason | None
) -> None:
    ends = date(2028, 1, 1)
    months = [
        [Stand(n, False, Decimal(s), Decimal(max(s, possible)), place) for n, place in PLACED]
        for s in scores
    ]
    found = replayed(*months, members={n: Member(ends) for n, _place in PLACED})
    assert found.left.get(1) is left
    assert 2 not in found.left, "rank alone would let it in"


def test_who_left_comes_back_only_after_the_time_that_the_rules_ask_for() -> None:
    months = [[Stand(1)]] * 9
    found = replayed(*months, members={1: Member(date(2026, 2, 1))})
    assert found.left == {1: ExitReason.TERM_OVER}
    # It left in February; six months later, in August, it may come in again.
    assert [step.inside for step in found.steps] == [1, 0, 0, 0, 0, 0, 0, 1, 1]


def test_a_condition_of_our_own_leads_out_and_keeps_out_for_six_months() -> None:
    months = [[Stand(1)], [Stand(1, leaves=True)], *[[Stand(1)]] * 7]
    found = replayed(*months)
    assert found.left == {1: ExitReason.CONDITION}
    assert [step.inside for step in found.steps] == [1, 0, 0, 0, 0, 0, 0, 1, 1]


def test_two_versions_side_by_side_name_who_differs_and_how() -> None:
    one, two = Stand(1), Stand(2, score=Decimal(75))
    found = compared(replayed([one, two]), replayed([one, two], places=2))
    assert found["counts"] == {
        "enters": 1, "stays_out": 0, "leaves": 0, "stays": 0, "waits": 0, "waits_no_more": 1
    }  # fmt: skip
    assert found["named"]["enters"] == found["named"]["waits_no_more"] == [2]
    assert (found["before"]["waited"], found["after"]["waited"]) == (1, 0)


def _customers(cast: Cast, now: datetime) -> list[Account]:
    """Let the customers differ in everything that the criteria read."""
    cast.acme.risk_score, cast.acme.logo, cast.acme.reference_customer = 83, True, True
    cast.acme.renewal_on = now.date() + timedelta(days=47)
    cast.borealis.risk_score, cast.borealis.renewal_on = None, now.date() - timedelta(days=1)
    cast.borealis.regulator_exposed = True
    cast.acme.growth_potential, cast.acme.growth_potential_on = 35, now.date()
    rows = [cast.acme, cast.borealis]
    for n in range(5):
        values = {
            c.key: getattr(cast.acme, c.key)
            for c in sa.inspect(Account).columns
            if c.key not in {"id", "version"}
        } | {
            "reference": f"ACC-9000{n}",
            "external_id": f"x{n}",
            "name": f"Number {n}",
            "arr_minor": 100_000 * (n // 2),
            "arr_sort": 100_000 * (n // 2),
            "risk_score": 20 * n + 1,
            "growth_potential": (None, 0, 100, 55, 1)[n],
            "growth_potential_on": (None, *[now.date()] * 4)[n],
            "logo": n % 2 == 0,
            "renewal_on": now.date() + timedelta(days=3 + 101 * n),
        }
        rows.append(Account(**values))
    database.session.add_all(rows)
    database.session.flush()
    gone = Contact(
        account_id=rows[3].id, name="Gone", role=ContactRole.EXECUTIVE_COUNTERPART,
        left_at=now - timedelta(days=100),
    )  # fmt: skip
    database.session.add(gone)
    database.session.flush()
    return rows


def _held_alike(rows: list[Account], lane: LaneKind, now: datetime) -> dict[int, bool]:
    """Hold every account against the criteria at once and one by one; gives who meets them."""
    decided = {"rank_or_score", "recent_case", "arr_floor", "owner"}
    other = POLICY.model_copy(
        update={"strategic": POLICY.strategic.model_copy(update={"places": 2, "rank_factor": 1})}
    )
    moment = queries.Moment(now, past=False)
    found = {
        pair[0].account_id: pair for pair in queries.standings(lane, (POLICY, other), moment=moment)
    }
    assert set(found) == {row.id for row in rows if row.arr_minor is not None}
    for row in rows:
        for stand, policy in zip(found[row.id], (POLICY, other), strict=True):
            check = queries.checked(row, lane, now=now, policy=policy)
            assert stand.score == check.score.value, row.name
            assert stand.possible == check.score.possible
            met = [one.met is True for one in check.criteria if one.key in decided | {*OWN}]
            assert stand.met is all(met), row.name
    assert found[rows[3].id][0].gone is not None
    return {account_id: pair[0].met for account_id, pair in found.items()}


def test_all_at_once_says_what_each_check_says(cast: Cast, now: datetime) -> None:
    rows = _customers(cast, now)
    _held_alike(rows, LaneKind.STRATEGIC, now)
    declared(cast, now)
    assert _held_alike(rows, LaneKind.RECOVERY, now)[cast.acme_id]
    for contract in database.session.scalars(sa.select(Contract)):
        contract.ends_on = now.date()  # has run out, and nobody has touched the account since
    database.session.flush()
    assert not _held_alike(rows, LaneKind.RECOVERY, now)[cast.acme_id]


OURS = (
    {"fact": "arr", "comparison": "at_least", "value": "999.995"},
    {"fact": "arr", "comparison": "more_than", "value": "1000"},
    {"fact": "arr", "comparison": "at_most", "value": "9999999999.5"},
    {"fact": "arr_rank", "comparison": "less_than", "value": "3"},
    {"fact": "arr_percentile", "comparison": "more_than", "value": "14.285"},
    {"fact": "growth_potential", "comparison": "at_least", "value": "35"},
    {"fact": "renewal_near", "comparison": "at_most", "value": "3.42"},
    {"fact": "renewal_near", "comparison": "less_than", "value": "3.42"},
    {"fact": "risk", "comparison": "at_least", "value": "40.5"},
    {"fact": "logo", "comparison": "yes"},
    {"fact": "logo", "comparison": "no"},
    {"fact": "regulator_exposed", "comparison": "no"},
    {"fact": "executive_engaged", "comparison": "no"},
    {"fact": "tenure_months", "comparison": "at_least", "value": "24"},
    {"fact": "nps", "comparison": "at_most", "value": "6"},
    {"fact": "csat", "comparison": "more_than", "value": "2"},
    {"fact": "open_cases", "comparison": "less_than", "value": "1"},
    {"fact": "cases_90d", "comparison": "at_least", "value": "1"},
    {"fact": "silence_breaches", "comparison": "at_most", "value": "1"},
    {"fact": "open_promises", "comparison": "at_least", "value": "1"},
    {"fact": "broken_promises_90d", "comparison": "less_than", "value": "1"},
)


OTHER_WAY = {
    "at_least": "less_than",
    "more_than": "at_most",
    "at_most": "more_than",
    "less_than": "at_least",
    "yes": "no",
    "no": "yes",
}


def _ending(ours: dict[str, str], lane: str) -> dict[str, str]:
    """Turn a condition for coming in into one for leaving: met where that one is not."""
    comparison, value = OTHER_WAY[ours["comparison"]], ours.get("value")
    if value is None:
        return {"lane": lane, **ours, "comparison": comparison}
    up = comparison in {"at_least", "more_than"}
    away = Decimal(value) - 1 if up else Decimal(value) + 1
    return {"lane": lane, **ours, "comparison": comparison, "lifted": str(away)}


@pytest.mark.parametrize("lane", list(LaneKind))
def test_own_conditions_hold_alike_in_sql_and_one_by_one(
    cast: Cast, now: datetime, lane: LaneKind
) -> None:
    rows = _customers(cast, now)
    everybody = POLICY.strategic.model_copy(update={"least_score": Decimal(0)})
    plain = POLICY.model_copy(update={"strategic": everybody})
    policies = [
        SponsorshipPolicy.model_validate_json(
            json.dumps(
                POLICY.model_dump(mode="json")
                | {
                    "conditions": [{"lane": lane.value, **ours}],
                    "endings": [_ending(ours, "recovery" if n % 3 == 0 else lane.value)],
                }
            )
        ).model_copy(update={"strategic": everybody})
        for n, ours in enumerate(OURS)
    ]
    if lane is LaneKind.RECOVERY:
        declared(cast, now)
    given = (plain, *policies)
    answers = [
        *queries.standings(lane, given, moment=queries.Moment(now, past=False)),
    ]
    by_id = {row.id: row for row in rows}
    for stands in answers:
        row = by_id[stands[0].account_id]
        for stand, policy in zip(stands[1:], policies, strict=True):
            check = queries.checked(row, lane, now=now, policy=policy)
            (ours,) = (one for one in check.criteria if one.key in OWN)
            assert stand.met is (stands[0].met and ours.met is True), (row.name, ours.key)
            assert stand.leaves is any(one.met for one in check.leaving), (row.name, ours.key)
    told = [[stands[n].met for stands in answers] for n in range(1, len(given))]
    if lane is LaneKind.STRATEGIC:
        assert sum(any(one) and not all(one) for one in told) >= 8  # they really tell apart
    assert any(stand.leaves for stands in answers for stand in stands)


def test_the_past_reads_contracts_and_scores_as_they_were(cast: Cast, now: datetime) -> None:
    (signed,) = database.session.scalars(
        sa.select(Contract).filter_by(account_id=cast.acme_id).limit(1)
    )
    for other in database.session.scalars(sa.select(Contract)):
        other.starts_on, other.ends_on = date(2020, 1, 1), None
    signed.starts_on = now.date() - timedelta(days=60)
    cast.acme.renewal_on = None
    for days, score in ((100, 10), (50, 70), (5, 30)):
        day = now.date() - timedelta(days=days)
        database.session.add(Snapshot(account_id=cast.acme_id, day=day, score=score, band="amber"))
    database.session.flush()

    def stands(days: int) -> dict[int, Decimal]:
        moment = queries.Moment(now - timedelta(days=days), past=True)
        some = queries.standings(LaneKind.STRATEGIC, (POLICY,), moment=moment)
        return {one.account_id: one.score for (one,) in some}

    assert cast.acme_id not in stands(70)
    assert cast.acme_id in stands(58)
    assert stands(20)[cast.acme_id] - stands(58)[cast.acme_id] == Decimal("12.00")  # 20 × (70 - 10)


def drafted(cast: Cast, now: datetime, **changes: Any) -> PolicyDraft:
    draft = policy_actions.start(PolicyKind.SPONSORSHIP, by=cast.petra, now=now)
    for path, value in changes.items():
        policy_actions.change(draft, path, value, by=cast.petra, now=now)
    database.session.commit()
    return draft


@ON_SQLITE_ALONE
def test_a_draft_is_tried_held_against_the_year_and_only_then_published(
    browse: Callable[..., Any], cast: Cast, now: datetime, run_jobs: Callable[[], None]
) -> None:
    making.sponsor(cast.ava, by=cast.petra, now=now)
    cast.read_english("petra", "lena")
    draft = drafted(cast, now, **{"strategic.rank_factor": "1", "strategic.places": 1})
    petra, lena, page = browse("petra"), browse("lena"), f"/policies/drafts/{draft.id}"
    asked = {"account": cast.borealis.reference, "lane": "strategic", "draft": str(draft.id)}
    told = petra.post("/sponsorship/try", asked).get_data(as_text=True)
    assert "Under draft" in told
    assert "top 1 by ARR" in told
    assert "top 60 by ARR" in told
    assert "none of this number" in petra.post(
        "/sponsorship/try", asked | {"account": "ACC-99999"}
    ).get_data(as_text=True)
    assert browse("carl").get("/sponsorship/try").status_code == 403
    assert "Hold it against the last 12 months" in petra.text(page)
    assert petra.post(f"{page}/load").status_code == 303
    assert "It is being worked out" in petra.text(page)
    policy_actions.submit(draft, why="Fewer places", by=cast.petra, now=now)
    database.session.commit()
    assert lena.post(f"{page}/sign", {"reason": "Yes"}).status_code == 422
    run_jobs()
    text = lena.text(page)
    assert "Would have come in" in text
    assert "Month by month" in text
    kept = policy_queries.get_draft(draft.id, lock=True)
    assert kept.load is not None
    # PostgreSQL keeps keys in an order of its own: pages have theirs.
    kept.load = kept.load | {"lanes": dict(sorted(kept.load["lanes"].items()))}
    (left_out,) = kept.load["lanes"]["strategic"]["named"]["stays_out"]
    account = database.session.get_one(Account, left_out)
    database.session.commit()
    named = petra.text(f"/sponsorship/backtests/{draft.id}")
    assert account.name in named
    assert named.index('id="strategic"') < named.index('id="recovery"')
    assert lena.post(f"{page}/sign", {"reason": "Yes"}).status_code == 303
    assert queries.policy_in_force()[1] == 2


def test_a_draft_that_is_given_up_is_worked_out_no_further(
    browse: Callable[..., Any], cast: Cast, now: datetime, run_jobs: Callable[[], None]
) -> None:
    cast.read_english("petra")
    draft = drafted(cast, now, training_months=6)
    petra, page = browse("petra"), f"/policies/drafts/{draft.id}"
    assert petra.post(f"{page}/load").status_code == 303
    assert petra.post(f"{page}/give-up").status_code == 303
    run_jobs()
    text = petra.text(page)
    assert "You may leave this page" not in text
    assert "not worked out to its end" in text


def test_how_far_it_is_is_kept_until_the_draft_changes(cast: Cast, now: datetime) -> None:
    draft = drafted(cast, now, training_months=6)
    assert policy_queries.desk(draft, cast.petra, now=now).progress is None
    wanted = digest(draft.body)
    assert policy_actions.keep_progress(draft, done=3, total=24, digest=wanted)
    shown = policy_queries.desk(draft, cast.petra, now=now)
    assert (shown.progress, shown.rehearsed) == ({"done": 3, "total": 24}, False)
    policy_actions.change(draft, "training_months", 7, by=cast.petra, now=now)
    assert policy_queries.desk(draft, cast.petra, now=now).progress is None
    assert not policy_actions.keep_progress(draft, done=4, total=24, digest=wanted)


def test_a_wrong_draft_is_not_tried_and_one_of_another_policy_neither(
    cast: Cast, now: datetime
) -> None:
    draft = drafted(cast, now, training_months=0)
    given: dict[str, Any] = {"draft_id": draft.id, "now": now}
    with pytest.raises(Refused, match="put right first"):
        queries.tried(cast.petra, cast.acme, LaneKind.STRATEGIC, **given)
    other = policy_actions.start(PolicyKind.RISK, by=cast.erik, now=now)
    with pytest.raises(NotFound):
        queries.tried(cast.petra, cast.acme, LaneKind.RECOVERY, draft_id=other.id, now=now)


def _body(**changes: Any) -> dict[str, Any]:
    body: Any = dump(POLICY)
    for path, value in changes.items():
        body = with_value(body, path.replace("__", "."), value)
    return dict(body)


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"weights__0__factor": "shoe_size"}, "weights.0.factor"),  # a fact that nobody knows
        ({"weights__0__factor": "__import__('os').system('id')"}, "weights.0.factor"),
        ({"weights__0__points": "100 / 0"}, "weights.0.points"),
        ({"strategic__least_score": "while True: pass"}, "strategic.least_score"),
        ({"strategic__least_score": "NaN"}, "strategic.least_score"),
        ({"strategic__places": 0}, "strategic.places"),
        ({"strategic__places": "A" * 100_000}, "strategic.places"),
        ({"strategic__rule": "arr > 1000000"}, "strategic"),  # no words of one's own
        ({"weights__0__points": "99"}, ""),  # not a hundred together
        ({"exit__low_score": "70"}, ""),  # one would leave with the score that lets one in
        ({"weights": []}, "weights"),
        ({"match": [[[[[[]]]]]]}, "match"),
    ],
)
def test_a_rule_that_cannot_be_is_named_where_it_stands(changes: dict[str, Any], at: str) -> None:
    document, problems = read_draft(SponsorshipPolicy, _body(**changes))
    assert document is None
    assert any(one.path.startswith(at) and one.text for one in problems), problems


@ON_SQLITE_ALONE
def test_no_body_that_a_program_sends_breaks_the_draft(
    browse: Callable[..., Any], cast: Cast, db: Any, now: datetime
) -> None:
    draft = drafted(cast, now)
    scopes = tuple(one for one in Permission if one.startswith("policies:"))
    petra = caller(browse, cast, db, now, at="/api/v1/policies/", scopes=scopes)("petra")
    deep: Any = []
    for _turn in range(400):
        deep = [deep]
    for body in ({"weights": deep}, {"title": "A" * 100_000}, {"strategic": {"places": 10**400}}):
        answer = petra("PUT", f"drafts/{draft.id}", {"body": body})
        assert answer.status_code in {200, 413, 422}, answer.get_data(as_text=True)[:200]
        submitted = petra("POST", f"drafts/{draft.id}/submit", {"why": "It shall be so."})
        assert submitted.status_code == 409
    assert queries.policy_in_force()[1] == 1
