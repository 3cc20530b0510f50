"""Doors to calls: prepare one, see its card, say afterwards what was promised."""

from datetime import UTC, date, datetime, time

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.accounts.models import PromiseKind
from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.calendar import from_local
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, queries
from ..forms import GUEST, STAKE, AfterForm, CallForm, call_form
from ..models import Call
from .blueprint import bp
from .issues import verify_address

LINES = (1, 2, 3)
CLOSING = time(18)
"""When a promise without an hour is due on its day: at the end of ours."""


@bp.get("/briefings/calls")
@require(Permission.BRIEFINGS_READ)
def calls() -> ResponseReturnValue:
    """List the viewer's calls, with what is still to be said of them."""
    found = queries.calls(viewer(), now=clock.now(), cursor=request.args.get("after"))
    return page("briefings/calls.html", found=found)


@bp.route("/briefings/calls/new", methods=["GET", "POST"])
@require(Permission.BRIEFINGS_READ)
def plan_call() -> ResponseReturnValue:
    """Prepare a call about a case or a customer."""
    about = request.args.get("about", "")
    found = queries.ahead(viewer(), about, now=clock.now())
    form = call_form(((one.id, one.name) for one in found.contacts), **_proposed(found))
    others = viewer().may(Permission.BRIEFINGS_MAKE)
    form.caller_id.choices = choices(
        one for one in auth_queries.choices() if others or one[0] == viewer().id
    )
    made = attempt(form, lambda: _plan(form, about))
    if made:
        return done(url_for("briefings.show_call", number=made.id))
    return page(
        "briefings/call_new.html", form=form, found=found, about=about, guest=GUEST, stake=STAKE
    )


def _proposed(found: queries.Ahead) -> dict[str, object]:
    """Give what a new form holds before anybody has typed."""
    if request.method != "GET":
        return {}
    given: dict[str, object] = {"caller_id": viewer().id}
    for name, lines in (("say", found.say), ("avoid", found.avoid)):
        given |= {f"{name}_{n}": text for n, text in zip(LINES, lines, strict=False)}
    for one in found.contacts:
        given[f"{STAKE}{one.id}"] = found.stakes.get(one.id, "")
        given[f"{GUEST}{one.id}"] = one.id in found.stakes
    return given


def _plan(form: CallForm, about: str) -> Call:
    given = form.data
    wish = actions.CallWish(
        about=about,
        at=_instant(given["at"]),
        guests={
            int(name.removeprefix(GUEST)): given[f"{STAKE}{name.removeprefix(GUEST)}"] or ""
            for name, there in given.items()
            if name.startswith(GUEST) and there
        },
        say=[given[f"say_{n}"] or "" for n in LINES],
        avoid=[given[f"avoid_{n}"] or "" for n in LINES],
    )
    caller = auth_queries.actor(given["caller_id"])
    return actions.plan(viewer(), wish, caller=caller, verify_at=verify_address(), now=clock.now())


def _instant(local: datetime) -> datetime:
    return from_local(local.replace(tzinfo=None), viewer().zone).astimezone(UTC)


@bp.get("/briefings/calls/<int:number>")
@require(Permission.BRIEFINGS_READ)
def show_call(number: int) -> ResponseReturnValue:
    """Show the card of a call."""
    row = queries.call(viewer(), number, now=clock.now())
    about = queries.ahead(viewer(), _about(row), now=clock.now())
    return page(
        "briefings/call.html",
        row=row,
        account=about.account,
        guests=queries.guests(row),
        names=queries.caller_names([row]),
        card=queries.card_of(row, viewer()),
        may_renew=row.caller_id == viewer().id or viewer().may(Permission.BRIEFINGS_MAKE),
    )


def _about(row: Call) -> str:
    return row.case_ref or queries.account_of(row).reference


@bp.post("/briefings/calls/<int:number>/renew")
@require(Permission.BRIEFINGS_READ)
def renew_call(number: int) -> ResponseReturnValue:
    """Make the card of a coming call from what is known now."""
    row = queries.call(viewer(), number, now=clock.now())
    actions.renew(row, verify_at=verify_address(), by=viewer(), now=clock.now())
    return done(url_for("briefings.show_call", number=number), _("The card is made anew."))


@bp.post("/briefings/calls/<int:number>/drop")
@require(Permission.BRIEFINGS_READ)
def drop_call(number: int) -> ResponseReturnValue:
    """Say that a call does not take place."""
    row = queries.call(viewer(), number, now=clock.now())
    actions.drop(row, by=viewer(), now=clock.now())
    return done(url_for("briefings.show_call", number=number))


@bp.route("/briefings/calls/<int:number>/after", methods=["GET", "POST"])
@require(Permission.BRIEFINGS_READ)
def after_call(number: int) -> ResponseReturnValue:
    """Ask what was promised on the phone, and put it into the ledger."""
    row, form = queries.call(viewer(), number, now=clock.now()), AfterForm()
    names = [contact.name for contact, _stake in queries.guests(row)]
    names = names or [queries.account_of(row).name]
    for n in LINES:
        form[f"to_{n}"].choices = choices((name, name) for name in names)
    if attempt(form, lambda: _answer(form, number)):
        return done(url_for("briefings.show_call", number=number), _("It is in the ledger."))
    account = queries.account_of(row)
    return page("briefings/call_after.html", form=form, row=row, account=account, lines=LINES)


def _answer(form: AfterForm, number: int) -> bool:
    row, given = queries.call(viewer(), number, now=clock.now()), form.data
    said = [_promised(given, n) for n in LINES if (given[f"what_{n}"] or "").strip()]
    if not said and not given["nothing"]:
        raise Refused(_("Say what you promised, or that it was nothing."), field="what_1")
    if said and given["nothing"]:
        raise Refused(_("Either something was promised or nothing."), field="nothing")
    actions.answer(row, said, by=viewer(), now=clock.now())
    return True


def _promised(given: dict[str, object], n: int) -> actions.Promised:
    due = given[f"due_{n}"]
    if not isinstance(due, date):
        raise Refused(_("By when? Without a day nobody can keep it."), field=f"due_{n}")
    return actions.Promised(
        what=str(given[f"what_{n}"]),
        kind=PromiseKind(str(given[f"kind_{n}"])),
        to_whom=str(given[f"to_{n}"]),
        due_at=_instant(datetime.combine(due, CLOSING)),
    )
