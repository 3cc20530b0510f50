"""Doors to people: one's own profile, and administration."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.core import clock, files
from portal.core.access import Grade, Permission, Role
from portal.core.calendar import from_local
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import LANGUAGES, _, get_locale
from portal.core.web import attempt, choices, done, page, public, require, viewer

from . import actions, queries, rules
from .forms import (
    LEVELS,
    AbsenceForm,
    EntityForm,
    FirstForm,
    LogoForm,
    OrganisationForm,
    PaperWordsForm,
    PersonForm,
    RoleForm,
    TokenForm,
)

bp = Blueprint("auth", __name__)
YEAR = 365 * 24 * 3600


@bp.post("/preferences")
@require(Permission.HOME)
def preferences() -> ResponseReturnValue:
    """Switch language or appearance and come back."""
    theme = request.form.get("theme")
    actions.set_taste(queries.get(viewer().id or 0), language=request.form.get("language"))
    db.session.commit()
    target = request.form.get("next", "/")
    response = make_response(
        redirect(target if target.startswith("/") and target[1:2] not in {"/", "\\"} else "/", 303)
    )
    if theme in {"system", "light", "dark"}:
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", httponly=True)
    return response


@bp.get("/signed-out")
@public
def signed_out() -> ResponseReturnValue:
    """Say that the session has ended."""
    return page("auth/signed_out.html")


@bp.route("/first-start", methods=["GET", "POST"])
@public
def first() -> ResponseReturnValue:
    """Let the first administrator in, by the address that the installation printed; says where to
    find one, and leads to the sign-in once somebody is there.
    """
    key, now = request.args.get("key", ""), clock.now()
    if queries.anybody():
        return redirect(url_for("security.login"))
    form = FirstForm()
    if not form.is_submitted():
        form.language.data = get_locale().language
    added = attempt(
        form,
        lambda: actions.add_first(
            key,
            email=form.data["email"],
            name=form.data["name"],
            password=form.data["password"],
            language=form.data["language"],
            zone=queries.organisation().zone,
            now=now,
        ),
    )
    if added:
        text = _("You are the first administrator. Sign in with what you have just chosen.")
        return done(url_for("security.login"), text)
    opens = queries.opens_first(key, now=now)
    return page("auth/first.html", form=form, opens=opens, lapsed=bool(key) and not opens, key=key)


@bp.route("/profile", methods=["GET", "POST"])
@require(Permission.HOME)
def profile() -> ResponseReturnValue:
    """Show one's own roles, absence and tokens; set the absence."""
    me = queries.get(viewer().id or 0)
    form = AbsenceForm(
        substitute_id=me.substitute_id,
        absent_from=_on_the_clock(me.absent_from, me.zone),
        absent_until=_on_the_clock(me.absent_until, me.zone),
    )
    others = [one for one in queries.choices() if one[0] != me.id]
    form.substitute_id.choices = choices([("", _("nobody")), *others])
    if attempt(form, lambda: _set_absence(form, zone=me.zone)) is not None:
        return done(url_for("auth.profile"), _("Your substitute and absence are noted."))
    return page(
        "auth/profile.html", by_room=rules.by_room, form=form, me=me, tokens=queries.tokens(me.id)
    )


def _on_the_clock(given: datetime | None, zone: str) -> datetime | None:
    """Give an instant as the clock on somebody's wall shows it."""
    return given and given.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _set_absence(form: AbsenceForm, *, zone: str) -> bool:
    me = queries.get(viewer().id or 0)
    begin, end = form.absent_from.data, form.absent_until.data
    actions.set_absence(
        me,
        substitute_id=form.data["substitute_id"],
        absent_from=begin and from_local(begin, zone),
        absent_until=end and from_local(end, zone),
        by=viewer(),
        now=clock.now(),
    )
    return True


@bp.route("/profile/tokens/new", methods=["GET", "POST"])
@require(Permission.HOME)
def new_token() -> ResponseReturnValue:
    """Make a token; its word is shown this once."""
    form = TokenForm()
    form.scopes.choices = choices((p.value, p.value) for p in sorted(viewer().permissions))
    made = attempt(
        form,
        lambda: actions.make_token(
            queries.get(viewer().id or 0),
            name=form.data["name"],
            scopes=[Permission(s) for s in form.data["scopes"]],
            days=form.data["days"],
            by=viewer(),
            now=clock.now(),
        ),
    )
    if made:
        db.session.commit()
        return page("auth/token_made.html", by_room=rules.by_room, token=made[0], raw=made[1])
    return page("auth/new_token.html", form=form, by_room=rules.by_room)


@bp.post("/profile/tokens/<int:token_id>/revoke")
@require(Permission.HOME)
def revoke_token(token_id: int) -> ResponseReturnValue:
    """End a token of one's own."""
    actions.revoke_token(
        queries.get_token(viewer().id or 0, token_id), by=viewer(), now=clock.now()
    )
    return done(url_for("auth.profile"), _("The token is revoked."))


@bp.get("/admin/people")
@require(Permission.PEOPLE_READ)
def people() -> ResponseReturnValue:
    """List people with their roles, and wishes that wait for a second person."""
    grants = queries.waiting_grants()
    ids = [i for g in grants for i in (g.person_id, g.asked_by_id)]
    return page(
        "auth/people.html",
        people=queries.people(active=False),
        grants=grants,
        names=queries.names(ids),
    )


@bp.route("/admin/people/new", methods=["GET", "POST"])
@require(Permission.PEOPLE_MANAGE)
def new_person() -> ResponseReturnValue:
    """Add somebody; a sensitive first role waits for a second person."""
    form = PersonForm()
    added = attempt(form, lambda: _add(form))
    if added:
        return done(url_for("auth.person", person_id=added), _("The person can sign in."))
    return page("auth/new_person.html", form=form)


def _add(form: PersonForm) -> int:
    by, now = viewer(), clock.now()
    user = actions.add_person(
        email=form.data["email"],
        name=form.data["name"],
        title=form.data["title"] or "",
        roles=[],
        password=form.data["password"],
        language=form.data["language"],
        grade=Grade(form.data["grade"]),
        by=by,
        now=now,
    )
    actions.ask_role(user, role=Role(form.data["role"]), gives=True, by=by, now=now)
    return int(user.id)


@bp.route("/admin/people/<int:person_id>", methods=["GET", "POST"])
@require(Permission.PEOPLE_MANAGE)
def person(person_id: int) -> ResponseReturnValue:
    """Show a person; give or take a role."""
    found = queries.get(person_id)
    form = RoleForm()
    grant = attempt(
        form,
        lambda: actions.ask_role(
            found,
            role=Role(form.data["role"]),
            gives=form.data["gives"] == "1",
            by=viewer(),
            now=clock.now(),
        ),
    )
    if grant:
        text = (
            _("The role is changed.")
            if grant.approved
            else _("A second person must agree to this role.")
        )
        return done(url_for("auth.person", person_id=person_id), text)
    return page("auth/person.html", form=form, person=found)


@bp.post("/admin/people/<int:person_id>/switch")
@require(Permission.PEOPLE_MANAGE)
def switch(person_id: int) -> ResponseReturnValue:
    """Let a person sign in, or not."""
    found = queries.get(person_id)
    actions.set_active(found, active=not found.active, by=viewer(), now=clock.now())
    return done(url_for("auth.person", person_id=person_id), _("Done. Their sessions have ended."))


@bp.post("/admin/grants/<int:grant_id>/<word>")
@require(Permission.PEOPLE_MANAGE)
def decide(grant_id: int, word: str) -> ResponseReturnValue:
    """Say yes or no to a sensitive role."""
    if word not in {"approve", "refuse"}:
        raise NotFound
    actions.decide_role(
        queries.get_grant(grant_id), approved=word == "approve", by=viewer(), now=clock.now()
    )
    return done(url_for("auth.people"), _("Decided."))


@bp.route("/admin/organisation", methods=["GET", "POST"])
@require(Permission.PEOPLE_MANAGE)
def organisation() -> ResponseReturnValue:
    """Show and set the organisation."""
    found = queries.organisation()
    form, is_new = OrganisationForm(obj=found), found.confirmed_at is None
    if request.method == "GET":
        form.jurisdictions.data = ", ".join(found.jurisdictions)
    saved = attempt(
        form,
        lambda: actions.set_up_organisation(
            by=viewer(),
            now=clock.now(),
            name=form.data["name"],
            zone=form.data["zone"],
            currency=form.data["currency"].upper(),
            language=form.data["language"],
            fiscal_month=form.data["fiscal_month"],
            quarter_names=form.data["quarter_names"],
            rounding=form.data["rounding"],
            jurisdictions=(form.data["jurisdictions"] or "").replace(",", " ").split(),
        ),
    )
    if saved:
        _forget_house()
        there = "home.first_steps" if is_new else "auth.organisation"
        return done(url_for(there), _("The organisation is set."))
    return _organisation(form, organisation=form)


def _forget_house() -> None:
    current_app.extensions.pop("portal_house", None)  # this process shows the new one at once


@bp.get("/logo")
@public
def logo() -> ResponseReturnValue:
    """Give the organisation's logo; customers see it, too."""
    found = queries.logo()
    if found is None:
        raise NotFound
    response = make_response(files.read(found))
    response.content_type = found.media_type
    response.set_etag(found.digest)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response.make_conditional(request)


@bp.post("/admin/organisation/logo")
@require(Permission.PEOPLE_MANAGE)
def set_logo() -> ResponseReturnValue:
    """Set the organisation's logo."""
    form = LogoForm()

    def keep() -> object:
        with form.logo.data.stream as given:
            return actions.set_logo(given.read(), by=viewer(), now=clock.now())

    if attempt(form, keep):
        _forget_house()
        return done(url_for("auth.organisation"), _("The logo is set."))
    return _organisation(form, logo=form)


@bp.post("/admin/organisation/logo/remove")
@require(Permission.PEOPLE_MANAGE)
def drop_logo() -> ResponseReturnValue:
    """Go back to the organisation's name."""
    actions.drop_logo(by=viewer(), now=clock.now())
    _forget_house()
    return done(url_for("auth.organisation"), _("The logo is removed."))


@bp.post("/admin/organisation/words")
@require(Permission.PEOPLE_MANAGE)
def set_paper_words() -> ResponseReturnValue:
    """Set what papers say at the top left."""
    form = PaperWordsForm()
    words = {
        code: {level: form.data[f"{level}_{code}"] or "" for level in LEVELS} for code in LANGUAGES
    }
    if attempt(form, lambda: actions.set_paper_words(words, by=viewer(), now=clock.now())):
        return done(url_for("auth.organisation"), _("The words are set."))
    return _organisation(form, words=form)


@bp.post("/admin/organisation/companies")
@require(Permission.PEOPLE_MANAGE)
def add_company() -> ResponseReturnValue:
    """Add a company of the organisation."""
    form = EntityForm()
    added = attempt(
        form,
        lambda: actions.add_legal_entity(
            name=form.data["name"],
            country=form.data["country"],
            currency=form.data["currency"],
            since=form.data["since"],
            by=viewer(),
            now=clock.now(),
        ),
    )
    if added:
        return done(url_for("auth.organisation"), _("The company is added."))
    return _organisation(form, company=form)


def _organisation(asked: FlaskForm, **forms: FlaskForm) -> ResponseReturnValue:
    """Show the page with the form that was `asked`, and the others as they stand."""
    found = queries.organisation()
    if "organisation" not in forms:
        forms["organisation"] = OrganisationForm(formdata=None, obj=found)
        forms["organisation"].jurisdictions.data = ", ".join(found.jurisdictions)
    if "words" not in forms:
        kept = found.classifications or {}
        data = {f"{level}_{code}": text for code in kept for level, text in kept[code].items()}
        forms["words"] = PaperWordsForm(formdata=None, data=data)
    given = {
        "company": EntityForm(formdata=None),
        "logo": LogoForm(formdata=None),
        **forms,
    }
    return page(
        "auth/organisation.html",
        form=asked,
        entities=queries.legal_entities(),
        logo_id=found.logo_file_id,
        levels=LEVELS,
        **{f"{name}_form": form for name, form in given.items()},
    )
