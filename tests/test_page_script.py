"""The comforts of the page script in a real browser, under the content security policy."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, flash, g, redirect, render_template, render_template_string, request
from flask_babel import Babel, get_locale
from flask_wtf import CSRFProtect, FlaskForm
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from playwright.sync_api import Browser, Page, Route, expect
from wtforms import PasswordField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import InputRequired

from portal.core.i18n import FILTERS
from tests.served import served

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # Slow: a browser starts once for all of them.

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "portal" / "static" / "dist"
PAGE = """{% extends "layout/base.html" %}
{% from "macros/form.html" import render_form, render_field %}
{% from "macros/show.html" import show_why %}
{% block headline %}Declare{% endblock %}
{% block main %}
{% call show_why("why so much?") %}<p>Because.</p>{% endcall %}
{% call render_form(form, "/escalations/new", "Declare and tell 4 people", id="declare") %}
{{ render_field(form.account, search=True) }}
{{ render_field(form.words) }}
{{ render_field(form.secret) }}
{% endcall %}
{% endblock %}"""


class Wish(FlaskForm):  # type: ignore[misc]
    """What the page asks."""

    account = SelectField(
        "Account",
        choices=[SelectChoice(""), *(SelectChoice(str(n), f"Customer {n}") for n in range(50))],
        validators=[InputRequired("Choose the customer.")],
    )
    words = TextAreaField("Words", validators=[InputRequired("Write it down.")])
    secret = PasswordField("Secret")


@pass_context
def shell(context: Context, name: str) -> Markup:
    """Draw a frame afresh."""
    given = {
        "shell_token": generate_csrf(),
        "shell_here": request.path,
        "shell_theme": request.cookies.get("theme", "system"),
    }
    return Markup(context.environment.get_template(name).render({**context.parent, **given}))


def small_portal() -> Flask:
    """Two pages in the real layout, with the headers of the real portal and no database."""
    manifest = json.loads((DIST / "manifest.json").read_text())
    app = Flask("portal", template_folder=str(ROOT / "portal/templates"))
    app.static_folder = str(ROOT / "portal/static")
    app.config.update(SECRET_KEY="x" * 40, sent=[])
    app.jinja_env.undefined = StrictUndefined
    CSRFProtect(app)
    Babel(app, locale_selector=lambda: "en")
    addresses = {"escalations.new": "/escalations/new", "auth.preferences": "/preferences"}
    rooms = [
        SimpleNamespace(endpoint="escalations", label="Escalations", key="e"),
        SimpleNamespace(endpoint="home", label="My day", key="d"),
    ]
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
        asset=lambda name: "/static/dist/" + manifest[name],
        icon=lambda name: Markup(f'<svg class="i"><use href="#i-{name}"/></svg>'),
        shell=shell,
        kept=lambda draw, *given: draw(*given),
        form_token=generate_csrf,
        house="",
        currency="",
        zone="",
        get_locale=get_locale,
        once_token=lambda: uuid.uuid4().hex,
        csp_nonce=lambda: g.nonce,
        rooms=lambda: rooms,
        door=addresses.get,
        viewer=SimpleNamespace(id=7, name="Carl Meyer"),
    )
    hang_pages(app)
    return app


def hang_pages(app: Flask) -> None:
    def new() -> Any:
        form = Wish()
        if form.validate_on_submit():
            app.config["sent"].append(form.words.data)
            flash("Four people have been told.")
            return redirect("/")
        return render_template_string(PAGE, form=form)

    def nonce() -> None:
        g.nonce = uuid.uuid4().hex

    def policy(response: Any) -> Any:
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'nonce-{g.nonce}'; style-src 'self'; img-src 'self'; "
            "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
        )
        return response

    def preferences() -> Any:
        response = redirect(request.form["next"], 303)
        response.set_cookie("theme", request.form["theme"])
        return response

    def empty() -> str:
        return render_template_string(
            '{% extends "layout/base.html" %}{% block headline %}Here{% endblock %}'
        )

    app.before_request(nonce)
    app.after_request(policy)
    app.add_url_rule("/", "home", empty)
    app.add_url_rule("/escalations", "escalations", empty)
    app.add_url_rule("/escalations/new", "new", new, methods=["GET", "POST"])
    app.add_url_rule("/preferences", "preferences", preferences, methods=["POST"])
    app.add_url_rule("/out", "security.logout", lambda: redirect("/"), methods=["POST"])
    app.add_url_rule("/login", "security.login", lambda: "")
    app.add_url_rule("/gone", "gone", lambda: render_template("errors/400.html"))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if not (DIST / "manifest.json").exists():
        pytest.skip("the front end is not built: make setup")
    with served(small_portal()) as found:
        yield found


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A fresh browser on the form; what the policy blocks or the script throws fails the test."""
    context = chromium.new_context(base_url=address)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.goto("/escalations/new")
    yield page
    context.close()
    assert not wrong


def send(page: Page) -> None:
    page.get_by_role("button", name="Declare and tell 4 people").click()


def choose(page: Page, name: str) -> None:
    page.locator(".ts-control").click()
    page.keyboard.type(name)
    page.get_by_role("option", name=name, exact=True).click()


def test_draft_comes_back_without_the_password(page: Page) -> None:
    page.get_by_label("Words").fill("Le four 3 est aveugle.")
    page.get_by_label("Secret").fill("hidden")
    page.wait_for_timeout(400)
    page.reload()
    expect(page.get_by_label("Words")).to_have_value("Le four 3 est aveugle.")
    expect(page.get_by_label("Secret")).to_have_value("")
    assert "hidden" not in page.evaluate("JSON.stringify(localStorage)")
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_label("Words")).to_have_value("")


def test_draft_survives_an_error_page_and_ends_with_success(page: Page, address: str) -> None:
    def misdirect(route: Route) -> None:
        if route.request.method == "POST":
            route.continue_(url=f"{address}/gone", method="GET")
        else:
            route.continue_()

    page.get_by_label("Words").fill("Once more")
    page.route("**/escalations/new", misdirect)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("This could not be read")
    page.unroute("**/escalations/new")
    page.goto("/escalations/new")
    expect(page.get_by_label("Words")).to_have_value("Once more")
    choose(page, "Customer 37")
    send(page)
    expect(page.get_by_text("Four people have been told.")).to_be_visible()
    page.goto("/escalations/new")
    expect(page.get_by_label("Words")).to_have_value("")


def test_draft_survives_an_error_page_that_is_left_before_its_script_ran(page: Page) -> None:
    page.get_by_label("Words").fill("Once more")
    page.wait_for_timeout(400)
    page.evaluate(
        """() => { const key = Object.keys(localStorage).find((k) => k.startsWith("parley:draft:"));
        localStorage[key] = JSON.stringify({ ...JSON.parse(localStorage[key]), sent: true }); }"""
    )
    page.goto("/escalations/new")
    expect(page.get_by_label("Words")).to_have_value("Once more")


def test_draft_does_not_hide_what_somebody_changed_since(page: Page) -> None:
    page.get_by_label("Words").fill("Mine")
    page.wait_for_timeout(400)
    page.evaluate(
        """() => { const key = Object.keys(localStorage).find((k) => k.startsWith("parley:draft:"));
        const draft = JSON.parse(localStorage[key]); draft.given.words = ["Older text"];
        localStorage[key] = JSON.stringify(draft); }"""
    )
    page.reload()
    expect(page.get_by_label("Words")).to_have_value("")
    expect(page.locator(".kept pre")).to_have_text("Mine")


def test_sign_out_forgets_drafts(page: Page) -> None:
    page.get_by_label("Words").fill("Mine")
    page.wait_for_timeout(400)
    page.locator("details.me summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")
    assert not page.evaluate(
        "Object.keys(localStorage).filter((k) => k.startsWith('parley:draft:'))"
    )


def test_refused_form_leads_to_the_field(page: Page) -> None:
    page.get_by_label("Words").fill("Kept")
    send(page)
    expect(page.locator("[data-problems]")).to_be_focused()
    expect(page.get_by_label("Words")).to_have_value("Kept")
    page.get_by_role("link", name="Account: Choose the customer.").click()
    expect(page.get_by_role("combobox", name="Account")).to_be_focused()


def test_form_is_sent_once(page: Page) -> None:
    posts: list[str] = []
    page.on("request", lambda r: posts.append(r.url) if r.method == "POST" else None)
    page.get_by_label("Words").fill("Twice?")
    choose(page, "Customer 3")  # Last: the list may take the focus back for a moment.
    expect(page.locator("#account")).to_have_value("3")
    expect(page.get_by_label("Words")).to_have_value("Twice?")
    page.evaluate(
        "() => { const f = document.forms.declare; f.requestSubmit(); f.requestSubmit(); }"
    )
    expect(page.get_by_text("Four people have been told.")).to_be_visible()
    assert len(posts) == 1


def test_keys_go_places_and_can_be_switched_off(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url("**/escalations")
    page.keyboard.press("n")
    page.wait_for_url("**/escalations/new")
    page.keyboard.press("?")
    page.get_by_label("Use single-key shortcuts on this device").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_keys_work_the_moment_the_help_is_shut(page: Page) -> None:
    """A shut dialog keeps the focus until the page is drawn next; a quick hand is faster."""
    went = page.evaluate("""() => {
        const dialog = document.getElementById("parley-keys");
        let went = 0;
        document.querySelector('[data-go="e"]').addEventListener("click", (event) => {
            event.preventDefault();
            went += 1;
        });
        const press = (key) => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key, bubbles: true }));
        dialog.showModal();
        press("g");
        press("e");
        dialog.close();
        press("g");
        press("e");
        return went;
    }""")
    assert went == 1


def test_note_closes_on_escape_and_outside(page: Page) -> None:
    note = page.get_by_text("Because.")
    for close in (lambda: page.keyboard.press("Escape"), lambda: page.mouse.click(5, 5)):
        page.get_by_text("why so much?").click()
        expect(note).to_be_visible()
        close()
        expect(note).to_be_hidden()


def test_appearance_changes_at_once_and_stays(page: Page) -> None:
    page.locator("details.me summary").click()
    with page.expect_response("**/preferences"):
        page.get_by_role("button", name="Dark").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
