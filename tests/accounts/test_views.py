"""Pages of accounts: who sees what, what a form keeps, what an import shows."""

import io
import re
import zipfile
from datetime import date

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions, queries
from portal.blueprints.accounts.models import Account, Contact, ImportRun, ImportState
from tests.accounts.rows import revenue, some_accounts

ACME = "/accounts/ACC-00001"


def test_owner_sees_name_value_people_and_history(browse, cast, db, now):
    revenue(cast.acme, by=cast.carl, now=now)
    text = browse("carl").text(ACME)
    for words in ("Acme Forges is worth", "Hélène Vasseur", "Revenue to date", "why this value?"):
        assert words in text
    assert "€612,000 a year" in text


def test_support_sees_tier_but_no_money_and_no_people(browse, cast, db, now):
    revenue(cast.acme, by=cast.carl, now=now)
    text = browse("sam").text(ACME)
    assert "612" not in text
    assert "Hélène" not in text
    assert "Worth to us" not in text


@pytest.mark.parametrize("name", ["otto", "clara", "adam", "kim", "prisca"])
def test_who_has_nothing_to_do_with_it_sees_nothing(browse, name):
    assert browse(name).get(ACME).status_code in {403, 404}


@pytest.mark.parametrize("name", ["aldo", "fina", "lena", "petra", "lisa", "ava", "erik"])
def test_roles_that_read_every_account(browse, name):
    assert browse(name).get(ACME).status_code == 200


def test_unknown_account_is_not_found(browse):
    assert browse("erik").get("/accounts/ACC-99999").status_code == 404


def test_auditor_changes_nothing(browse):
    assert browse("aldo").post(f"{ACME}/notes", {"text": "x"}).status_code == 403


def test_csm_of_another_account_may_not_change_it(browse):
    assert browse("otto").post(f"{ACME}/notes", {"text": "x"}).status_code == 404


@pytest.mark.parametrize("many", [1, 30])
def test_list_takes_the_same_queries_at_any_length(browse, cast, db, now, queries_at_most, many):
    some_accounts(many, owner=cast.carl, now=now)
    browser = browse("carl")
    browser.text("/accounts/")
    with queries_at_most(6):
        assert "Acme" in browser.text("/accounts/")


def test_list_narrows_and_sorts_by_its_address(browse, cast, db, now):
    some_accounts(3, owner=cast.carl, now=now)
    erik = browse("erik")
    assert "Borealis" not in erik.text("/accounts/?q=acme")
    assert "Borealis" in erik.text("/accounts/?q=OREAL")
    assert "No account fits" in erik.text("/accounts/?q=ACC-77777")
    text = erik.text("/accounts/?sort=-arr")
    assert text.index("Acme Forges") < text.index("Borealis")
    text = erik.text("/accounts/?sort=arr")
    assert text.index("Acme Forges") > text.index("Borealis")
    assert "No account fits" in browse("carl").text("/accounts/?lifecycle=lost")


def test_support_can_neither_sort_nor_filter_by_what_it_may_not_see(browse, cast, db, now):
    sam = browse("sam")
    text = sam.text("/accounts/?sort=-arr&band=red")
    assert "612" not in text
    assert text.index("Acme") < text.index("Borealis")


@pytest.mark.parametrize("text", ["\x00", "%_%", "'; drop table account; --", "𝕳" * 300, "\u202e"])
def test_hostile_search_is_only_a_search(browse, text):
    response = browse("erik").get("/accounts/", query_string={"q": text, "after": text})
    assert response.status_code == (400 if "\x00" in text else 200)


def test_export_is_what_is_shown_and_defused(browse, cast, db, now):
    actions.create(name="=HYPERLINK(1)", by=cast.erik, now=now, owner_id=cast.carl.id)
    db.session.commit()
    response = browse("carl").get("/accounts/export.csv?sort=name")
    text = response.get_data(as_text=True)
    assert text.startswith("\ufeffNumber,Account")
    assert "'=HYPERLINK(1)" in text
    assert "612000.00" in text
    assert "Borealis" not in text


def test_export_for_support_has_no_money_and_speaks_french(browse, cast, db):
    text = browse("sam").get("/accounts/export.csv").get_data(as_text=True)
    assert "612000" not in text
    assert browse("lena").get("/accounts/export.csv").status_code == 200


def fields(text, form):
    inside = text.split(f'action="{form}"')[1].split("</form>")[0]
    return dict(re.findall(r'name="(version|once)" (?:type="hidden" )?value="([^"]*)"', inside))


def hidden(text, name):
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', text).group()
    return re.search(r'value="([^"]*)"', tag).group(1)


def account_form(**more):
    return {
        "name": "Acme Forges",
        "segment": "enterprise",
        "industry": "manufacturing",
        "country": "FR",
        "language": "fr",
        "zone": "Europe/Paris",
        "lifecycle": "active",
        "gross_margin": "70",
        **more,
    }


def test_second_editor_sees_both_versions_and_loses_no_word(browse, cast, db):
    carl, erik = browse("carl"), browse("erik")
    version = hidden(carl.text(f"{ACME}/edit"), "version")
    first = erik.post(f"{ACME}/edit", account_form(version=version, industry="steel"))
    assert first.status_code == 303
    second = carl.post(f"{ACME}/edit", account_form(version=version, industry="iron"))
    text = second.get_data(as_text=True)
    assert second.status_code == 409
    assert text.count("Stands there now") == 1, "what both left as it was is no difference"
    assert "<pre>steel</pre>" in text
    assert "<pre>iron</pre>" in text
    again = account_form(version=hidden(text, "version"), industry="iron")
    assert carl.post(f"{ACME}/edit", again).status_code == 303
    assert cast.acme.industry == "iron"


def test_growth_potential_is_judged_on_the_page(browse, cast, db, now):
    carl, today = browse("carl"), now.date().isoformat()
    assert "nobody has judged it" in carl.text(ACME)
    version = hidden(carl.text(f"{ACME}/edit"), "version")
    made = carl.post(f"{ACME}/edit", account_form(version=version, growth_potential="0"))
    assert made.status_code == 303
    form = carl.text(f"{ACME}/edit")
    assert (hidden(form, "growth_potential"), hidden(form, "growth_potential_on")) == ("0", today)
    assert "nobody has judged it" not in carl.text(ACME)
    day = {"growth_potential": "0", "growth_potential_on": "2026-01-05"}
    carl.post(f"{ACME}/edit", account_form(version=hidden(form, "version"), **day))
    db.session.refresh(cast.acme)
    assert cast.acme.growth_potential_on == date(2026, 1, 5), "judged anew, and found the same"
    version = hidden(carl.text(f"{ACME}/edit"), "version")
    day["growth_potential"] = "101"
    assert carl.post(f"{ACME}/edit", account_form(version=version, **day)).status_code == 422


def test_refused_edit_keeps_what_was_typed(browse, cast, db):
    carl = browse("carl")
    version = hidden(carl.text(f"{ACME}/edit"), "version")
    response = carl.post(f"{ACME}/edit", account_form(version=version, country="Atlantis"))
    assert response.status_code == 422
    assert "Atlantis" in response.get_data(as_text=True)
    assert cast.acme.country == "FR"


def test_version_that_is_no_number_is_a_conflict(browse):
    assert browse("carl").post(f"{ACME}/edit", account_form(version="x")).status_code == 409


def test_note_is_added_and_shown_in_its_lane(browse, cast, db):
    carl = browse("carl")
    sent = carl.post(
        f"{ACME}/notes", {"text": "They called twice", "kind": "call", "lane": "customer"}
    )
    assert sent.status_code == 303
    assert "They called twice" in carl.text(ACME)
    assert "They called twice" not in carl.text(f"{ACME}?lane=executive")


def test_empty_note_is_refused_beside_its_field(browse):
    response = browse("carl").post(
        f"{ACME}/notes", {"text": " ", "kind": "call", "lane": "customer"}
    )
    assert response.status_code == 422


def test_note_in_the_future_is_refused_and_kept(browse):
    data = {
        "text": "tomorrow's news",
        "kind": "call",
        "lane": "internal",
        "event_at": "2027-01-01T10:00",
    }
    response = browse("carl").post(f"{ACME}/notes", data)
    assert response.status_code == 422
    assert "tomorrow&#39;s news" in response.get_data(as_text=True)


def test_promise_is_made_and_settled(browse, cast, db, now):
    carl = browse("carl")
    data = {
        "what": "A root cause by Friday",
        "to_whom": "Hélène Vasseur",
        "kind": "information",
        "due_at": "2026-06-19T17:00",
    }
    assert carl.post(f"{ACME}/promises", data).status_code == 303
    found = queries.promises(cast.carl, now=now, account_id=cast.acme_id)
    assert found[0].due_at.isoformat() == "2026-06-19T15:00:00+00:00"
    where = f"{ACME}/promises/{found[0].id}"
    assert "A root cause by Friday" in carl.text(where)
    assert carl.post(where, {"outcome": "broken"}).status_code == 422
    assert carl.post(where, {"outcome": "broken", "reason": "Lab closed"}).status_code == 303
    assert "Lab closed" in carl.text(ACME)


def test_contact_is_added_and_changed(browse, cast, db):
    carl = browse("carl")
    data = {"name": "Ugo Neri", "role": "legal", "influence": "2", "sentiment": "wavering"}
    data |= {"language": "it", "email": "ugo@acme.example"}
    assert carl.post(f"{ACME}/contacts/new", data).status_code == 303
    contact = db.session.scalar(sa.select(Contact).where(Contact.name == "Ugo Neri"))
    where = f"{ACME}/contacts/{contact.id}"
    version = hidden(carl.text(where), "version")
    assert carl.post(where, {**data, "version": version, "left": "y"}).status_code == 303
    assert "left 17" in carl.text(ACME)
    late = carl.post(where, {**data, "name": "Ugo Bianchi", "version": version})
    assert late.status_code == 409
    text = late.get_data(as_text=True)
    assert "<pre>Ugo Bianchi</pre>" in text
    assert re.search(r"<pre>yes</pre>.*<pre>no</pre>", text, re.DOTALL), "who left, in words"


def test_contract_changes_what_the_account_says(browse, cast, db, now):
    carl = browse("carl")
    data = {"number": "C-2", "starts_on": "2026-01-01", "ends_on": "2027-12-31", "arr": "1000"}
    assert carl.post(f"{ACME}/contracts/new", data).status_code == 303
    assert cast.acme.arr_minor == 61_300_000
    bad = {**data, "number": "C-3", "arr": "-5"}
    response = carl.post(f"{ACME}/contracts/new", bad)
    assert response.status_code == 422
    assert "below zero" in response.get_data(as_text=True)
    absurd = {**data, "number": "C-4", "arr": "9" * 15}
    assert carl.post(f"{ACME}/contracts/new", absurd).status_code == 422


def test_handing_over_moves_who_sees_it(browse, cast, db):
    assert browse("carl").post(f"{ACME}/owner", {"owner_id": str(cast.otto.id)}).status_code == 303
    assert browse("otto").get(ACME).status_code == 200
    assert browse("carl").get(ACME).status_code == 404


def test_adding_an_account(browse, cast, db):
    carl = browse("carl")
    data = account_form(name="Nuova Srl", currency="EUR", country="Italie")
    assert carl.post("/accounts/new", data).status_code == 303
    found = db.session.scalar(sa.select(Account).where(Account.name == "Nuova Srl"))
    assert (found.country, found.owner_id) == ("IT", cast.carl.id)
    assert carl.post("/accounts/new", {**data, "currency": "XQQ"}).status_code == 422


def upload(browser, content, **more):
    data = {"file": (io.BytesIO(content), more.pop("name", "file.csv")), "dry_run": "y", **more}
    return browser.post("/accounts/imports", data, content_type="multipart/form-data")


TELCO = (
    b"customerID,tenure,Contract,MonthlyCharges,TotalCharges,Churn\n"
    b"A-1,3,One year,10,30,No\nA-2,0,Two year,10, ,No\n"
)


def test_administrator_checks_then_imports(browse, db, run_jobs):
    adam = browse("adam")
    page = adam.text("/accounts/imports")
    assert "invoiced" in page
    assert "it brings no revenue" in page
    sent = upload(adam, TELCO)
    assert sent.status_code == 303
    assert "Checking the rows" in adam.text(sent.location)
    run_jobs()
    text = adam.text(sent.location)
    assert "Every row is right" in text
    assert db.session.scalar(sa.select(sa.func.count(Account.id))) == 2
    written = adam.post(sent.location + "/write")
    assert written.status_code == 303
    run_jobs()
    assert "The file is in." in adam.text(written.location)
    assert "A-1" in browse("erik").text("/accounts/")
    assert adam.get("/accounts/").status_code == 403
    assert browse("alma").post(written.location + "/undo").status_code == 303
    assert "Undoing." in adam.text(written.location)
    run_jobs()
    assert "Undone: everything is as it was" in adam.text(written.location)
    assert "A-1" not in browse("erik").text("/accounts/")


def test_wrong_rows_are_shown_by_line_column_value_and_reason(browse, db, run_jobs):
    adam = browse("adam")
    sent = upload(adam, TELCO + b"A-3,four,One year,10,30,No\n")
    run_jobs()
    text = adam.text(sent.location)
    for words in ("1 row is wrong", ">4<", "tenure", "four", "This is not a number."):
        assert words in text
    assert adam.post(sent.location + "/write").status_code == 409


def test_another_administrator_sees_counts_but_no_rows(browse, db, run_jobs):
    sent = upload(browse("adam"), TELCO + b"A-3,four,One year,10,30,No\n")
    run_jobs()
    alma = browse("alma")
    assert alma.get(sent.location).status_code == 404
    assert "file.csv" in alma.text("/accounts/imports")


@pytest.mark.parametrize("name", ["carl", "erik", "aldo", "lena"])
def test_who_may_not_import(browse, name):
    assert browse(name).get("/accounts/imports").status_code == 403


def test_file_that_is_no_csv_is_refused_in_words(browse, db):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("accounts.csv", "customerID,tenure\n")
    for content, words in ((packed.getvalue(), "ZIP"), (b"PK\x03\x04" + b"x" * 100, "damaged")):
        response = upload(browse("adam"), content, name="accounts.csv")
        assert response.status_code == 422
        assert words in response.get_data(as_text=True)
    assert db.session.scalar(sa.select(sa.func.count(ImportRun.id))) == 0


def test_samples_are_offered_and_pass_their_own_check(browse, db, run_jobs):
    adam = browse("adam")
    for name in ("salesforce", "telco"):
        sample = adam.get(f"/accounts/imports/samples/{name}.csv")
        sent = upload(adam, sample.get_data())
        run_jobs()
        assert "Every row is right" in adam.text(sent.location)
    assert adam.get("/accounts/imports/samples/..%2Fmodels.csv").status_code == 404


def test_import_under_way_is_taken_back(browse, db, run_jobs):
    adam = browse("adam")
    sent = upload(adam, TELCO, dry_run="")
    assert adam.post(sent.location + "/take-back").status_code == 303
    run_jobs()
    run = db.session.scalar(sa.select(ImportRun))
    assert run.state is ImportState.TAKEN_BACK
    assert db.session.scalar(sa.select(sa.func.count(Account.id))) == 2


def test_natural_person_is_said(browse, cast, db, now):
    cast.acme.natural_person = True
    db.session.commit()
    assert "without a person" in browse("carl").text(ACME)
