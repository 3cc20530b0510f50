"""The pages on which a policy is changed, checked, tried and published."""

import pytest

from portal.blueprints.escalations import actions as escalation_actions
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.policies import actions, queries, rules
from portal.blueprints.policies.models import DraftState, PolicyKind
from tests.policies.typing_in import as_sent

pytestmark = pytest.mark.usefixtures("watched_nights")  # or no night clock could run

ROUTING, SEVERITY = PolicyKind.ROUTING, PolicyKind.SEVERITY
WORDS = "We will cancel our contract next month."


def declared(db, cast, now, words=WORDS):
    wish = escalation_queries.Wish(words=words, demand="A working service")
    case = escalation_actions.declare(cast.acme, wish, by=cast.carl, now=now)
    db.session.commit()
    return case


def begun(browse, kind="severity", name="erik"):
    answer = browse(name).post(f"/policies/{kind}/drafts")
    assert answer.status_code == 303
    return answer.location


def filled_in(draft_id, at, **changed):
    """Give a page of a draft's form as a browser would send it, some fields typed anew."""
    draft = queries.get_draft(draft_id)
    body = draft.body
    root = rules.tree(rules.SHAPES[draft.kind], body, lists=queries.lists())
    found = rules.pages(root, body=body, base=body, problems=(), findings=())
    page = rules.page_at(found, at)
    typed = as_sent(page.node) | {"version": [str(draft.version)]}
    return typed | {name.replace("__", "."): value for name, value in changed.items()}


def test_each_page_of_every_form_opens(browse, cast, db, now):
    """Over a second: it opens every page of nine forms."""
    for kind in PolicyKind:
        draft = actions.start(kind, by=cast.erik, now=now)
        db.session.commit()
        url = f"/policies/drafts/{draft.id}"
        assert browse("erik").get(url).status_code == 200
        desk = queries.desk(draft, cast.erik, now=now)
        inner = [part for page in desk.pages for part in page.parts or (page,)]
        for page in [inner[0], inner[len(inner) // 2], inner[-1]]:
            answer = browse("erik").get(f"{url}/edit?at={page.path}")
            assert answer.status_code == 200, page.path


def test_changing_a_clock_by_hand(browse, cast, db):
    url = begun(browse)
    draft_id = int(url.rsplit("/", 1)[1])
    typed = filled_in(draft_id, "levels.2", levels__2__acknowledge__count=["6"])
    answer = browse("erik").post(f"{url}/edit?at=levels.2", typed)
    assert answer.status_code == 303
    text = browse("erik").text(url)
    assert "Acknowledge within" in text
    assert "E3 medium" in text
    assert queries.get_draft(draft_id).body["levels"][2]["acknowledge"]["count"] == 6


def test_a_mistake_is_kept_and_said_beside_the_field(browse, cast, db):
    url = begun(browse)
    draft_id = int(url.rsplit("/", 1)[1])
    typed = filled_in(draft_id, "levels.2", levels__2__acknowledge__count=["soon"])
    browse("erik").post(f"{url}/edit?at=levels.2", typed)
    text = browse("erik").text(f"{url}/edit?at=levels.2")
    assert 'value="soon"' in text
    assert "Write a whole number." in text
    assert 'aria-invalid="true"' in text


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ({"0.0": ("09:00", "13:00"), "0.1": ("12:00", "18:00")}, "overlap"),
        ({}, "no open hours"),
        ({"0.0": ("nine", "13:00")}, "nine"),
    ],
)
def test_hours_that_cannot_be_are_refused_in_words(browse, cast, db, hours, words):
    url = begun(browse)
    draft_id = int(url.rsplit("/", 1)[1])
    typed = {"version": [str(queries.get_draft(draft_id).version)]}
    for place, (start, end) in hours.items():
        typed |= {f"opening_hours.{place}.from": [start], f"opening_hours.{place}.to": [end]}
    browse("erik").post(f"{url}/edit?at=opening_hours", typed)
    assert words in browse("erik").text(f"{url}/edit?at=opening_hours")
    answer = browse("erik").post(f"{url}/submit", {"why": "Because"})
    assert answer.status_code == 422


def test_two_windows_lose_no_word(browse, cast, db):
    url = begun(browse)
    draft_id = int(url.rsplit("/", 1)[1])
    mine = filled_in(draft_id, "", reopen_days=["77"])
    theirs = filled_in(draft_id, "", reopen_days=["66"])
    assert browse("erik").post(f"{url}/edit?at=", theirs).status_code == 303
    answer = browse("erik").post(f"{url}/edit?at=", mine)
    assert answer.status_code == 409
    assert 'value="77"' in answer.get_data(as_text=True)
    assert queries.get_draft(draft_id).body["reopen_days"] == 66


def test_a_step_that_reaches_nobody_is_pointed_out(browse, cast, db):
    url = begun(browse)
    draft_id = int(url.rsplit("/", 1)[1])
    typed = filled_in(draft_id, "ladder", ladder__3__tell=["substitute"])
    browse("erik").post(f"{url}/edit?at=ladder", typed)
    assert "reaches nobody today" in browse("erik").text(url)


def test_rules_are_added_moved_and_taken_away_by_buttons(browse, cast, db):
    url = begun(browse, "routing")
    draft_id = int(url.rsplit("/", 1)[1])
    browser = browse("erik")
    answer = browser.post(f"{url}/parts", {"do": "add:rules"})
    assert answer.location.endswith("at=rules.8")
    typed = filled_in(draft_id, "rules.8", rules__8__label=["Large and red"])
    typed |= {"do": ["add:rules.8.when"], "rules.8.when.fact": ["band"]}
    assert browser.post(f"{url}/edit?at=rules.8", typed).status_code == 303
    typed = filled_in(draft_id, "rules.8")
    typed["rules.8.when.0.value"] = ["red"]
    browser.post(f"{url}/edit?at=rules.8", typed)
    rule = queries.get_draft(draft_id).body["rules"][8]
    assert rule["when"] == [{"field": "band", "op": "is", "value": "red"}]
    browser.post(f"{url}/parts", {"do": "up:rules:8"})
    assert queries.get_draft(draft_id).body["rules"][7]["label"] == "Large and red"
    assert "Large and red" in browser.text(url)
    browser.post(f"{url}/parts", {"do": "drop:rules:7"})
    assert len(queries.get_draft(draft_id).body["rules"]) == 9
    assert browser.post(f"{url}/parts", {"do": "explode:rules:7"}).status_code == 404


def test_a_rule_nobody_can_reach_is_pointed_out(browse, cast, db, now):
    draft = actions.start(ROUTING, by=cast.erik, now=now)
    grave = next(i for i, r in enumerate(draft.body["rules"]) if r["name"] == "grave")
    condition = [{"field": "executive", "op": "is", "value": True}]
    path = f"rules.{grave}"
    actions.change(
        draft, path, {**draft.body["rules"][grave], "when": condition}, by=cast.erik, now=now
    )
    db.session.commit()
    text = browse("erik").text(f"/policies/drafts/{draft.id}")
    assert "can never take a case" in text
    assert "Executive by policy" in text


def test_from_the_page_to_a_published_version(browse, cast, db, now, run_jobs):
    declared(db, cast, now)
    cast.read_english("lena")
    url = begun(browse)
    draft_id = int(url.rsplit("/", 1)[1])
    typed = filled_in(draft_id, "levels.1", levels__1__silence__count=["12"])
    browse("erik").post(f"{url}/edit?at=levels.1", typed)
    assert browse("erik").post(f"{url}/submit", {"why": "Quicker"}).status_code == 303
    assert "being worked out" in browse("lena").text(url)
    run_jobs()
    text = browse("lena").text(url)
    assert "would have been handled differently" in text
    assert "Publish, for every case from now on" in text
    assert browse("lena").post(f"{url}/sign", {"reason": ""}).status_code == 422
    assert browse("lena").post(f"{url}/sign", {"reason": "Agreed"}).status_code == 303
    text = browse("carl").text("/policies/severity")
    assert "Version 2" in text
    assert "Quicker" in text
    assert "Agreed" in text
    assert "A later version" in browse("carl").text("/policies/severity/1")
    assert queries.get_draft(draft_id).state is DraftState.PUBLISHED


def test_refusing_carrying_over_and_giving_up(browse, cast, db, now, run_jobs):
    cast.read_english("lena")
    urls = [begun(browse), begun(browse)]
    for url, days in zip(urls, ("40", "50"), strict=True):
        typed = filled_in(int(url.rsplit("/", 1)[1]), "", reopen_days=[days])
        browse("erik").post(f"{url}/edit?at=", typed)
    browse("erik").post(f"{urls[0]}/submit", {"why": "Shorter"})
    run_jobs()
    browse("lena").post(f"{urls[0]}/sign", {"reason": "Yes"})
    assert "no longer in force" in browse("erik").text(urls[1])
    browse("erik").post(f"{urls[1]}/carry-over")
    assert "no longer in force" not in browse("erik").text(urls[1])
    browse("erik").post(f"{urls[1]}/submit", {"why": "Longer"})
    browse("lena").post(f"{urls[1]}/refuse", {"reason": "No"})
    assert "refused" in browse("erik").text(urls[1])
    third = begun(browse)
    assert browse("erik").post(f"{third}/give-up").status_code == 303


def test_withdrawing_by_the_page(browse, cast, db, now, run_jobs):
    cast.read_english("lena")
    url = begun(browse, "postmortem")
    typed = filled_in(int(url.rsplit("/", 1)[1]), "action_weeks", action_weeks__priority=["3"])
    browse("erik").post(f"{url}/edit?at=action_weeks", typed)
    browse("erik").post(f"{url}/submit", {"why": "Shorter"})
    browse("lena").post(f"{url}/sign", {"reason": "Yes"})
    assert queries.published(PolicyKind.POSTMORTEM).number == 2
    assert browse("lena").get("/policies/postmortem/2/withdraw").status_code == 200
    answer = browse("lena").post("/policies/postmortem/2/withdraw", {"reason": "A mistake"})
    assert answer.status_code == 303
    assert "A mistake" in browse("lena").text("/policies/postmortem/2")
    assert queries.published(PolicyKind.POSTMORTEM).number == 1


def test_the_clocks_policy_is_withdrawn_where_its_cases_are(browse, cast):
    answer = browse("lena").get("/policies/severity/1/withdraw")
    assert answer.location == "/escalations/clocks/policy/1/withdraw"


def test_drafts_are_not_for_everybody(browse, cast, db):
    url = begun(browse)
    for name in ("carl", "kim", "dora"):
        assert browse(name).get(url).status_code == 403
    for name in ("lisa", "aldo", "lena"):
        assert browse(name).get(url).status_code == 200
        assert browse(name).get(f"{url}/edit?at=").status_code in {403, 404}
    name = "draft " + url.rsplit("/", 1)[1]
    assert name not in browse("carl").text("/policies/")
    assert name in browse("erik").text("/policies/")


def test_how_often_a_rule_fired_and_its_last_cases(browse, cast, db, now):
    case = declared(db, cast, now)
    text = browse("erik").text("/policies/routing/rules/executive_escalation")
    assert case.reference in text
    assert "It took 1 case" in text
    text = browse("otto").text("/policies/routing/rules/executive_escalation")
    assert case.reference not in text
    assert "It took 0 cases" in text
    assert browse("erik").get("/policies/routing/rules/nonsense").status_code == 404
    assert browse("erik").get("/policies/severity/rules/grave").status_code == 404


@pytest.mark.parametrize("number", [1, 12])
def test_the_page_of_a_draft_asks_a_constant_number_of_times(
    browse, cast, db, now, queries_at_most, number
):
    draft = actions.start(ROUTING, by=cast.erik, now=now)
    for _ in range(number):
        actions.add(draft, "rules", by=cast.erik, now=now)
    db.session.commit()
    browser = browse("erik")
    with queries_at_most(14):
        browser.get(f"/policies/drafts/{draft.id}")


def test_trying_a_text(browse, cast, db):
    browser = browse("erik")
    assert browser.get("/escalations/try-routing").status_code == 200
    text = browser.post("/escalations/try-routing", {"words": WORDS}).get_data(as_text=True)
    assert "Executive by policy" in text
    assert "Why the rules before it did not" in text
    given = {"words": "All is well", "account": cast.acme.reference}
    text = browser.post("/escalations/try-routing", given).get_data(as_text=True)
    assert "takes it" in text
    assert "ARR" in text


def test_trying_a_case_on_the_rules_of_a_draft_changes_nothing(browse, cast, db, now):
    case = declared(db, cast, now)
    draft = actions.start(ROUTING, by=cast.erik, now=now)
    actions.drop(draft, "rules", 5, by=cast.erik, now=now)
    db.session.commit()
    before = {
        table.name: db.session.execute(table.select()).all()
        for table in db.metadata.sorted_tables
        if table.name not in {"session", "once"}
    }
    given = {"case": case.reference, "draft": str(draft.id)}
    text = browse("erik").post("/escalations/try-routing", given).get_data(as_text=True)
    assert "rules of a draft" in text
    assert "Critical or high for any other reason" in text
    after = {
        table.name: db.session.execute(table.select()).all()
        for table in db.metadata.sorted_tables
        if table.name not in {"session", "once"}
    }
    assert before == after


def test_trying_what_one_may_not_see(browse, cast, db, now):
    case = declared(db, cast, now)
    answer = browse("otto").post("/escalations/try-routing", {"case": case.reference})
    assert "none of this number" in answer.get_data(as_text=True)
    answer = browse("otto").post("/escalations/try-routing", {"words": ""})
    assert "Paste a text" in answer.get_data(as_text=True)
    assert browse("otto").get("/escalations/try-routing?draft=1").status_code == 404
    given = {"words": WORDS, "account": cast.acme.reference}
    text = browse("sam").post("/escalations/try-routing", given).get_data(as_text=True)
    assert "not shown to you" in text


def test_a_draft_waits_on_the_day_of_who_signs_it(browse, cast, db, now):
    draft = actions.start(PolicyKind.COMPENSATION, by=cast.erik, now=now)
    actions.change(draft, "offer_days", 10, by=cast.erik, now=now)
    db.session.commit()
    cast.read_english("lena")
    fina, lena = browse("fina"), browse("lena")
    assert "Policy to sign" not in fina.text("/")
    actions.submit(draft, why="Faster", by=cast.erik, now=now)
    db.session.commit()
    assert f"/policies/drafts/{draft.id}" in fina.get("/").get_data(as_text=True)
    assert "Policy to sign" in lena.text("/")
    assert "Policy to sign" not in browse("erik").text("/")
    actions.sign(draft, reason="Right", by=cast.fina, now=now)
    db.session.commit()
    assert "Policy to sign" not in fina.text("/")
    assert "Policy to sign" in lena.text("/")
