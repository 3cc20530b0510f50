"""Records that went into another: old addresses lead on, whichever page of theirs was asked for."""

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Response, current_app, g, request, url_for
from flask.sansio.app import App

from portal.core.access import Actor
from portal.core.db import db

Moved = Callable[[Actor, str], str | None]
"""Gives the reference of the record that one went into, where the viewer may see it."""


def leads_on(app: App, prefix: str, moved: Moved) -> None:
    """Let the room that keeps the records of a prefix (`ACC-`) say where one of them went."""
    app.extensions.setdefault("portal_moved", {})[prefix] = moved


def led_on() -> Response | None:
    """Give the way to the same page of the record that the one asked for went into; None where
    there is none, or more than reading was asked for.
    """
    rooms: dict[str, Moved] = current_app.extensions.get("portal_moved", {})
    given = request.view_args
    if g.get("viewer") is None or request.method not in {"GET", "HEAD"} or not given:
        return None
    for name, value in given.items():
        moved = next((rooms[one] for one in rooms if str(value).startswith(one)), None)
        if moved is None:
            continue
        db.session.rollback()
        there = moved(g.viewer, str(value))
        if there is not None:
            where = url_for(str(request.endpoint), **{**given, name: there})
            if request.args:
                where = f"{where}?{urlencode(list(request.args.items(multi=True)))}"
            # Not kept by anybody between: a merge can be undone.
            return Response(status=301, headers={"Location": where, "Cache-Control": "no-store"})
    return None
