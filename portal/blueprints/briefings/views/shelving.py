"""Doors to copies on devices: keep one, ask which stand, the page that opens them offline."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import (
    Response,
    abort,
    after_this_request,
    current_app,
    g,
    jsonify,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from portal.core import access, clock, i18n
from portal.core.access import Actor, Permission
from portal.core.db import db, writing
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.sessions import count_as_idle
from portal.core.web import asset, built, done, installable, note, page, public, require, viewer

from .. import actions, queries, rules
from ..models import Briefing, CopyEnding, KeptCopy
from .blueprint import bp

COOKIE = "shelf"
"""Holds the word of this browser while it keeps copies; no script reads it."""
WORKER = "worker.js"
ICONS = (
    ("favicon.svg", "any", "any"),
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)


def hours() -> int:
    """Give for how many hours copies are kept; none are where it is 0."""
    found: int = current_app.config["PORTAL"].offline_hours
    return found


@bp.post("/briefings/<reference>/copies")
@require(Permission.BRIEFINGS_READ)
def keep(reference: str) -> ResponseReturnValue:
    """Let this browser keep an issue; it fetches the PDF afterwards, where it is told."""
    row, now = queries.get(viewer(), reference), clock.now()
    try:
        copy, word = actions.keep_copy(
            row,
            word=request.cookies.get(COOKIE, ""),
            user_key=str(session.get("_user_id", "")),
            hours=hours(),
            by=viewer(),
            now=now,
        )
    except Refused as refusal:
        db.session.rollback()
        return jsonify(refused=refusal.message), 409
    said = _said(row, copy, now=now)
    db.session.commit()
    answer = jsonify(said)
    answer.set_cookie(
        COOKIE,
        word,
        max_age=hours() * 3600,
        httponly=True,
        secure=current_app.config["PORTAL"].https,
        samesite="Strict",
    )
    return answer, 201


def _said(row: Briefing, copy: KeptCopy, *, now: datetime) -> dict[str, Any]:
    """Give what the browser keeps beside the PDF, sealed like it, and how long it may."""
    kind = rules.KINDS[row.kind]
    return {
        "copy": copy.id,
        "who": viewer().id,
        "seconds": int((copy.until - now).total_seconds()),
        "pdf": url_for("briefings.download", reference=row.reference, copy=copy.id),
        "digest": row.pdf_digest,
        "label": {
            "title": _("%(kind)s, no. %(n)s", kind=kind, n=row.issue),
            "about": queries.subject_name(row),
            "reference": row.reference,
            "classification": str(rules.CLASSIFICATIONS[row.classification]),
        },
    }


@bp.get("/briefings/copies")
@public
def kept_copies() -> ResponseReturnValue:
    """Say which copies of this browser still stand; it removes the others, and is noted to know
    it. Whose session has lapsed keeps theirs: only signing out ends them.
    """
    count_as_idle()  # a page asks this by itself
    reader, now = g.get("viewer"), clock.now()
    device = actions.device_of(request.cookies.get(COOKIE, ""))
    mine = [
        (copy, row)
        for copy, row in (queries.standing_on(device, now=now) if hours() else [])
        if reader is None or reader.id == copy.person_id
    ]
    standing = [
        {
            "copy": copy.id,
            "superseded": queries.standing(row, now=now) is rules.Standing.SUPERSEDED,
        }
        for copy, row in mine
    ]
    known = {copy.id for copy, _row in mine}
    gone = [one.id for one in queries.untold_on(device) if one.id not in known]
    if gone:
        by = reader or access.job("briefings.shelf")
        note(lambda: actions.tell_device(_all(device, gone), by=by, now=now))
    answer = jsonify(who=reader.id if reader else None, standing=standing)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _all(device: str, wanted: list[int]) -> list[KeptCopy]:
    return [one for one in queries.untold_on(device) if one.id in wanted]


@bp.post("/briefings/copies/<int:number>/opened")
@require(Permission.BRIEFINGS_READ)
def opened_copy(number: int) -> ResponseReturnValue:
    """Note that its reader opened a copy on their device, when they say."""
    copy, row = queries.own_copy(viewer(), number)
    at = datetime.fromtimestamp(min(max(request.form.get("at", 0, int), 0), 1 << 33), UTC)
    actions.note_opened(row, copy, at=at, by=viewer(), now=clock.now())
    db.session.commit()
    return "", 204


@bp.post("/briefings/copies/<int:number>/dropped")
@require(Permission.BRIEFINGS_READ)
def dropped_copy(number: int) -> ResponseReturnValue:
    """Note that a device has a copy no more: its reader removed it there."""
    copy, _row = queries.own_copy(viewer(), number)
    actions.end_all([copy], CopyEnding.DROPPED, by=viewer(), now=clock.now(), told=True)
    db.session.commit()
    return "", 204


@bp.post("/briefings/<reference>/copies/<int:number>/end")
@require(Permission.BRIEFINGS_READ)
def end_copy(reference: str, number: int) -> ResponseReturnValue:
    """Take a copy back from a device."""
    row = queries.get(viewer(), reference)
    actions.end_copy(row, queries.copy_of(row, number), by=viewer(), now=clock.now())
    told = _("The device removes it as soon as it is online.")
    return done(url_for("briefings.show", reference=reference), told)


@bp.get("/briefings/kept")
@installable
@public
def kept() -> ResponseReturnValue:
    """Show what this browser keeps: a page without anybody's data, which the worker holds for when
    there is no connection.
    """
    return page("briefings/kept.html")


@bp.get("/briefings/worker.js")
@public
def worker() -> ResponseReturnValue:
    """Give the worker of the shelf, with the names of what it holds: the page and its parts."""
    files = built()
    if WORKER not in files:
        abort(404)
    script = Path(str(current_app.static_folder)) / "dist" / files[WORKER]
    parts = [asset(name) for name in sorted(files) if name != WORKER]
    text = render_template("briefings/kept.html").replace(str(g.csp_nonce), "")
    version = hashlib.sha256("\n".join([text, *parts]).encode()).hexdigest()[:16]
    shell = {
        "name": f"parley-shelf-{version}",
        "page": url_for("briefings.kept", lang=i18n.language()),
        "parts": [*parts, url_for("static", filename="favicon.svg")],
        "ours": url_for("static", filename=""),
    }
    answer = Response(
        f"self.SHELL = {json.dumps(shell)};\n{script.read_text()}",
        content_type="text/javascript; charset=utf-8",
    )
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/briefings/app.webmanifest")
@public
def manifest() -> ResponseReturnValue:
    """Give what a device needs to put the shelf among its programs."""
    answer = jsonify(
        name="Parley",
        short_name="Parley",
        description=_("Briefings, the ones kept on this device without a connection too."),
        lang=i18n.language(),
        start_url=url_for("briefings.index"),
        scope=url_for("home.index"),
        display="standalone",
        background_color="#16191d",
        theme_color="#16191d",
        icons=[
            {"src": url_for("static", filename=name), "sizes": sizes, "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
    )
    answer.content_type = "application/manifest+json"
    return answer


def leave_device(_sender: object, **_more: object) -> None:
    """End what this browser keeps when its reader signs out, and let it forget what scripts
    stored.
    """
    word = request.cookies.get(COOKIE)
    if not word:
        return
    by: Actor = g.get("viewer") or access.job("briefings.shelf")
    writing()
    copies = queries.untold_on(actions.device_of(word))
    actions.end_all(copies, CopyEnding.SIGNED_OUT, by=by, now=clock.now(), told=True)
    db.session.commit()

    @after_this_request
    def forget(response: Response) -> Response:
        response.headers["Clear-Site-Data"] = '"storage"'
        response.delete_cookie(COOKIE, httponly=True, samesite="Strict")
        return response
