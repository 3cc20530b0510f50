"""What a customer sees of an offer through the address in its letter, without signing in, and how
they answer.
"""

from collections.abc import Callable
from datetime import datetime

from flask import Response, make_response, request, url_for
from flask.typing import ResponseReturnValue

from portal.core import clock, files
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import _, speaking
from portal.core.web import as_it_came, attempt, done, note, page, public

from .. import actions, forms, queries
from .blueprint import bp


def _gone() -> ResponseReturnValue:
    return make_response(page("concessions/offer_gone.html")[0], 404)  # type: ignore[index]


@bp.get("/offers/<token>")
@public
def offer_letter(token: str) -> ResponseReturnValue:
    """Show a customer the letter that was written to them, and how its offer stands."""
    now = clock.now()
    try:
        who = queries.offered(token, now=now)
    except NotFound:
        return _gone()
    with speaking(who.contact.language, who.zone):
        shown = queries.shown_offer(who, now=now)
        answer = page("concessions/offer.html", offer=shown, token=token)
    note(lambda: actions.note_offer_read(who, now=now))
    return answer


@bp.get("/offers/<token>/letter.pdf")
@public
@as_it_came
def offer_file(token: str) -> ResponseReturnValue:
    """Hand a customer the letter that was written to them as a file."""
    try:
        found = queries.letter_file(queries.offered(token, now=clock.now()))
    except NotFound:
        return _gone()
    answer = Response(files.read(found), content_type=found.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return answer


@bp.post("/offers/<token>/code")
@public
def offer_code(token: str) -> ResponseReturnValue:
    """Mail the reader of a letter the code by which they accept, with effect."""
    now = clock.now()
    who = queries.offered(token, now=now, lock=True)
    with speaking(who.contact.language, who.zone):
        actions.ask_offer_code(who, now=now)
        words = _("We have sent you a code by mail. It holds for a quarter of an hour.")
        return done(url_for("concessions.offer_accept", token=token), words)


def _answer(
    token: str,
    name: str,
    form_of: Callable[[], forms.NamedForm],
    act: Callable[[queries.Offered, forms.NamedForm, datetime], str],
) -> ResponseReturnValue:
    """Take one kind of answer: `act` gives where to go on and what is said there."""
    now = clock.now()
    try:
        who = queries.offered(token, now=now, lock=request.method == "POST")
    except NotFound:
        return _gone()
    with speaking(who.contact.language, who.zone):
        form = form_of()
        told = attempt(form, lambda: act(who, form, now))
        if told is not None and told != WRONG:
            return done(url_for("concessions.offer_letter", token=token), told)
        if told == WRONG:
            db.session.commit()  # the try counts; what else was typed stays in the form
            form["code"].errors = [_("This is not the code.")]
        shown = queries.shown_offer(who, now=now)
        return page(f"concessions/{name}.html", offer=shown, token=token, form=form)


WRONG = "wrong"


def _said(form: forms.NamedForm) -> dict[str, str]:
    return {"name": form.name.data or "", "capacity": form.capacity.data or ""}


@bp.route("/offers/<token>/accept", methods=["GET", "POST"])
@public
def offer_accept(token: str) -> ResponseReturnValue:
    """Let a named person accept what a letter offers, by the code that was mailed to them."""

    def act(who: queries.Offered, form: forms.NamedForm, now: datetime) -> str:
        code = form.data["code"] or ""
        given = actions.accept_offer(who, code=code, **_said(form), now=now)
        return _("Thank you: you have accepted, and we deliver it.") if given else WRONG

    return _answer(token, "offer_accept", forms.AcceptOfferForm, act)


@bp.route("/offers/<token>/decline", methods=["GET", "POST"])
@public
def offer_decline(token: str) -> ResponseReturnValue:
    """Let a named person decline what a letter offers."""

    def act(who: queries.Offered, form: forms.NamedForm, now: datetime) -> str:
        actions.decline_offer(who, **_said(form), now=now)
        return _("We have noted that you decline.")

    return _answer(token, "offer_decline", forms.NamedForm, act)


@bp.route("/offers/<token>/counter", methods=["GET", "POST"])
@public
def offer_counter(token: str) -> ResponseReturnValue:
    """Let a named person ask for something else than a letter offers."""

    def act(who: queries.Offered, form: forms.NamedForm, now: datetime) -> str:
        what = form.data["instead"] or ""
        actions.counter_offer(who, what=what, **_said(form), now=now)
        return _("Thank you: we look at what you ask for, and come back to you.")

    return _answer(token, "offer_counter", forms.CounterOfferForm, act)


for _door in (offer_letter, offer_file, offer_code, offer_accept, offer_decline, offer_counter):
    _door.secret_address = True  # type: ignore[attr-defined]
