"""Panels: convened, an agenda, votes and conflicts, and one outcome; nominations that come back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications.models import Notification
from portal.blueprints.policies.models import Decision
from portal.blueprints.sponsorship import actions, queries
from portal.blueprints.sponsorship.models import (
    LaneKind,
    Nomination,
    NominationState,
    Panel,
    PanelState,
    PanelVerdict,
)
from portal.blueprints.sponsorship.rules import panel as rules
from portal.core.db import db as database
from portal.core.errors import NotFound, Refused
from tests.cast import Cast
from tests.concessions.test_races import at_once
from tests.conftest import ON_SQLITE_ALONE

from . import making

A, W, D, ASIDE = PanelVerdict.ADMIT, PanelVerdict.WAIT, PanelVerdict.DECLINE, None


@pytest.mark.parametrize(
    ("given", "quorum", "carried", "votes", "aside"),
    [
        ((A, A, D), 2, A, 3, 0),
        ((A, D), 2, None, 2, 0),  # a tie decides nothing
        ((A, ASIDE, ASIDE), 2, None, 1, 2),  # who stands aside makes no quorum
        ((W, W, A, D), 3, None, 4, 0),  # half is not more than half
        ((W, W, W, D), 3, W, 4, 0),
        ((), 1, None, 0, 0),
    ],
)
def test_what_votes_say_together(given, quorum, carried, votes, aside) -> None:
    ballots = [rules.Ballot(number, verdict) for number, verdict in enumerate(given)]
    found = rules.tally(ballots, quorum=quorum)
    assert (found.carried, found.votes, found.aside) == (carried, votes, aside)
    stopped = {one.code for one in rules.objections_to_outcome(found, A)}
    expected = set() if carried is A else {"outvoted"} if votes >= quorum else {"no_quorum"}
    assert stopped == expected


@pytest.mark.parametrize(
    ("person", "codes"),
    [
        (1, {"own_nomination"}),
        (2, {"own_sponsorship"}),
        (3, {"revenue_target"}),
        (4, {"account_owner"}),
        (5, set()),
    ],
)
def test_conflicts_on_file_keep_from_voting_but_not_from_standing_aside(person, codes) -> None:
    against = rules.conflicts(
        person,
        nominator_id=1,
        sponsor_id=2,
        target_owners=frozenset({3}),
        account_owner_id=4,
    )
    assert {one.code for one in against} == codes
    voted = rules.objections_to_ballot(rules.Ballot(person, A), against=against)
    assert {one.code for one in voted} == codes
    aside = rules.Ballot(person, None, "I know them.")
    assert not rules.objections_to_ballot(aside, against=against)
    silent = rules.objections_to_ballot(rules.Ballot(person, D), against=())
    assert [one.field for one in silent] == ["reason"]


def convened(cast: Cast, now: datetime, *, quorum: int = 2) -> Panel:
    return actions.convene(
        meets_at=now + timedelta(days=3),
        place="Room 4",
        quorum=quorum,
        members=[cast.ids["lena"], cast.ids["dora"], cast.ids["ava"]],
        by=cast.petra,
        now=now,
    )


def test_a_panel_decides_by_quorum_and_nobody_decides_otherwise(cast: Cast, now: datetime) -> None:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    row = making.sent(cast.acme, by=cast.carl, now=now, proposed_sponsor_id=sponsor.id)
    with pytest.raises(NotFound):
        queries.get_nomination(cast.dora, row.reference, now=now)
    panel = convened(cast, now)
    actions.put_on_agenda(row, panel, by=cast.petra, now=now)
    assert queries.get_nomination(cast.dora, row.reference, now=now) is row
    assert [one.reference for one in queries.agenda(cast.dora, panel, now=now)] == [row.reference]
    with pytest.raises(NotFound):
        queries.get_panel(cast.carl, panel.reference, now=now)
    told = sa.select(Notification.person_id).where(Notification.record_ref == panel.reference)
    assert set(database.session.scalars(told)) == {cast.ids[n] for n in ("lena", "dora", "ava")}

    def decide(verdict: PanelVerdict) -> Any:
        given = {"sponsor_id": sponsor.id, "reason": "As voted.", "by": cast.petra, "now": now}
        return actions.decide(row, verdict, **given)

    vote = {"by": cast.lena, "now": now}
    with pytest.raises(Refused, match="sits on"):
        actions.vote(row, panel, A, reason="", by=cast.petra, now=now)
    with pytest.raises(Refused, match="proposed"):
        actions.vote(row, panel, A, reason="", by=cast.ava, now=now)
    actions.vote(row, panel, None, reason="I would sponsor them.", by=cast.ava, now=now)
    actions.vote(row, panel, D, reason="Too early.", **vote)
    with pytest.raises(Refused, match="no quorum"):
        decide(A)
    actions.vote(row, panel, A, reason="", by=cast.dora, now=now)
    with pytest.raises(Refused, match="not what the panel voted"):
        decide(A)
    actions.vote(row, panel, A, reason="", **vote)  # a second vote stands for the first
    with pytest.raises(Refused, match="not what the panel voted"):
        decide(D)
    assert decide(A) is not None
    written = database.session.scalars(
        sa.select(Decision).where(Decision.record_ref == row.reference)
    ).one()
    assert written.facts["votes"] == {"admit": 2, "wait": 0, "decline": 0}
    assert (written.facts["stood_aside"], written.facts["panel"]) == (1, panel.reference)
    with pytest.raises(Refused, match="any more"):
        actions.vote(row, panel, D, reason="Late.", **vote)
    actions.close_panel(panel, by=cast.petra, now=now)
    with pytest.raises(Refused, match="closed"):
        actions.close_panel(panel, by=cast.petra, now=now)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("changes", "field"),
    [({"quorum": 4}, "quorum"), ({"quorum": 0}, "quorum"), ({"members": []}, "quorum")],
)
@ON_SQLITE_ALONE
def test_impossible_panels_are_refused(cast: Cast, now: datetime, changes, field) -> None:
    given = {
        "meets_at": now + timedelta(days=1),
        "place": "",
        "quorum": 1,
        "members": [cast.ids["lena"]],
    } | changes
    with pytest.raises(Refused) as refusal:
        actions.convene(**given, by=cast.petra, now=now)
    assert refusal.value.field == field


def test_two_panels_on_one_nomination_have_one_outcome(
    app: Flask, cast: Cast, now: datetime
) -> None:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    row = making.sent(cast.acme, by=cast.carl, now=now)
    first, second = convened(cast, now, quorum=1), convened(cast, now, quorum=1)
    actions.put_on_agenda(row, first, by=cast.petra, now=now)
    with pytest.raises(Refused, match=first.reference):
        actions.put_on_agenda(row, second, by=cast.petra, now=now)
    actions.take_off_agenda(row, first, by=cast.petra, now=now)
    database.session.commit()
    reference, place = row.reference, sponsor.id

    def decide(verdict: PanelVerdict, decider: int) -> Callable[[], None]:
        def work() -> None:
            by = auth_queries.actor(decider)
            found = queries.get_nomination(by, reference, now=now, lock=True)
            given = {"sponsor_id": place, "reason": "So be it.", "by": by, "now": now}
            actions.decide(found, verdict, **given)

        return work

    works = [decide(A, cast.ids["petra"]), decide(D, cast.ids["lena"])]
    assert at_once(app, now, works) == ["Refused", "done"]
    database.session.expire_all()
    kinds = sa.select(Decision).where(Decision.record_ref == reference)
    assert len(database.session.scalars(kinds).all()) == 1


def test_what_was_declined_comes_back_linked_and_not_too_soon(cast: Cast, now: datetime) -> None:
    row = making.sent(cast.acme, by=cast.carl, now=now)
    with pytest.raises(Refused, match="declined or taken back"):
        actions.renominate(row, by=cast.carl, now=now)
    back = now.date() + timedelta(days=90)
    given = {"reason": "After the renewal.", "by": cast.petra, "now": now}
    with pytest.raises(Refused) as refusal:
        actions.decide(row, D, come_back_on=now.date(), **given)
    assert refusal.value.field == "come_back_on"
    actions.decide(row, D, come_back_on=back, **given)
    with pytest.raises(Refused, match=row.reference):
        actions.draft(cast.acme, LaneKind.STRATEGIC, by=cast.carl, now=now)
    later = now + timedelta(days=91)
    new = actions.renominate(row, by=cast.carl, now=later)
    assert (new.earlier_id, new.outcome, new.state) == (row.id, row.outcome, NominationState.DRAFT)


def test_files_stay_with_a_nomination(cast: Cast, now: datetime) -> None:
    row = making.sent(cast.acme, by=cast.carl, now=now)
    given = {"by": cast.carl, "now": now}
    kept = actions.attach(row, BytesIO(b"Their plan"), name="plan.txt", **given)
    assert [one.name for one in queries.attachments(row)] == ["plan.txt"]
    for content, name in ((b"", "empty.txt"), (b"MZ\x00", "plan.txt"), (b"x", "../plan.txt")):
        with pytest.raises(Refused) as refusal:
            actions.attach(row, BytesIO(content), name=name, **given)
        assert refusal.value.field == "file"
    other = making.sent(cast.borealis, by=cast.clara, now=now)
    with pytest.raises(NotFound):
        queries.attachment(other, kept.id)
    actions.withdraw(row, reason="Not now.", **given)
    with pytest.raises(Refused, match="decided"):
        actions.attach(row, BytesIO(b"Late"), name="late.txt", **given)


@ON_SQLITE_ALONE
def test_the_pages_from_the_agenda_to_the_decision(
    browse: Callable[..., Any], cast: Cast, now: datetime
) -> None:
    cast.read_english("petra", "lena", "carl", "dora")
    petra, dora, carl = browse("petra"), browse("dora"), browse("carl")
    row = making.sent(cast.acme, by=cast.carl, now=now)
    actions.attach(row, BytesIO(b"Their plan"), name="plan é.txt", by=cast.carl, now=now)
    file_id = queries.attachments(row)[0].id
    database.session.commit()
    reference, members = row.reference, [str(cast.ids[name]) for name in ("lena", "dora")]
    page = f"/sponsorship/{reference}"
    form = {"meets_at": "2026-06-20T10:00", "place": "Room 4", "quorum": "2", "members": members}
    assert carl.post("/sponsorship/panels/new", form).status_code == 403
    assert "quorum-error" in petra.post("/sponsorship/panels/new", form | {"quorum": "3"}).text
    assert petra.post("/sponsorship/panels/new", form).status_code == 303
    panel = database.session.scalars(sa.select(Panel)).one()
    assert panel.meets_at.isoformat() == "2026-06-20T08:00:00+00:00"
    own = f"/sponsorship/{panel.reference}"
    assert dora.get(f"{page}/dossier").status_code == 404
    assert petra.post(f"{own}/agenda", {"nomination": reference}).status_code == 303
    assert cast.acme.name in dora.text(own)
    dossier = dora.text(f"{page}/dossier")
    assert "Keep my vote" in dossier
    assert "plan é.txt" in dossier
    answer = dora.get(f"{page}/files/{file_id}")
    assert answer.get_data() == b"Their plan"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert carl.get(f"{page}/files/{file_id + 1}").status_code == 404
    refused = dora.post(f"{page}/vote", {"verdict": "decline", "reason": ""})
    assert refused.status_code == 422
    for name in ("dora", "lena"):
        vote = {"verdict": "decline", "reason": "Calm waters."}
        assert browse(name).post(f"{page}/vote", vote).status_code == 303
    assert "Calm waters." in petra.text(own)
    assert "Calm waters." not in carl.text(f"{page}/dossier")
    decision = {"verdict": "admit", "sponsor_id": "", "reason": "No.", "come_back_on": ""}
    assert petra.post(f"{page}/decide", decision).status_code == 422
    decision |= {"verdict": "decline", "come_back_on": "2026-09-01"}
    assert petra.post(f"{page}/decide", decision).status_code == 303
    assert "nominated again from" in carl.text(page)
    assert carl.post(f"{page}/renominate", {}).status_code == 422
    assert petra.post(f"{page}/renominate", {}).status_code == 303
    new = database.session.scalars(sa.select(Nomination).order_by(Nomination.id.desc())).first()
    assert reference in petra.text(f"/sponsorship/{new.reference}")
    assert petra.post(f"{own}/close", {}).status_code == 303
    database.session.refresh(panel)
    assert panel.state is PanelState.CLOSED
