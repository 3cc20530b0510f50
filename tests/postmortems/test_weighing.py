"""Why we were surprised, and how much each cause weighed, with what shows it."""

from decimal import Decimal

import pytest

from portal.blueprints.briefings.queries.learning import postmortem_facts
from portal.blueprints.briefings.rules import Edition
from portal.blueprints.postmortems import actions, queries, rules
from portal.blueprints.postmortems.models import Factor
from portal.blueprints.reviews.rules import trends
from portal.core.errors import Refused

from .cases import begun


def part(n, of):
    return Decimal(n) / of


@pytest.mark.parametrize(
    ("causes", "expected"),
    [
        ([], {}),
        ([("a", None), ("b", None)], {"a": part(1, 2), "b": part(1, 2)}),
        ([("a", 3), ("b", 1)], {"a": part(3, 4), "b": part(1, 4)}),
        ([("a", 3), ("b", None), ("a", 1)], {"a": part(4, 6), "b": part(2, 6)}),
    ],
)
def test_a_post_mortem_is_shared_among_its_factors(causes, expected):
    assert rules.shares(causes) == expected


def test_a_post_mortem_of_two_cases_weighs_once():
    lesson = trends.Lesson("PM-1", frozenset("ab"), None, {"a": part(3, 4), "b": part(1, 4)})
    told = [_told(ref, lesson) for ref in ("ESC-1", "ESC-2")]
    assert trends.weight(told, "a") == part(3, 4)
    assert trends.weight(told, "c") == 0


def _told(reference, lesson):
    return trends.Told(
        reference, "Acme", "x", "e1", "", "", "2026-Q2", None, None, lessons=(lesson,)
    )


@pytest.mark.parametrize(
    ("weight", "url", "field"),
    [(4, "", "weight"), (0, "", "weight"), (None, "javascript:alert(1)", "evidence_url")],
)
def test_what_is_no_weight_or_address_is_refused(cast, db, now, weight, url, field):
    row = begun(cast, now)
    proof = actions.Proof(weight, "log", url)
    given = {"text": "x", "whys": (), "proof": proof, "by": cast.erik, "now": now}
    with pytest.raises(Refused) as refused:
        actions.add_cause(row, factor=Factor.HANDOVER, **given)
    assert refused.value.field == field


def test_page_api_and_papers_tell_surprise_weight_and_evidence(cast, db, now, browse):
    row = begun(cast, now)
    erik = browse("erik")
    path = f"/postmortems/{row.reference}"
    words = {"text": "SURPRISEMARK: no alarm", "was": rules.digest("")}
    erik.post(f"{path}/text/surprise", words)
    cause = {
        "factor": "handover",
        "text": "Nobody owned it",
        "weight": "3",
        "evidence": "EVIDENCEMARK",
        "evidence_url": "https://logs.example/7",
    }
    erik.post(f"{path}/causes/new", cause)
    text = erik.text(path)
    for said in ("SURPRISEMARK", "Decisive", "EVIDENCEMARK", 'href="https://logs.example/7"'):
        assert said in text
    assert "SURPRISEMARK" in erik.text(f"{path}/text/surprise/versions")
    assert "SURPRISEMARK" not in erik.text(f"{path}/as/customer")
    db.session.expire_all()
    sheet = queries.sheet(row, viewer=cast.erik, now=now)
    assert sheet.causes[0].weight == 3
    for audience, told in (("", True), ("customer", False)):
        edition = Edition(locale="en", paper="A4", audience=audience)
        facts = postmortem_facts(row, reader=cast.erik, edition=edition, now=now).facts
        shown = repr(facts)
        assert ("SURPRISEMARK" in shown) is told
        assert ("EVIDENCEMARK" in shown) is told
        assert ("logs.example" in shown) is told


def test_counsel_who_asks_for_facts_gets_no_guesses(cast, db, now):
    row = begun(cast, now)
    given = {"was": rules.digest(""), "by": cast.erik, "now": now}
    actions.write(row, "surprise", "SURPRISEMARK", **given)
    row.counsel_choice = "facts_only"
    assert "surprise" in queries.sheet(row, viewer=cast.erik, now=now).texts
    assert queries.sheet(row, viewer=cast.erik, now=now).texts["surprise"] == ""
    with pytest.raises(Refused, match="Counsel"):
        actions.write(row, "surprise", "more", **given)
