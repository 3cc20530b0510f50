"""What a route rests on and what it sets: tags, kind, what comes back, the first message."""

import html
import re

import pytest
import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import actions, queries, rules
from portal.blueprints.escalations.models import EscalationKind, Level, Resolution, Trigger
from portal.blueprints.policies.models import Decision, PolicyKind
from portal.blueprints.policies.rules import (
    TEMPLATES,
    Company,
    RoutingPolicy,
    findings,
    parse,
    shipped,
)
from portal.core.errors import Refused
from portal.core.i18n import speaking
from tests.escalations.calls import caller
from tests.escalations.test_actions import declared, wish

PLAIN = {"words": "Please call us.", "trigger": Trigger.INACTIVITY}


def routed_on(db, case):
    found = sa.select(Decision.facts).filter_by(kind="escalations.route", record_ref=case.reference)
    return db.session.scalars(found).one()


def test_a_route_rests_on_tags_kind_and_what_comes_back(cast, db, now):
    first = declared(cast, now, **PLAIN)
    end = actions.Ending(resolution=Resolution.NO_FAULT, text="Done.", agreed_by="H. Vasseur")
    owner = auth_queries.actor(first.owner_id)
    actions.accept(first, by=owner, now=now)
    row = actions.add_criterion(first, "Called back", by=owner, now=now)
    actions.tick_criterion(first, row, met=True, by=owner, now=now)
    actions.close(first, end, by=owner, now=now)
    again = wish(
        now, tags=("  Plant  Nord ", "plant nord"), kind=EscalationKind.FUNCTIONAL, **PLAIN
    )
    case = actions.declare(cast.acme, again, by=cast.carl, now=now, previous=first)
    facts = routed_on(db, case)
    assert (facts["tags"], facts["kind"], facts["re_escalation"]) == (
        ["plant nord"],
        "functional",
        True,
    )
    assert (case.tags, case.kind) == (["plant nord"], EscalationKind.FUNCTIONAL)
    assert routed_on(db, first)["re_escalation"] is False


def test_the_executive_level_is_asked_for_its_authority(cast, db, now):
    case = declared(cast, now, kind=EscalationKind.FUNCTIONAL)
    assert (case.level, case.kind) == (Level.EXECUTIVE, EscalationKind.HIERARCHICAL)


@pytest.mark.parametrize("tags", [("x" * 41,), tuple(map(str, range(21)))])
def test_too_many_or_too_long_tags_are_refused(cast, db, now, tags):
    with pytest.raises(Refused) as refusal:
        declared(cast, now, tags=tags)
    assert refusal.value.field == "tags"


# ---- the first message


def test_every_template_has_words_in_every_language(db):
    for template in TEMPLATES:
        made = {}
        for language in ("en", "fr", "it"):
            with speaking(language):
                made[language] = rules.letter(template, demand="X", owner="Erik Lund", day="DAY")
            assert "Erik Lund" in made[language].text
            assert "DAY" in made[language].text
        assert len(set(made.values())) == 3


def test_what_the_shipped_rules_propose_exists():
    policy = shipped(RoutingPolicy)
    assert {rule.then.template for rule in policy.rules} - {None} == set(TEMPLATES)
    assert rules.letter("nowhere", demand="", owner="", day="") is None


def test_a_template_that_does_not_exist_is_pointed_out():
    body = shipped(RoutingPolicy).model_dump(mode="json")
    body["rules"][0]["then"]["template"] = "nowhere"
    said = list(findings(parse(PolicyKind.ROUTING, body), Company(roles={})))
    assert [one.path for one in said if "no message “nowhere”" in one.text] == ["rules.0"]


def test_the_route_proposes_the_first_message_and_only_that(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}/write"
    text = erik.text(where)
    assert "Ce que vous nous avez dit" in text
    assert case.demand in text
    assert "proposes these words" in text
    given = {"contact": queries.contacts(case)[0].id, "subject": "A", "text": "B"}
    assert erik.post(where, given).status_code == 303
    assert "proposes these words" not in erik.text(where)
    assert re.search(r"message proposed.{0,80}executive", erik.text(where[:-6]), re.DOTALL)


# ---- tags and corrections


def test_tags_are_shown_corrected_and_looked_for(browse, cast, db, now):
    case = declared(cast, now, tags=("usine d'été", "50% off"))
    declared(cast, now, demand="Another thing", tags=("50x off",))
    db.session.commit()
    erik, where = browse("erik"), f"/escalations/{case.reference}"
    assert "tag=50%25+off&amp;state=all" in erik._open("GET", where).get_data(as_text=True)
    for tag, found in (("usine d'été", 1), ("50% off", 1), ("50", 0), ("off", 0)):
        search = queries.Search(tag=tag)
        assert len(queries.page(cast.erik, search, now=now).rows) == found, tag
        assert queries.page(cast.otto, search, now=now).rows == []
    form = erik._open("GET", where + "/correct").get_data(as_text=True)
    was = html.unescape(re.search(r'name="was"[^>]*value="([^"]*)"', form)[1])
    given = {
        "was": was,
        "title": case.title,
        "demand": case.demand,
        "deadline": "2026-06-30",
        "trigger": case.trigger.value,
        "problem": case.problem.value,
        "channel": case.channel.value,
        "words_language": "fr",
        "tags": " Plant NORD ,, plant nord",
    }
    assert erik.post(where + "/correct", given).status_code == 303
    db.session.expire_all()
    assert case.tags == ["plant nord"]
    too_long = given | {"was": was, "tags": "x" * 41}
    assert erik.post(where + "/correct", too_long).status_code in (409, 422)


def test_a_program_corrects_what_was_declared(browse, cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, ref = caller(browse, cast, db, now)("erik"), case.reference
    body = {"title": "Line 7 stands still", "tags": ["Plant"], "deadline_at": None}
    shown = erik("POST", f"{ref}/correct", body).get_json()
    assert (shown["title"], shown["tags"], shown["deadline_at"]) == (body["title"], ["plant"], None)
    assert shown["demand"] == case.demand
    assert erik("POST", f"{ref}/correct", {"title": None}).get_json()["title"] == body["title"]
    stale = erik("POST", f"{ref}/correct", {"title": "x"}, **{"If-Match": '"old"'})
    assert stale.status_code == 412
    found = erik("GET", "?tag=plant").get_json()["items"]
    assert [one["reference"] for one in found] == [ref]
    again = {
        "account": cast.acme.reference,
        "words": "x",
        "demand": "y",
        "owner": "clara@halden.example",
    }
    more = {"previous": ref, "kind": "functional", "another_because": "Other plant"}
    answer = erik("POST", "", again | more)
    assert (answer.status_code, "closed one" in answer.get_data(as_text=True)) == (409, True)
    made = erik("POST", "", again | more | {"previous": None, "tags": ["a", "A "]}).get_json()
    assert (made["owner"], made["tags"], made["kind"]) == ("Clara Nunes", ["a"], "functional")
