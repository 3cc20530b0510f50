"""The direct line of a customer to their sponsor; gifts; absent sponsors; the lot among ties."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import html5lib
import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Contact
from portal.blueprints.notifications.models import Notification
from portal.blueprints.policies.rules import SponsorshipPolicy, shipped
from portal.blueprints.sponsorship import actions, jobs, queries, rules
from portal.blueprints.sponsorship.models import ExitReason, GiftKind, LaneKind, Line
from portal.core import events
from portal.core.db import db as database
from portal.core.errors import NotFound, Refused
from portal.core.money import Money
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE

from . import making
from .test_terms import begun

POLICY = shipped(SponsorshipPolicy)
BASE = "https://parley.example"


def opened(cast: Cast, now: datetime) -> Line:
    row = begun(cast, now)
    contact = database.session.scalars(sa.select(Contact).filter_by(account_id=cast.acme_id)).one()
    return actions.open_line(row, contact, base_url=BASE, by=cast.ava, now=now)


def told(template: str) -> set[int | None]:
    query = sa.select(Notification.person_id).where(Notification.template == template)
    return set(database.session.scalars(query))


def test_words_that_nobody_answers_reach_the_substitute_and_the_programme(
    cast: Cast, now: datetime
) -> None:
    line = opened(cast, now)  # on a Wednesday
    cast.user("ava").substitute_id = cast.dora.id
    who = queries.on_line(queries.line_token(line))
    message = actions.write_in(who, " Whom do I call? ", now=now)
    database.session.flush()
    assert told("sponsorship/line_written") == {cast.ava.id}
    assert message.due_at.date() == date(2026, 6, 19)  # Friday's close of business
    assert not queries.may_answer(who.row, cast.carl)
    with pytest.raises(NotFound):
        queries.get_sponsorship(cast.dora, who.row.reference, now=now)

    def waiting(name: str) -> list[str]:
        return [one.reference for one in queries.to_answer(getattr(cast, name), now=now)]

    assert (waiting("ava"), waiting("petra")) == ([who.row.reference], [])
    jobs.chase_lines((message.due_at - timedelta(minutes=1)).isoformat())
    assert message.passed_on_at is None
    for _turn in range(2):
        jobs.chase_lines((message.due_at + timedelta(minutes=1)).isoformat())
    database.session.flush()
    assert told("sponsorship/line_late") == {cast.ava.id, cast.dora.id, cast.petra.id}
    names = sa.select(sa.func.count()).where(events.Event.name == "sponsorship.line_passed_on")
    database.session.commit()
    assert database.session.scalar(names) == 1
    assert waiting("dora") == waiting("petra") == [who.row.reference]
    later = message.due_at + timedelta(hours=2)
    with pytest.raises(Refused, match=r"\{name\}"):
        actions.answer_line(who.row, message, text="Dear {name}.", by=cast.dora, now=later)
    actions.answer_line(who.row, message, text="Me.", by=cast.dora, now=later)
    assert waiting("ava") == waiting("dora") == []
    with pytest.raises(Refused, match="answered already"):
        actions.answer_line(who.row, message, text="No, me.", by=cast.ava, now=later)


@ON_SQLITE_ALONE
@pytest.mark.parametrize("spoiled", ["revoked", "left", "ended", "altered"])
def test_an_address_opens_nothing_any_more(cast: Cast, now: datetime, spoiled: str) -> None:
    line = opened(cast, now)
    token = queries.line_token(line)
    row = queries.on_line(token).row
    if spoiled == "revoked":
        actions.close_line(row, line, by=cast.petra, now=now)
    elif spoiled == "left":
        database.session.get_one(Contact, line.contact_id).left_at = now
    elif spoiled == "ended":
        row.state, row.ended_on = "ended", now.date()  # type: ignore[assignment]
    else:
        token = token[:-1] + ("a" if token[-1] != "a" else "b")
    database.session.flush()
    with pytest.raises(NotFound):
        queries.on_line(token)


def test_a_line_is_for_one_contact_of_the_customer_and_not_for_a_flood(
    cast: Cast, now: datetime
) -> None:
    line = opened(cast, now)
    who = queries.on_line(queries.line_token(line))
    given: dict[str, Any] = {"base_url": BASE, "by": cast.ava, "now": now}
    with pytest.raises(Refused, match="already"):
        actions.open_line(who.row, who.contact, **given)
    stranger = Contact(account_id=cast.borealis_id, name="X", role="user")
    database.session.add(stranger)
    database.session.flush()
    with pytest.raises(NotFound):
        actions.open_line(who.row, stranger, **given)
    with pytest.raises(Refused, match="sponsor or the programme manager"):
        actions.open_line(who.row, who.contact, base_url=BASE, by=cast.carl, now=now)
    with pytest.raises(Refused, match="Write something"):
        actions.write_in(who, " \n", now=now)
    for _turn in range(10):
        actions.write_in(who, "Again", now=now)
    with pytest.raises(Refused, match="a lot today"):
        actions.write_in(who, "Again", now=now)


@ON_SQLITE_ALONE
def test_the_customer_writes_and_reads_the_answer(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    line = opened(cast, now)
    cast.read_english("ava")
    database.session.commit()
    client, address = browse(), f"/sponsorship/line/{queries.line_token(line)}"
    shown = client.get(address)
    assert shown.status_code == 200
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert client.get(address[:-3] + "aaa").status_code == 404
    who = queries.on_line(queries.line_token(line))
    message = actions.write_in(who, "When do we meet?", now=now)
    database.session.commit()
    ava, page = browse("ava"), f"/sponsorship/{who.row.reference}"
    assert "When do we meet?" in ava.text(page)
    assert "/sponsorship/" + who.row.reference + "#line" in ava.text("/")
    second = actions.write_in(who, "And where?", now=now)
    database.session.commit()
    long = ava.post(f"{page}/messages/{second.id}", {"answer": "x" * 5001})
    text = long.get_data(as_text=True)
    tree = html5lib.HTMLParser(namespaceHTMLElements=False).parse(text)
    assert long.status_code == 422
    for number, typed, wrong in ((message.id, 0, 0), (second.id, 5001, 1)):
        [behind] = [
            one
            for one in tree.iter("details")
            if one.find(f".//textarea[@id='answer-{number}']") is not None
        ]
        [field] = behind.iter("textarea")
        assert len((field.text or "").strip()) == typed, "only what was sent is shown again"
        assert len(behind.findall(".//p[@class='error']")) == wrong
        links = [one.get("href") for one in behind.iter("a")]
        assert links == [f"#answer-{number}"] * wrong
        assert (behind.get("open") is not None) is bool(wrong)
    sent = ava.post(f"{page}/messages/{message.id}", {"answer": "In May."})
    assert sent.status_code == 303
    late = ava.post(f"{page}/messages/{message.id}", {"answer": "In June."})
    assert late.get_data(as_text=True).count("This is answered already.") == 1
    assert "In May." in client.get(address).get_data(as_text=True)
    gift = {"gift_kind": "gift", "way": "given", "gift_what": "A book", "gift_worth": "300"}
    assert ava.post(f"{page}/gifts", gift).status_code == 422
    assert ava.post(f"{page}/gifts", gift | {"gift_why": "Lena agreed"}).status_code == 303
    assert "Above the limit" in ava.text(page)


def test_what_was_written_before_the_end_is_answered_after_it(cast: Cast, now: datetime) -> None:
    who = queries.on_line(queries.line_token(opened(cast, now)))
    message = actions.write_in(who, "Who looks after us now?", now=now)
    row = who.row
    actions.end(row, ExitReason.OUTCOME_REACHED, note="All done.", by=cast.petra, now=now)
    jobs.chase_lines((message.due_at + timedelta(minutes=1)).isoformat())
    database.session.flush()
    assert cast.petra.id in told("sponsorship/line_late")
    late = message.due_at + timedelta(hours=1)
    for name in ("ava", "petra"):
        owed = queries.to_answer(getattr(cast, name), now=late)
        assert [one.reference for one in owed] == [row.reference], name
    with pytest.raises(Refused):
        actions.answer_line(row, message, text="I?", by=cast.carl, now=late)
    actions.answer_line(row, message, text="Carl does.", by=cast.ava, now=late)
    assert queries.to_answer(cast.petra, now=late) == []


@pytest.mark.parametrize(
    ("values", "near", "over"),
    [((), False, False), ((199,), False, False), ((200,), True, False), ((250,), True, False),
     ((200, 51), False, True)],
)  # fmt: skip
def test_gifts_are_held_against_twelve_months(
    values: tuple[int, ...], near: bool, over: bool
) -> None:
    on = date(2028, 2, 29)
    passed = [(on, Money(Decimal(value), "EUR")) for value in values]
    passed.append((date(2027, 2, 28), Money(Decimal(900), "EUR")))  # a year ago counts no more
    found = rules.gifts.against(passed, on=on, policy=POLICY, currency="EUR")
    assert (found.near, found.over) == (near, over)


@ON_SQLITE_ALONE
def test_a_gift_above_the_limit_asks_for_a_reason_and_is_told(cast: Cast, now: datetime) -> None:
    row = begun(cast, now)
    given: dict[str, Any] = {"given": True, "what": "A dinner", "on": None, "by": cast.ava}

    def note(amount: int, reason: str = "", **more: Any) -> Any:
        value, kind = Money(Decimal(amount), "EUR"), GiftKind.HOSPITALITY
        return actions.note_gift(row, kind, value=value, reason=reason, now=now, **(given | more))

    note(200)
    with pytest.raises(Refused, match="above the limit"):
        note(100)
    note(100, given=False)  # the other way has a limit of its own
    note(100, "The board agreed")
    assert told("sponsorship/gift_above") == {cast.petra.id}
    for wrong in ({"on": now.date() + timedelta(days=1)}, {"what": " "}, {"by": cast.carl}):
        with pytest.raises(Refused):
            note(1, **wrong)
    with pytest.raises(Refused):
        note(0)
    assert [sums.over for sums in queries.gift_sums(row, now=now).values()] == [True, False]


@pytest.mark.parametrize(
    ("taken", "substituted", "possible"),
    [("nobody", True, False), ("substituted", True, True), ("substituted", False, False),
     ("everybody", False, True)],
)  # fmt: skip
def test_an_absent_sponsor_takes_no_account_unless_the_policy_says_so(
    taken: str, substituted: bool, possible: bool
) -> None:
    policy = POLICY.model_copy(update={"match": POLICY.match.model_copy(update={"absent": taken})})
    one = rules.Sponsor(
        1, Decimal(20), trained_on=date(2026, 5, 1), absent=True, substituted=substituted
    )
    for sponsor, free in ((one, possible), (replace(one, absent=False), True)):
        found = rules.objections_to_capacity(
            sponsor, rules.Load(), LaneKind.STRATEGIC, on=date(2026, 6, 1), policy=policy
        )
        assert (not found) is free


def test_who_is_away_today_is_seen_as_absent(cast: Cast, now: datetime) -> None:
    making.sponsor(cast.ava, by=cast.petra, now=now)
    ava = cast.user("ava")
    ava.absent_from, ava.absent_until = now - timedelta(days=1), now + timedelta(days=2)
    database.session.flush()
    seen = [queries.sponsors(on=now.date() + timedelta(days=n))[0].sponsor.absent for n in (0, 5)]
    assert seen == [True, False]


def test_ties_are_those_within_the_points_of_the_highest() -> None:
    texts = {"A": "80", "B": "79.2", "C": "78.5", "D": "60"}
    scored = [(name, Decimal(text)) for name, text in texts.items()]
    assert rules.drawing.ties(scored, points=Decimal(1)) == [["A", "B"]]
    assert rules.drawing.ties(scored, points=Decimal(0)) == []

    assert rules.drawing.drawn(["A", "B", "C"], seed="s") == rules.drawing.drawn("CBA", seed="s")


def test_a_tie_is_drawn_once_and_the_seed_repeats_it(cast: Cast, now: datetime) -> None:
    rows = [
        making.sent(account, by=by, now=now)
        for account, by in ((cast.acme, cast.carl), (cast.borealis, cast.clara))
    ]
    panel = actions.convene(
        meets_at=now + timedelta(days=2),
        place="",
        quorum=1,
        members=[cast.ids["lena"]],
        by=cast.petra,
        now=now,
    )
    for row in rows:
        actions.put_on_agenda(row, panel, by=cast.petra, now=now)
    rows[0].score, rows[1].score = Decimal(70), Decimal("60.5")
    database.session.flush()
    with pytest.raises(Refused, match="so near"):
        actions.draw(panel, LaneKind.STRATEGIC, by=cast.petra, now=now)
    rows[1].score = Decimal("69.5")
    database.session.flush()
    drawn = actions.draw(panel, LaneKind.STRATEGIC, by=cast.petra, now=now)
    assert drawn.ties == [list(rules.drawing.drawn([r.reference for r in rows], seed=drawn.seed))]
    with pytest.raises(Refused, match="a choice"):
        actions.draw(panel, LaneKind.STRATEGIC, by=cast.petra, now=now)


@ON_SQLITE_ALONE
def test_who_stands_in_for_an_absent_sponsor_sees_what_they_are_told_of(
    cast: Cast, now: datetime
) -> None:
    line = opened(cast, now)
    ava = cast.user("ava")
    ava.substitute_id, ava.absent_from = cast.dora.id, now - timedelta(days=1)
    ava.absent_until = now + timedelta(days=9)
    database.session.flush()
    who = queries.on_line(queries.line_token(line))
    message = actions.write_in(who, "Whom do I call?", now=now)
    database.session.flush()
    assert told("sponsorship/line_written") == {cast.ava.id, cast.dora.id}
    assert queries.get_sponsorship(cast.dora, who.row.reference, now=now) is who.row
    who.contact.left_at = now
    with pytest.raises(Refused, match="no longer there"):
        actions.answer_line(who.row, message, text="Me.", by=cast.dora, now=now)
