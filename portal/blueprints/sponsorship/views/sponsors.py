"""Doors to the sponsorship programme for people: sponsors."""

from collections.abc import Callable
from datetime import datetime

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.auth.rules import is_away
from portal.core import clock
from portal.core.access import Permission, Role
from portal.core.i18n import LANGUAGES, _
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, forms, queries, rules
from ..models import (
    ExitReason,
    Sponsor,
    Sponsorship,
    SponsorshipState,
    Touchpoint,
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
    points, on = queries.touchpoints(row), queries.today(now)
    policy = queries.policy_in_force()[0]
    shown, form_of, sent = _term_forms(row, refused)
    return page(
        "sponsorship/sponsorship.html",
        form=next(iter(refused.values()), None),
        forms=shown,
        form_of=form_of,
        sent=sent,
        refused=next(iter(refused), ""),
        row=row,
        account=account,
        sponsor=queries.carried(sponsor, on=queries.today(now)),
        nomination=queries.nomination_of(row),
        points=points,
        kept=queries.counted(points, on=on),
        hours=queries.hours(row, points, on=on, policy=policy),
        goals=queries.goals(row),
        signals=queries.signals(row) if running else [],
        review=queries.review(row) if running else None,
        reviews=queries.reviews(row),
        readings=queries.readings(row),
        outcomes=forms.OUTCOMES,
        may_decide=running
        and viewer().may(Permission.SPONSORSHIP_DECIDE)
        and viewer().id != sponsor.person_id,
        names=_attendants(points, account),
        today=on,
        proposals=queries.exits(row, account, now=now) if running else (),
        lanes=forms.LANES,
        reasons=forms.EXITS,
        may_touch=running and (manages or viewer().id == sponsor.person_id),
        may_end=running and manages,
        may_answer=queries.may_answer(row, viewer()),
        written=queries.written(row),
        lines=queries.lines(row),
        gifts=queries.gifts(row),
        gift_sums=queries.gift_sums(row, now=now),
        gift_words=forms.GIFTS,
        promised=account_queries.promises(
            viewer(), now=now, account_id=account.id, by_id=sponsor.person_id
        ),
        people=_named(row, account),
    )


def _term_forms(
    row: Sponsorship, refused: dict[str, FlaskForm]
) -> tuple[dict[str, FlaskForm], Callable[[str, int], FlaskForm], int]:
    """Give the forms of a sponsorship, the refused one as it was filled in, the others fresh; what
    gives the form that stands with each touchpoint, goal or message; and which of those was sent.
    """
    kinds: dict[str, type[FlaskForm]] = {
        "goal": forms.GoalForm,
        "over": forms.HandOverForm,
        "open_review": forms.OpenReviewForm,
        "conclude": forms.ReviewForm,
        "extend": forms.ExtendForm,
        "end": forms.EndForm,
        "line": forms.OpenLineForm,
        "gift": forms.GiftForm,
    }
    shown = {name: refused.get(name) or kind(formdata=None) for name, kind in kinds.items()}
    shown["plan"] = refused.get("plan") or forms.PlanForm(formdata=None, obj=row)
    ours, theirs = people_of(row)
    shown["line"]["contact"].choices = theirs
    able: list[tuple[int, str]] = []
    if row.state is SponsorshipState.ACTIVE and viewer().may(Permission.SPONSORSHIP_DECIDE):
        found = queries.others(row, now=clock.now())
        able = [(number, name) for number, name, _match in found]
    shown["over"]["sponsor_id"].choices = choices(able)
    shown["conclude"]["new_sponsor"].choices = choices([("", "–"), *able])
    named = (request.view_args or {}).values()
    sent = next((given for given in named if isinstance(given, int)), 0)

    def form_of(name: str, number: int) -> FlaskForm:
        form = refused[name] if name in refused and number == sent else EACH[name](formdata=None)
        if name == "touch":
            form["ours"].choices, form["theirs"].choices = ours, theirs
        for field in form:
            field.id = f"{field.id}-{number}"
        return form

    return shown, form_of, sent


EACH: dict[str, type[FlaskForm]] = {
    "touch": forms.TouchForm,
    "prepare": forms.PrepareForm,
    "settle": forms.SettleGoalForm,
    "answer": forms.AnswerLineForm,
}
"""Forms that stand on the page of a sponsorship once for each touchpoint, goal or message."""


def people_of(row: Sponsorship) -> tuple[list[SelectChoice], list[SelectChoice]]:
    """Give who can have taken part: the sponsor, the account's own people and who runs the
    programme; and the customer's contacts.
    """
    account, sponsor = account_queries.by_id(row.account_id), queries.sponsor_of(row)
    managers = [number for number, _name in auth_queries.choices(role=Role.PROGRAMME_MANAGER)]
    near = auth_queries.names([sponsor.person_id, account.owner_id, *managers])
    contacts = [one for one in account_queries.contacts(account) if one.left_at is None]
    return choices(near.items()), choices((one.id, one.name) for one in contacts)


def _named(row: Sponsorship, account: Account) -> dict[str, dict[int, str]]:
    """Give the names of who can answer, and of the customer's contacts."""
    answered = [one.answered_by_id for one in queries.written(row)]
    return {
        "ours": auth_queries.names([*answered, queries.sponsor_of(row).person_id]),
        "theirs": {one.id: one.name for one in account_queries.contacts(account)},
    }


def _attendants(points: list[Touchpoint], account: Account) -> dict[int, str]:
    """Give the names of who took part in each touchpoint, both sides together."""
    staff = auth_queries.names(number for point in points for number in point.ours)
    contacts = {one.id: one.name for one in account_queries.contacts(account)}
    return {
        point.id: ", ".join(
            [
                *(staff[number] for number in point.ours if number in staff),
                *(contacts[number] for number in point.theirs if number in contacts),
            ]
        )
        for point in points
    }


def run_term(
    reference: str, name: str, form: FlaskForm, work: Callable[[Sponsorship], object], told: str
) -> ResponseReturnValue:
    """Do one thing to a sponsorship that nobody else changes meanwhile, or show why not."""

    def do() -> bool:
        work(queries.get_sponsorship(viewer(), reference, now=clock.now(), lock=True))
        return True

    if attempt(form, do):
        return done(url_for("sponsorship.show", reference=reference), told)
    return sponsorship_sheet(reference, **{name: form})


@bp.post("/<reference>/extend")
@require(Permission.SPONSORSHIP_MANAGE)
def extend(reference: str) -> ResponseReturnValue:
    """Give one more term."""
    form, by, now = forms.ExtendForm(), viewer(), clock.now()
    return run_term(
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
    return run_term(
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
    carried, policy = queries.carried(row, on=queries.today(now)), queries.policy_in_force()[0]
    lines = [one for one in queries.sponsorships(viewer(), now=now) if one.sponsor == carried.name]
    return page(
        "sponsorship/sponsor.html",
        form=next(iter(refused.values()), None),
        profile=refused.get("profile") or _profile_form(row),
        known=queries.known_kinds(),
        row=row,
        one=carried,
        running=lines,
        policy=policy,
        languages=LANGUAGES,
        trained=queries.trainings(row),
        curriculum=queries.curriculum(),
        training=refused.get("training") or forms.training(queries.curriculum(), formdata=None),
        valid_until=row.trained_on and rules.training_ends(row.trained_on, policy=policy),
        own=viewer().id == row.person_id,
        address=_feed_address(row),
        away=_away(carried.user, now=now),
        refused=next(iter(refused), ""),
    )


def _feed_address(row: Sponsor) -> str:
    """Give the address of a sponsor's calendar, to the sponsor alone."""
    token = queries.feed_token(row) if viewer().id == row.person_id else ""
    return url_for("sponsorship.feed", token=token, _external=True) if token else ""


def _away(user: User, *, now: datetime) -> tuple[datetime | None, str] | None:
    """Give until when a sponsor is away, and who stands in for them; None while they are there."""
    if not is_away(user.absent_from, user.absent_until, now=now):
        return None
    substitute = auth_queries.names([user.substitute_id])
    return user.absent_until, substitute.get(user.substitute_id or 0, "")


def _profile_form(row: Sponsor) -> forms.ProfileForm:
    form = forms.ProfileForm(formdata=None, obj=row)
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
    known = queries.known_kinds()
    return page("sponsorship/new_sponsor.html", form=form, today=queries.today(now), known=known)


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
