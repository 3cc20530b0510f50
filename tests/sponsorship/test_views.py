"""The pages of the sponsorship programme, as people use them, and who is turned away."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contact
from portal.blueprints.sponsorship import actions, queries
from portal.blueprints.sponsorship.models import (
    LaneKind,
    Nomination,
    NominationState,
    Sponsor,
    Sponsorship,
    SponsorshipState,
)
from portal.core import events
from portal.core.db import db as database
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE

from . import making
from .test_terms import begun

PROFILE = {
    "languages": ["en", "fr"],
    "zone": "Europe/Paris",
    "hours_month": "20",
    "capacity": "3",
    "recovery_places": "1",
    "trained_on": "2026-05-04",
    "expertise": "outages, pricing",
}


def nomination() -> Nomination:
    return database.session.scalars(sa.select(Nomination)).one()


def test_the_story_from_draft_to_exit(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    carl, petra, ava = browse("carl"), browse("petra"), browse("ava")
    profile = {**PROFILE, "person_id": str(cast.ava.id)}
    assert "Add the sponsor" not in carl.get("/sponsorship/").get_data(as_text=True)
    assert petra.post("/sponsorship/sponsors/new", profile).status_code == 303
    sponsor = database.session.scalars(sa.select(Sponsor)).one()
    assert "outages" in petra.text(f"/sponsorship/{sponsor.reference}")
    draft = {"account": cast.acme.reference, "lane": "strategic"}
    assert carl.post("/sponsorship/new", draft).status_code == 303
    page = f"/sponsorship/{nomination().reference}"
    text = carl.text(page)
    assert "Data missing" in text
    contact = database.session.scalars(
        sa.select(Contact.id).filter_by(account_id=cast.acme_id)
    ).one()
    filled = {
        "version": str(nomination().version),
        "outcome": "Renewed in three countries",
        "why": "They count.",
        "customer_executive_id": str(contact),
        "proposed_sponsor_id": str(sponsor.id),
        "expertise": " Pricing, billing,  PRICING,, <b>",
        "send": ["1", "0"],
    }
    assert carl.post(f"{page}/edit", filled).status_code == 303
    assert nomination().expertise == ["<b>", "billing", "PRICING"]
    assert nomination().state is NominationState.DRAFT
    filled |= {"version": str(nomination().version), "send": "1"}
    assert carl.post(f"{page}/edit", filled).status_code == 303
    assert nomination().state is NominationState.SENT
    cast.read_english("petra")
    assert "One nomination waits" in petra.text("/sponsorship/")
    assert "Renewed in three countries" in petra.text(page)
    decision = {"verdict": "admit", "sponsor_id": str(sponsor.id), "reason": ""}
    refused = petra.post(f"{page}/decide", decision)
    assert refused.status_code == 422
    assert "Knows PRICING; not: &lt;b&gt;, billing." in refused.text
    assert 'id="reason-error"' in refused.get_data(as_text=True)
    decision["reason"] = "Their plan comes next week."
    assert carl.post(f"{page}/decide", decision).status_code == 403
    assert petra.post(f"{page}/decide", decision).status_code == 303
    begun = database.session.scalars(sa.select(Sponsorship)).one()
    assert begun.reference in petra.text(page)
    own = f"/sponsorship/{begun.reference}"
    point = queries.touchpoints(begun)[0]
    assert "Renewed in three countries" in ava.text(own)
    held = {"state": "held", "on": "", "note": "They want dates."}
    assert carl.post(f"{own}/touchpoints/{point.id}", held).status_code == 422
    assert ava.post(f"{own}/touchpoints/{point.id}", held).status_code == 303
    assert "They want dates." in ava.text(own)
    assert petra.post(f"{own}/extend", {"reason": "One more year."}).status_code == 303
    end = {"why": "outcome_reached", "farewell": "Thank you."}
    assert ava.post(f"{own}/end", end).status_code == 403
    assert petra.post(f"{own}/end", end).status_code == 303
    assert begun.state is SponsorshipState.ENDED
    assert "Thank you." in petra.text(own)


def test_what_a_sponsor_should_know_is_kept_as_typed_or_refused(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    row = actions.draft(cast.acme, LaneKind.STRATEGIC, by=cast.carl, now=now)
    row.expertise = ["<b>", "billing"]
    database.session.commit()
    carl, page = browse("carl"), f"/sponsorship/{row.reference}"
    assert 'value="&lt;b&gt;, billing"' in carl.text(page)
    for wrong in (", ".join(map(str, range(21))), "x" * 81):
        given = {"version": str(nomination().version), "expertise": wrong}
        answer = carl.post(f"{page}/edit", given)
        assert (answer.status_code, 'id="expertise-error"' in answer.text) == (422, True)


def test_what_a_sponsor_knows_is_kept_once_offered_and_never_cut(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    row = making.sponsor(cast.ava, by=cast.petra, now=now)
    other = actions.draft(cast.acme, LaneKind.STRATEGIC, by=cast.carl, now=now)
    database.session.commit()
    petra, page = browse("petra"), f"/sponsorship/{row.reference}"
    unseen = "\u200b\u202e"
    typed = f"Pricing, pricing, {unseen}, Sécu{unseen}rité, SECURITE, {'y' * 80}"
    given = {**PROFILE, "expertise": typed, "industries": f"Retail, retail, {unseen}"}
    assert petra.post(f"{page}/profile", given).status_code == 303
    database.session.refresh(row)
    assert row.expertise == ["pricing", "SECURITE", "y" * 80]
    assert row.industries == ["retail"]
    for field in ("expertise", "industries"):
        answer = petra.post(f"{page}/profile", {**PROFILE, field: "x" * 81})
        assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)
    for person, shown in (
        (petra, page),
        (petra, "/sponsorship/sponsors/new"),
        (browse("carl"), f"/sponsorship/{other.reference}"),
    ):
        text = person.text(shown)
        assert 'list="expertise-known"' in text
        assert '<option value="SECURITE"></option>' in text


def test_a_refused_sending_keeps_the_words(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    row = actions.draft(cast.acme, LaneKind.STRATEGIC, by=cast.carl, now=now)
    database.session.commit()
    given = {
        "version": str(row.version),
        "outcome": "",
        "why": "Keep these words",
        "customer_executive_id": "",
        "proposed_sponsor_id": "",
        "send": "1",
    }
    answer = browse("carl").post(f"/sponsorship/{row.reference}/edit", given)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "Keep these words" in text
    assert 'id="outcome-error"' in text
    assert nomination().why == ""


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("carl", 200),
        ("erik", 200),
        ("petra", 200),
        ("lena", 200),
        ("fina", 200),
        ("aldo", 200),
        ("otto", 404),
        ("clara", 404),
        ("ava", 404),
        ("sam", 403),
        ("lisa", 403),
        ("kim", 403),
        ("adam", 403),
    ],
)
def test_who_sees_a_nomination(
    browse: Callable[..., Any], cast: Cast, now: datetime, name: str, status: int
) -> None:
    row = making.sent(cast.acme, by=cast.carl, now=now)
    database.session.commit()
    assert browse(name).get(f"/sponsorship/{row.reference}").status_code == status
    if status == 200:
        assert row.reference in browse(name).text("/sponsorship/")


@pytest.mark.parametrize("name", ["carl", "erik", "aldo"])
def test_a_sponsors_profile_is_for_the_programme(
    browse: Callable[..., Any], cast: Cast, now: datetime, name: str
) -> None:
    row = making.sponsor(cast.ava, by=cast.petra, now=now)
    database.session.commit()
    assert browse(name).get(f"/sponsorship/{row.reference}").status_code == 404
    assert browse("ava").get(f"/sponsorship/{row.reference}").status_code == 200
    assert browse(name).post(f"/sponsorship/{row.reference}/profile", PROFILE).status_code == 403


def test_a_refused_profile_names_the_field(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    row = making.sponsor(cast.ava, by=cast.petra, now=now)
    database.session.commit()
    given = {**PROFILE, "zone": "Mars/Olympus"}
    answer = browse("petra").post(f"/sponsorship/{row.reference}/profile", given)
    assert answer.status_code == 422
    assert 'id="zone-error"' in answer.get_data(as_text=True)
    assert "Mars/Olympus" in answer.get_data(as_text=True)


def test_who_was_slower_reads_both_texts_under_their_names_and_goes_back(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    cast.read_english("carl")
    row = actions.draft(cast.acme, LaneKind.STRATEGIC, by=cast.carl, now=now)
    database.session.commit()
    carl, page = browse("carl"), f"/sponsorship/{row.reference}"
    given = {"version": str(row.version), "lane": row.lane.value, "why": row.why, "expertise": ""}
    for outcome, status in (("They stay.", 303), ("They grow.", 409)):
        answer = carl.post(
            f"{page}/edit",
            {**given, "outcome": outcome, "customer_executive_id": "", "proposed_sponsor_id": ""},
        )
        assert answer.status_code == status
    text = answer.get_data(as_text=True)
    assert '<h2 class="story-title">Outcome, visible to the customer</h2>' in text
    assert text.count("story-title") == 1, "what is the same in both is not shown"
    assert "They stay." in text
    assert "They grow." in text
    assert f'href="{page}"' in text


def test_a_refusal_is_said_even_where_its_form_is_gone(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    cast.read_english("carl", "petra", "ava")
    row = making.sent(cast.acme, by=cast.carl, now=now)
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    making.charter(by=cast.petra, now=now)
    database.session.commit()
    carl, petra, page = browse("carl"), browse("petra"), f"/sponsorship/{row.reference}"
    late = carl.post(f"{page}/edit", {"version": "1", "send": "1", "outcome": "Again"})
    assert "Only a draft can be changed." in late.get_data(as_text=True)
    decision = {"verdict": "decline", "reason": "Calm waters.", "sponsor_id": ""}
    assert petra.post(f"{page}/decide", decision).status_code == 303
    assert "Somebody was faster" in petra.post(f"{page}/decide", decision).get_data(as_text=True)
    unknown = carl.post("/sponsorship/new", {"account": "ACC-99999", "lane": "strategic"})
    assert unknown.status_code == 422
    assert "none of this number" in unknown.get_data(as_text=True)
    gone = database.session.get_one(Account, cast.borealis_id)
    gone.merged_into_id = cast.acme_id
    database.session.commit()
    merged = petra.post("/sponsorship/new", {"account": gone.reference, "lane": "strategic"})
    assert f"went into {cast.acme.reference}: nominate that" in merged.get_data(as_text=True)
    own = f"/sponsorship/{sponsor.reference}"
    assert '<option value="The first meeting">' in petra.text(own)
    assert "Their calendar" not in petra.text(own)
    assert browse("ava").post(f"{own}/feed/open", {}).status_code == 303
    assert "Take the address back" in petra.text(own)
    assert petra.post(f"{own}/feed/shut", {}).status_code == 303
    refused = petra.post(f"{own}/feed/shut", {}).get_data(as_text=True)
    assert "There is no address to take back." in refused


def test_the_same_form_twice_nominates_once(browse: Callable[..., Any], cast: Cast) -> None:
    carl = browse("carl")
    form = {"account": cast.acme.reference, "lane": "strategic", "once": "key"}
    first, second = carl.post("/sponsorship/new", form), carl.post("/sponsorship/new", form)
    assert first.location == second.location
    assert nomination().reference in first.location


def test_a_nomination_is_taken_back_with_a_reason(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    row = making.sent(cast.acme, by=cast.carl, now=now)
    database.session.commit()
    carl, url = browse("carl"), f"/sponsorship/{row.reference}/withdraw"
    assert carl.post(url, {"because": ""}).status_code == 422
    assert carl.post(url, {"because": "They renewed."}).status_code == 303
    assert nomination().state is NominationState.WITHDRAWN
    assert "They renewed." in carl.text(f"/sponsorship/{row.reference}")


@pytest.mark.parametrize("reference", ["NOM-2026-0001", "SPO-2026-0001", "SPR-2026-0001", "X"])
def test_what_is_not_there_is_not_found(browse: Callable[..., Any], reference: str) -> None:
    assert browse("petra").get(f"/sponsorship/{reference}").status_code == 404


def test_the_parts_of_other_pages(browse: Callable[..., Any], cast: Cast, now: datetime) -> None:
    row = making.sent(cast.acme, by=cast.carl, now=now)
    database.session.commit()
    htmx = {"headers": {"HX-Request": "true"}}
    url = f"/sponsorship/?account={cast.acme.reference}&part=1"
    text = browse("carl").get(url, **htmx).get_data(as_text=True)
    assert row.reference in text
    assert "<html" not in text
    assert row.reference not in browse("clara").get(url, **htmx).get_data(as_text=True)


@pytest.mark.parametrize("name", ["petra", "clara"])
def test_pages_speak_the_readers_language(
    browse: Callable[..., Any], cast: Cast, now: datetime, name: str
) -> None:
    making.sponsor(cast.ava, by=cast.petra, now=now)
    row = making.sent(cast.borealis, by=cast.clara, now=now)
    database.session.commit()
    browse(name).text("/sponsorship/")
    browse(name).text(f"/sponsorship/{row.reference}")


@pytest.mark.parametrize("rows", [1, 12])
def test_the_programme_costs_the_same_however_many_sponsors(
    browse: Callable[..., Any], cast: Cast, now: datetime, queries_at_most: Any, rows: int
) -> None:
    names = ("ava", "dora", "lena")
    for name in names[: min(rows, 3)]:
        making.sponsor(getattr(cast, name), capacity=2, by=cast.petra, now=now)
    database.session.commit()
    petra = browse("petra")
    petra.text("/sponsorship/")
    with queries_at_most(16):
        petra.text("/sponsorship/")


@ON_SQLITE_ALONE
def test_tables_are_taken_as_files_by_who_sees_them(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    row = begun(cast, now)
    making.sent(cast.borealis, by=cast.clara, now=now, outcome="=SUM(1)")
    database.session.commit()
    petra, carl, otto = browse("petra"), browse("carl"), browse("otto")
    told = petra.get("/sponsorship/export/nominations.csv").get_data(as_text=True)
    assert "'=SUM(1)" in told
    assert cast.acme.name in told
    assert "Strategico" in told or "Stratégique" in told  # Petra's language, no word of the program
    assert "strategic," not in told
    assert cast.borealis.name not in carl.get("/sponsorship/export/nominations.csv").get_data(
        as_text=True
    )
    for what in ("sponsorships", "touches"):
        assert row.reference in carl.get(f"/sponsorship/export/{what}.csv").get_data(as_text=True)
        assert row.reference not in otto.get(f"/sponsorship/export/{what}.csv").get_data(
            as_text=True
        )
    book = petra.get("/sponsorship/export/load/sponsors.xlsx")
    assert book.get_data()[:2] == b"PK"
    assert carl.get("/sponsorship/export/load/sponsors.csv").status_code == 403
    assert carl.get("/sponsorship/export/sponsors.csv").status_code == 404
    names = sa.select(sa.func.count()).where(events.Event.name == "sponsorship.exported")
    database.session.commit()
    assert database.session.scalar(names) == 7
