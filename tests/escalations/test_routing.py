"""What a route rests on and what it sets: tags, kind, what comes back, the first message."""

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
