"""Doors of a customer's room: the customer's own, and the panel of those who open it."""

from typing import Any

from flask import Blueprint, current_app, make_response, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.escalations import queries as cases
from portal.blueprints.escalations.models import OPEN_STATES
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _, speaking
from portal.core.web import attempt, choices, done, note, page, public, require, viewer

from . import actions, queries, rules
from .forms import AgreeForm, LinkForm, RoomForm

bp = Blueprint("customer_room", __name__)


def secret(view: Any) -> Any:
    """Mark a door whose address is a secret: it is told to no other site and kept by no search
    engine.
    """
    view.secret_address = True
    return view


@bp.route("/room/<token>", methods=["GET", "POST"])
@public
@secret
def show(token: str) -> ResponseReturnValue:
    """Show the customer their room, and take what they write."""
    now = clock.now()
    try:
        who = queries.entered(token, now=now, lock=request.method == "POST")
    except NotFound:
        return make_response(page("customer_room/gone.html")[0], 404)  # type: ignore[index]
    with speaking(who.contact.language, who.zone):
        form = RoomForm()
        if attempt(
            form, lambda: actions.write(who, form.text.data or "", files=_files(form), now=now)
        ):
            return done(
                url_for("customer_room.show", token=token), _("It has reached us. Thank you.")
            )
        shown = queries.room(who, now=now)
        answer = page("customer_room/show.html", form=form, room=shown, token=token)
    if request.method == "GET":
        note(lambda: actions.note_visit(who, now=now))
    return answer


def _files(form: RoomForm) -> list[tuple[str, bytes]]:
    given = [one for one in form.files.data or [] if getattr(one, "filename", "")]
    most = rules.LARGEST_FILE + 1
    return [(one.filename, one.stream.read(most)) for one in given]


@bp.post("/room/<token>/tick/<int:criterion_id>")
@public
@secret
def tick(token: str, criterion_id: int) -> ResponseReturnValue:
    """Note the customer's view of a criterion."""
    now = clock.now()
    who = queries.entered(token, now=now, lock=True)
    actions.tick(who, criterion_id, met=request.form.get("met") == "1", now=now)
    with speaking(who.contact.language, who.zone):
        return done(url_for("customer_room.show", token=token), _("We see how you see it."))


@bp.post("/room/<token>/code")
@public
@secret
def code(token: str) -> ResponseReturnValue:
    """Mail the customer a code with which they can agree, with effect."""
    now = clock.now()
    who = queries.entered(token, now=now, lock=True)
    with speaking(who.contact.language, who.zone):
        actions.ask_code(who, now=now)
        words = _("We have sent you a code by mail. It holds for a quarter of an hour.")
        return done(url_for("customer_room.agree", token=token), words)


@bp.route("/room/<token>/agree", methods=["GET", "POST"])
@public
@secret
def agree(token: str) -> ResponseReturnValue:
    """Let a named person agree that the matter is solved."""
    now = clock.now()
    who = queries.entered(token, now=now, lock=request.method == "POST")
    with speaking(who.contact.language, who.zone):
        form = AgreeForm()
        told: list[bool] = []

        def act() -> bool:
            name, capacity = form.name.data or "", form.capacity.data or ""
            code = form.code.data or ""
            told.append(actions.agree(who, code=code, name=name, capacity=capacity, now=now))
            return True

        if attempt(form, act):
            if told[0]:
                where = url_for("customer_room.show", token=token)
                return done(where, _("Thank you: it is agreed."))
            return done(url_for("customer_room.agree", token=token), _("This is not the code."))
        room = queries.room(who, now=now)
        return page("customer_room/agree.html", form=form, room=room, token=token)


@bp.post("/room/<token>/pulse")
@public
@secret
def pulse(token: str) -> ResponseReturnValue:
    """Note whether we are on track for the customer."""
    now = clock.now()
    who = queries.entered(token, now=now, lock=True)
    actions.take_pulse(who, on_track=request.form.get("on_track") == "1", now=now)
    with speaking(who.contact.language, who.zone):
        return done(url_for("customer_room.show", token=token), _("Thank you for telling us."))


@bp.route("/customer_room/<reference>", methods=["GET", "POST"])
@require(Permission.CUSTOMER_ROOM_MANAGE)
def manage(reference: str) -> ResponseReturnValue:
    """Show the links into the room of a case, and make one."""
    now = clock.now()
    case = cases.get(viewer(), reference, now=now, lock=request.method == "POST")
    form = LinkForm() if request.method == "POST" else LinkForm(days=rules.USUAL_DAYS, send=True)
    form.contact.choices = choices([(one.id, one.name) for one in cases.contacts(case)])

    def make() -> object:
        return actions.make_link(
            case,
            cases.contact(case, form.contact.data or 0),
            days=form.days.data or 0,
            base_url=current_app.config["PORTAL"].base_url,
            send=bool(form.send.data),
            by=viewer(),
            now=now,
        )

    if attempt(form, make):
        return done(url_for("customer_room.manage", reference=reference), _("The room is open."))
    return page(
        "customer_room/manage.html",
        form=form,
        case=case,
        is_open=case.state in OPEN_STATES and not case.legal_mode,
        links=queries.links(case),
        address=lambda row: (
            current_app.config["PORTAL"].base_url + "/room/" + queries.token_of(row)
        ),
        criteria=queries.criteria(case),
        pulses=queries.pulses(case),
        at=now,
    )


@bp.post("/customer_room/<reference>/<int:link_id>/revoke")
@require(Permission.CUSTOMER_ROOM_MANAGE)
def revoke(reference: str, link_id: int) -> ResponseReturnValue:
    """Take a link back."""
    now = clock.now()
    case = cases.get(viewer(), reference, now=now, lock=True)
    actions.revoke_link(case, queries.link(case, link_id), by=viewer(), now=now)
    where = url_for("customer_room.manage", reference=reference)
    return done(where, _("The link opens nothing any more."))
