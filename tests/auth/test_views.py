"""The pages about people: each opens for who may, and for nobody else."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from flask import current_app
from markupsafe import escape

from portal.blueprints.auth import actions, rules
from portal.blueprints.auth.models import ApiToken, LegalEntity, Organisation, RoleGrant, User
from portal.core import clock, jobs
from portal.core.access import Permission


def test_ones_own_profile_and_absence(browse, cast, db):
    carl = browse("carl")
    assert "Carl Berger" in carl.text("/profile")
    form = {
        "substitute_id": str(cast.ids["clara"]),
        "absent_from": "2026-07-01T09:00",
        "absent_until": "2026-07-15T09:00",
    }
    assert carl.post("/profile", form).status_code == 303
    me = cast.user("carl")
    assert me.substitute_id == cast.ids["clara"]
    assert me.absent_from.hour == 7, "nine in Paris is seven in UTC"
    again = carl.text("/profile")
    assert 'value="2026-07-01T09:00"' in again, "the profile shows it as the clock on the wall does"
    assert 'value="2026-07-15T09:00"' in again


def test_an_absence_that_ends_before_it_begins_keeps_what_was_typed(browse, cast):
    form = {"absent_from": "2026-07-15T09:00", "absent_until": "2026-07-01T09:00"}
    answer = browse("carl").post("/profile", form)
    assert answer.status_code == 422
    assert "2026-07-15T09:00" in answer.text


def test_a_token_is_shown_once_and_revoked(browse, db):
    carl = browse("carl")
    made = carl.post(
        "/profile/tokens/new", {"name": "CRM", "scopes": ["accounts:read"], "days": "30"}
    )
    assert made.status_code == 200
    raw = made.text.split("parley_")[1].split("<")[0]
    assert raw not in carl.text("/profile")
    token = db.session.scalars(sa.select(ApiToken)).one()
    assert raw not in token.hash
    carl.post(f"/profile/tokens/{token.id}/revoke")
    assert "Revoked" in carl.text("/profile")


@pytest.mark.parametrize(
    ("minutes", "due"), [(None, True), (0, False), (59, False), (60, True), (600, True)]
)
def test_how_often_the_use_of_a_token_is_written(now, minutes, due):
    last = None if minutes is None else now - timedelta(minutes=minutes)
    assert rules.is_use_due(last, now=now) is due


def test_last_use_of_a_token_is_known_by_the_hour(app, browse, db, now, monkeypatch):
    erik = browse("erik")
    wanted = {"name": "CRM", "scopes": ["escalations:read"], "days": "30"}
    with clock.moved(now):
        raw = "parley_" + erik.post("/profile/tokens/new", wanted).text.split("parley_")[1]
    headers = {"Authorization": "Bearer " + raw.split("<")[0]}
    assert "never" in erik.text("/profile").split('data-l="Last used"')[1].split("</td>")[0]
    seen = []
    for minutes in (1, 30, 61, 62):
        with clock.moved(now + timedelta(minutes=minutes)):
            called = app.test_client().get("/api/v1/escalations/", headers=headers)
            assert called.status_code == 200, called.text
        at = db.session.scalar(sa.select(ApiToken.last_used_at))
        db.session.rollback()
        seen.append((at - now) // timedelta(minutes=1))
    assert seen == [1, 1, 61, 61]
    assert "never" not in erik.text("/profile").split('data-l="Last used"')[1].split("</td>")[0]
    busy = sa.exc.OperationalError("", {}, Exception("database is locked"))
    monkeypatch.setattr(actions.entering, "aside", Mock(side_effect=busy))
    with clock.moved(now + timedelta(hours=5)):
        called = app.test_client().get("/api/v1/escalations/", headers=headers)
    assert called.status_code == 200, "reading goes on where nothing can be written"


def test_a_token_cannot_do_more_than_its_person(browse, db):
    wanted = {"name": "x", "scopes": ["people:manage"], "days": "30"}
    assert browse("carl").post("/profile/tokens/new", wanted).status_code == 422
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ApiToken)) == 0


def test_every_scope_has_words_and_a_room_of_its_own(browse, db):
    rooms = rules.by_room([*Permission, "old:gone"])
    assert sum(len(scopes) for _room, scopes in rooms) == len(Permission) + 1
    assert [scopes for room, scopes in rooms if room == "admin"] == [
        ["admin:see", "mail:watch", "jobs:watch"]
    ]
    words = current_app.jinja_env.get_template("auth/_words.html").module
    for scope in Permission:
        assert str(words.scope_word(scope.value)).strip() != scope.value
    for room, _scopes in rooms[:-1]:
        assert str(words.scope_room(room)).strip() != room


def test_scopes_are_said_in_words_with_the_raw_name_in_small(browse):
    page = browse("erik").text("/profile/tokens/new")
    assert "Work on cases" in page
    assert '<span class="meta">escalations:work</span>' in page
    assert "Duty roster" in page
    wanted = {"name": "CRM", "scopes": ["duty:plan", "home:see"], "days": "30"}
    made = browse("erik").post("/profile/tokens/new", wanted).get_data(as_text=True)
    assert "Plan who is on duty" in made
    assert "Plan who is on duty" in browse("erik").text("/profile")
    refused = browse("erik").post("/profile/tokens/new", {"name": "", "scopes": ["duty:plan"]})
    assert 'value="duty:plan" checked' in refused.get_data(as_text=True)


def test_nobody_revokes_a_strangers_token(browse, db):
    wanted = {"name": "x", "scopes": ["accounts:read"], "days": "30"}
    browse("carl").post("/profile/tokens/new", wanted)
    token = db.session.scalars(sa.select(ApiToken)).one()
    assert browse("otto").post(f"/profile/tokens/{token.id}/revoke").status_code == 404


def test_a_sensitive_role_needs_a_second_person(browse, cast, db):
    adam, alma, carl = browse("adam"), browse("alma"), cast.ids["carl"]
    assert adam.post(f"/admin/people/{carl}", {"role": "finance", "gives": "1"}).status_code == 303
    grant = db.session.scalars(sa.select(RoleGrant)).one()
    assert grant.approved is None
    assert "finance" not in {r.value for r in cast.carl.roles}
    assert adam.post(f"/admin/grants/{grant.id}/approve").status_code == 409
    assert "Agree" in alma.text("/admin/people")
    assert "Agree" not in adam.text("/admin/people")
    assert alma.post(f"/admin/grants/{grant.id}/approve").status_code == 303
    assert "finance" in {r.value for r in cast.carl.roles}


def test_nobody_gives_themselves_a_role(browse, cast, db):
    own = cast.ids["adam"]
    answer = browse("adam").post(f"/admin/people/{own}", {"role": "support", "gives": "1"})
    assert answer.status_code == 422
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RoleGrant)) == 0


def test_a_new_person_can_sign_in(browse, db):
    adam = browse("adam")
    adam.text("/admin/people/new")
    form = {
        "name": "Nora New",
        "email": "nora@halden.example",
        "language": "it",
        "grade": "staff",
        "role": "support",
        "password": "a long first sentence",
    }
    answer = adam.post("/admin/people/new", form)
    assert answer.status_code == 303
    assert "Nora New" in adam.text(answer.location)
    sign_in = {"email": form["email"], "password": form["password"]}
    assert browse().post("/login", sign_in).status_code == 302


def test_a_short_password_or_known_address_is_refused_with_what_was_typed(browse, db):
    form = {"name": "N", "email": "carl@halden.example", "language": "it", "grade": "staff"}
    form |= {"role": "support", "password": "a long first sentence"}
    answer = browse("adam").post("/admin/people/new", form)
    assert answer.status_code == 422
    assert "already somebody" in answer.text


def test_switching_off(browse, cast, db):
    adam, carl = browse("adam"), cast.ids["carl"]
    adam.post(f"/admin/people/{carl}/switch")
    assert not cast.user("carl").active
    assert "Switched off" in adam.text(f"/admin/people/{carl}")


def test_an_unconfirmed_organisation_meets_the_administrator_first(app, browse, db):
    db.session.execute(sa.update(Organisation).values(confirmed_at=None))
    db.session.commit()
    app.extensions.get("portal_house", {}).clear()
    adam = browse("adam")
    assert adam.get("/").location == "/admin/organisation"
    assert browse("carl").get("/").status_code == 200
    form = {
        "name": "Halden Systems",
        "zone": "Europe/Rome",
        "currency": "eur",
        "language": "it",
        "fiscal_month": "4",
    }
    adam.text("/admin/organisation")
    assert adam.post("/admin/organisation", form).status_code == 303
    assert adam.get("/").status_code == 200
    row = db.session.scalars(sa.select(Organisation)).one()
    assert (row.zone, row.currency, row.fiscal_month) == ("Europe/Rome", "EUR", 4)


ORGANISATION = {
    "name": "Halden Systems",
    "zone": "Europe/Rome",
    "currency": "EUR",
    "language": "it",
    "fiscal_month": "4",
}


def test_the_countries_of_the_organisation_are_kept_in_order(browse, db):
    adam = browse("adam")
    given = ORGANISATION | {"jurisdictions": " it, FR it"}
    assert adam.post("/admin/organisation", given).status_code == 303
    assert db.session.scalars(sa.select(Organisation)).one().jurisdictions == ["FR", "IT"]
    assert 'value="FR, IT"' in adam.text("/admin/organisation")


@pytest.mark.parametrize("countries", ["Italy", "XQ", "F R", "<b>", "FR;IT"])
def test_what_is_no_country_is_refused_and_kept(browse, countries):
    answer = browse("adam").post("/admin/organisation", ORGANISATION | {"jurisdictions": countries})
    assert answer.status_code == 422
    assert str(escape(countries)) in answer.text


COMPANY = {"name": "Halden SAS", "country": "fr", "currency": "eur", "since": "2024-01-01"}


def test_a_company_of_the_organisation_is_added_once(browse, db):
    adam = browse("adam")
    assert adam.post("/admin/organisation/companies", COMPANY).status_code == 303
    assert "Halden SAS" in adam.text("/admin/organisation")
    again = adam.post("/admin/organisation/companies", COMPANY | {"name": " halden  sas "})
    assert again.status_code == 422
    kept = db.session.scalars(sa.select(LegalEntity)).all()
    assert [(e.name, e.country, e.currency) for e in kept] == [("Halden SAS", "FR", "EUR")]


@pytest.mark.parametrize(
    "wrong", [{"name": "  "}, {"country": "ZQ"}, {"currency": "XXQ"}, {"name": "x" * 121}]
)
def test_a_company_that_cannot_be_is_refused(browse, db, wrong):
    answer = browse("adam").post("/admin/organisation/companies", COMPANY | wrong)
    assert answer.status_code == 422
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LegalEntity)) == 0
    assert browse("fina").post("/admin/organisation/companies", COMPANY).status_code in {403, 404}


def test_an_unknown_zone_is_refused(browse):
    form = {"name": "H", "zone": "Mars/Base", "currency": "EUR", "language": "en"}
    answer = browse("adam").post("/admin/organisation", form | {"fiscal_month": "1"})
    assert answer.status_code == 422
    assert "Mars/Base" in answer.text


@pytest.mark.parametrize("name", ["carl", "erik", "lena", "ava", "kim"])
def test_only_administrators_administer(browse, name):
    somebody = browse(name)
    for path in ("/admin/", "/admin/people", "/admin/organisation", "/admin/outbox", "/admin/jobs"):
        assert somebody.get(path).status_code == 403, path


def test_the_menu_shows_what_one_may_open(browse):
    adam = browse("adam").text("/admin/")
    assert "/admin/people" in adam
    assert "/admin/jobs" in adam
    aldo = browse("aldo").text("/admin/")
    assert "/audit/" in aldo
    assert "/admin/outbox" not in aldo


def test_the_auditor_reads_people_and_changes_nobody(browse, cast):
    aldo = browse("aldo")
    assert "Carl Berger" in aldo.text("/admin/people")
    assert aldo.post(f"/admin/people/{cast.ids['carl']}/switch").status_code == 403


def test_jobs_that_failed_are_shown_and_tried_again(app, browse, cast, db, now, run_jobs):
    done = []
    jobs.add(app, "tests.flaky", lambda: done.append(1))
    failed = jobs.JobFailure(
        key="k", name="tests.flaky", payload={}, error="OSError", tries=6, failed_at=now
    )
    db.session.add(failed)
    db.session.commit()
    adam = browse("adam")
    assert "tests.flaky" in adam.text("/admin/jobs")
    assert adam.post(f"/admin/jobs/{failed.id}/replay").status_code == 303
    run_jobs()
    assert done == [1]
    assert "tests.flaky" not in adam.text("/admin/jobs")


def test_preferences_follow_the_person(browse, cast, db):
    carl = browse("carl")
    answer = carl.post("/preferences", {"language": "fr", "next": "//evil.example"})
    assert answer.location == "/"
    assert db.session.get(User, cast.ids["carl"]).language == "fr"
