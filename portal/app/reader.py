"""What the application knows of whoever reads: person, language, zone, the layout's words."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from flask import (
    current_app,
    g,
    has_app_context,
    has_request_context,
    redirect,
    request,
    session,
    url_for,
)

from portal.blueprints.auth import actions, queries
from portal.core import clock, i18n, quarters
from portal.core.access import Permission
from portal.core.db import db
from portal.core.i18n import LANGUAGES, _

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from portal.core.access import Actor


UNAVAILABLE = 503
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RoomLink:
    """A room in the menu: its first page, its name, and the letter after `g`."""

    endpoint: str
    label: str
    key: str


def viewer() -> Actor | None:
    """Give who acts in this request: by session on pages, by token on the API."""
    if request.path.startswith("/api/"):
        raw = request.headers.get("Authorization", "")
        found = queries.by_token(raw[7:], now=clock.now()) if raw.startswith("Bearer ") else None
        g.used_token = found.token_id if found and found.is_due else None
        return found.actor if found else None
    return _person()


def note_use(response: Response) -> Response:
    """Write down that a token was used, when all that it asked for is done; where the database
    takes no writes just now, the next call does.
    """
    token_id = g.pop("used_token", None)
    if token_id is not None and response.status_code < UNAVAILABLE:
        db.session.rollback()  # ends what the view read: else SQLite waits for itself
        try:
            actions.note_use(token_id, now=clock.now())
        except (sa.exc.OperationalError, sa.exc.TimeoutError) as error:
            log.warning("use of a token not written", error=type(error).__name__)
    return response


def _person() -> Actor | None:
    """Give who is signed in, read once a request: less than the library's `current_user`, which
    loads the whole person and is there for the library's own pages.
    """
    key = session.get("_user_id")
    if key is None:
        return None
    if g.get("actor_key") != key:
        g.actor, g.actor_key = queries.signed_in(str(key)), key
    return g.actor  # type: ignore[no-any-return]


def language() -> str | None:
    """Give the reader's language, or the one chosen before signing in."""
    if not has_request_context():
        return None
    person = _person()
    if person is not None:
        return person.language
    if request.args.get("lang") in LANGUAGES:
        session["lang"] = request.args["lang"]
    return session.get("lang")


def zone() -> str | None:
    """Give the reader's time zone."""
    person = _person() if has_request_context() else None
    return person.zone if person else None


HOUSE_KEPT = 60.0


def _house() -> dict[str, Any]:
    """Give what pages and sums need of the organisation; another process may change it, so it is
    not kept for long.
    """
    kept: dict[str, Any] = current_app.extensions.get("portal_house", {})
    if not kept or kept["until"] < time.monotonic():
        found = queries.organisation()
        kept = {
            "house": found.name,
            "currency": found.currency,
            "quarters": found.quarter_names.split(),
            "rounding": found.rounding,
            "logo": found.logo_file_id,
            "confirmed": found.confirmed_at is not None,
            "until": time.monotonic() + HOUSE_KEPT,
        }
        current_app.extensions["portal_house"] = kept
    return kept


def rounding() -> str:
    """Give how the organisation rounds, for `core.money`; half up where no application works."""
    return str(_house()["rounding"]) if has_app_context() else "half_up"


def quarter(name: str) -> str:
    """Give a quarter, such as 2026-Q3, as the organisation calls it."""
    return quarters.spelled(name, _house()["quarters"])


def ask_organisation() -> ResponseReturnValue | None:
    """Lead an administrator to the organisation while nobody has confirmed it."""
    viewer = g.get("viewer")
    asked = request.endpoint == "home.index" and viewer and viewer.may(Permission.PEOPLE_MANAGE)
    return redirect(url_for("auth.organisation")) if asked and not _house()["confirmed"] else None


def nobody_yet() -> bool:
    """Say whether nobody is there to sign in; not asked again once somebody is."""
    if "portal_somebody" not in current_app.extensions and queries.anybody():
        current_app.extensions["portal_somebody"] = True
    return "portal_somebody" not in current_app.extensions


def shared() -> dict[str, Any]:
    """Give what the layout shows on every page."""
    viewer = g.get("viewer")
    house = _house() if viewer else {}
    address: Any = current_app.jinja_env.globals["url_for"]  # it remembers

    def door(endpoint: str, **values: Any) -> str | None:
        view = current_app.view_functions.get(endpoint)
        needed = getattr(view, "permission", None)
        allowed = view and (needed is None or (viewer and viewer.may(needed)))
        return address(endpoint, **values) if allowed else None

    @cache
    def rooms() -> list[RoomLink]:
        return [room for room in _menu() if door(room.endpoint)]

    zone = i18n.zone_name(viewer.zone, clock.now()) if viewer and viewer.id else ""
    return {
        "house": house.get("house", ""),
        "logo": house.get("logo"),
        "currency": house.get("currency", ""),
        "confirmed": house.get("confirmed", True),
        "zone": zone,
        "door": door,
        "rooms": rooms,
        "once": lambda: secrets.token_urlsafe(16),
        "csp_nonce": lambda: g.get("csp_nonce", ""),
        "viewer": viewer,
        "demo": current_app.config["PORTAL"].demo,
        "nobody_yet": nobody_yet,
    }


def _menu() -> list[RoomLink]:

    return [
        RoomLink("home.index", _("My day"), "d"),
        RoomLink("escalations.index", _("Escalations"), "e"),
        RoomLink("accounts.index", _("Accounts"), "a"),
        RoomLink("risk.index", _("Risk"), "r"),
        RoomLink("concessions.index", _("Compensation"), "c"),
        RoomLink("sponsorship.index", _("Sponsorship"), "s"),
        RoomLink("postmortems.index", _("Post-mortems"), "p"),
        RoomLink("reviews.index", _("Reviews"), "q"),
        RoomLink("briefings.index", _("Briefings"), "b"),
        RoomLink("policies.index", _("Policies"), "l"),
        RoomLink("home.admin", _("Admin"), "x"),
    ]
