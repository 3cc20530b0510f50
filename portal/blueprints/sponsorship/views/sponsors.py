"""Doors to the sponsorship programme for people: sponsors."""

from collections.abc import Callable

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission, Role
from portal.core.i18n import LANGUAGES, _
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, forms, queries
from ..models import (
    ExitReason,
    Sponsor,
    Sponsorship,
    SponsorshipState,
    TouchpointState,
)
from .blueprint import bp

# ---- sponsorships


def sponsorship_sheet(reference: str, **refused: FlaskForm) -> ResponseReturnValue:
    """Show a sponsorship: its outcome, touchpoints and what is proposed."""
    now = clock.now()
    row = queries.get_sponsorship(viewer(), reference, now=now)
    account = account_queries.by_id(row.account_id)
    sponsor = queries.sponsor_of(row)
    manages = viewer().may(Permission.SPONSORSHIP_MANAGE)
    running = row.state is SponsorshipState.ACTIVE
    return page(
        "sponsorship/sponsorship.html",
        form=next(iter(refused.values()), None),
        forms={
            "touch": refused.get("touch") or forms.TouchForm(),
            "extend": refused.get("extend") or forms.ExtendForm(),
            "end": refused.get("end") or forms.EndForm(),
        },
        refused=next(iter(refused), ""),
        row=row,
        account=account,
        sponsor=queries.carried(sponsor, on=queries.today(now)),
        nomination=queries.nomination_of(row),
        points=queries.touchpoints(row),
        proposals=queries.exits(row, account, now=now) if running else (),
        lanes=forms.LANES,
        reasons=forms.EXITS,
        may_touch=running and (manages or viewer().id == sponsor.person_id),
        may_end=running and manages,
    )


def _run(
    reference: str, name: str, form: FlaskForm, work: Callable[[Sponsorship], object], told: str
) -> ResponseReturnValue:
    def do() -> bool:
        work(queries.get_sponsorship(viewer(), reference, now=clock.now(), lock=True))
        return True

    if attempt(form, do):
        return done(url_for("sponsorship.show", reference=reference), told)
    return sponsorship_sheet(reference, **{name: form})


@bp.post("/<reference>/touchpoints/<int:touchpoint_id>")
@require(Permission.SPONSORSHIP_READ)
def touch(reference: str, touchpoint_id: int) -> ResponseReturnValue:
    """Note what became of a touchpoint."""
    form, by, now = forms.TouchForm(), viewer(), clock.now()
    return _run(
        reference,
        "touch",
        form,
        lambda row: actions.settle_touchpoint(
            row,
            queries.touchpoint(row, touchpoint_id),
            TouchpointState(form.state.data),
            note=form.note.data or "",
            on=form.on.data,
            by=by,
            now=now,
        ),
        _("Noted; the next touchpoint is planned."),
    )


@bp.post("/<reference>/extend")
@require(Permission.SPONSORSHIP_MANAGE)
def extend(reference: str) -> ResponseReturnValue:
    """Give one more term."""
    form, by, now = forms.ExtendForm(), viewer(), clock.now()
    return _run(
        reference,
        "extend",
        form,
        lambda row: actions.extend(row, reason=form.reason.data or "", by=by, now=now),
        _("The sponsorship has one more term."),
    )


@bp.post("/<reference>/end")
@require(Permission.SPONSORSHIP_MANAGE)
def end(reference: str) -> ResponseReturnValue:
    """End a sponsorship."""
    form, by, now = forms.EndForm(), viewer(), clock.now()
    return _run(
        reference,
        "end",
        form,
        lambda row: actions.end(
            row, ExitReason(form.why.data), note=form.farewell.data or "", by=by, now=now
        ),
        _("The sponsorship has ended; the people concerned are told."),
    )


def sponsor_sheet(reference: str, **refused: FlaskForm) -> ResponseReturnValue:
    """Show a sponsor's profile and what they carry."""
    now = clock.now()
    row = queries.get_sponsor(viewer(), reference)
    carried = queries.carried(row, on=queries.today(now))
    lines = [one for one in queries.sponsorships(viewer(), now=now) if one.sponsor == carried.name]
    return page(
        "sponsorship/sponsor.html",
        form=refused.get("profile") or _profile_form(row),
        row=row,
        one=carried,
        running=lines,
        policy=queries.policy_in_force()[0],
        languages=LANGUAGES,
    )


def _profile_form(row: Sponsor) -> forms.ProfileForm:
    form = forms.ProfileForm(obj=row)
    if not form.is_submitted():
        for name in ("expertise", "industries", "conflicts"):
            form[name].data = ", ".join(getattr(row, name))
    return form


def _profile(form: forms.ProfileForm) -> actions.Profile:
    given = form.data

    def words(name: str) -> tuple[str, ...]:
        return tuple((given[name] or "").split(","))

    return actions.Profile(
        languages=tuple(given["languages"] or ()),
        zone=(given["zone"] or "").strip(),
        expertise=words("expertise"),
        industries=words("industries"),
        conflicts=words("conflicts"),
        hours_month=given["hours_month"] or 0,
        capacity=given["capacity"] or 0,
        recovery_places=given["recovery_places"] or 0,
        trained_on=given["trained_on"],
        notes=given["notes"] or "",
    )


@bp.route("/sponsors/new", methods=["GET", "POST"])
@require(Permission.SPONSORSHIP_MANAGE)
def add_sponsor() -> ResponseReturnValue:
    """Take an executive into the programme."""
    form, now = forms.NewSponsorForm(), clock.now()
    able = {*auth_queries.choices(role=Role.EXECUTIVE), *auth_queries.choices(role=Role.LEADERSHIP)}
    form.person_id.choices = choices(sorted(able, key=lambda choice: choice[1]))
    if request.method == "GET":
        policy = queries.policy_in_force()[0]
        form.zone.data, form.hours_month.data = viewer().zone, 8
        form.capacity.data = policy.capacity.strategic
        form.recovery_places.data = policy.capacity.recovery
    made = attempt(form, lambda: _add_sponsor(form))
    if made:
        return done(url_for("sponsorship.show", reference=made), _("The sponsor is added."))
    return page("sponsorship/new_sponsor.html", form=form, today=queries.today(now))


def _add_sponsor(form: forms.NewSponsorForm) -> str:
    person_id = form.person_id.data
    return actions.add_sponsor(person_id, _profile(form), by=viewer(), now=clock.now()).reference


@bp.post("/<reference>/profile")
@require(Permission.SPONSORSHIP_MANAGE)
def edit_sponsor(reference: str) -> ResponseReturnValue:
    """Change a sponsor's profile."""
    form = forms.ProfileForm()

    def do() -> bool:
        row = queries.get_sponsor(viewer(), reference, lock=True)
        actions.edit_sponsor(row, _profile(form), by=viewer(), now=clock.now())
        return True

    if attempt(form, do):
        return done(url_for("sponsorship.show", reference=reference), _("The profile is changed."))
    return sponsor_sheet(reference, profile=form)
