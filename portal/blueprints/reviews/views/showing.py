"""The rooms, the page of one with its pack, and its live part."""

import hashlib

from flask import Response, current_app, make_response, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.i18n import _, language
from portal.core.web import attempt, choices, done, note, page, require, viewer

from .. import actions, queries
from ..forms import BookForm, OpenForm
from ..models import Review
from .blueprint import ask_for, bp, row_of
from .meeting import at_the_table, line_form


@bp.get("/")
@require(Permission.REVIEWS_READ)
def index() -> ResponseReturnValue:
    """List the reviews, the newest quarter first."""
    ahead = queries.quarter_at(clock.now(), shift=1).reference.removeprefix("QR-")
    return page("reviews/index.html", found=queries.reviews(viewer()), plan_for=ahead)


@bp.route("/new", methods=["GET", "POST"])
@require(Permission.REVIEWS_RUN)
def new() -> ResponseReturnValue:
    """Open the room of a quarter: the one that is running or one of the five before it."""
    now, form = clock.now(), OpenForm()
    offered = [queries.quarter_at(now, shift=-back) for back in range(6)]
    form.quarter.choices = choices(
        (one.reference, auth_queries.quarter_words(one.reference[3:])) for one in offered
    )
    by_name = {one.reference: one for one in offered}
    made = attempt(
        form,
        lambda: actions.open_(by_name[form.quarter.data], by=viewer(), now=now).reference,
    )
    if made:
        return done(url_for("reviews.show", reference=made), _("The room is open."))
    return page("reviews/new.html", form=form)


@bp.get("/<reference>")
@require(Permission.REVIEWS_READ)
def show(reference: str) -> ResponseReturnValue:
    """Show a review: what is to be decided, what it rests on, what the meeting says."""
    row, now = row_of(reference), clock.now()
    me = viewer()
    note(lambda: actions.mark_read(row, by=me, now=now))
    top = actions.header(language(), verify_at="", now=now)
    pack = queries.pack(row, reader=me, issue=top, now=now)
    return page(
        "reviews/show.html",
        row=row,
        pack=pack,
        told=queries.told(pack, language=language(), now=now),
        readings=queries.readings(row),
        signer=auth_queries.names([row.signed_by_id]).get(row.signed_by_id or 0),
        runs=me.may(Permission.REVIEWS_RUN),
        line_form=line_form(),
        **_live(row),
    )


def _live(row: Review) -> dict[str, object]:
    lines = queries.lines_of(row)
    names = auth_queries.names(i for one in lines for i in (one.author_id, one.owner_id))
    sought = queries.sought_of(row)
    return {
        "lines": lines,
        "names": names,
        "sought": sought,
        "items": queries.agenda_of(row, sought),
        "drafts": queries.drafts_of(sought),
    }


@bp.get("/<reference>/live")
@require(Permission.REVIEWS_READ)
def live(reference: str) -> ResponseReturnValue:
    """Give what was typed and decided so far; 304 while nothing is new, so that a page may ask
    often and hold no connection.
    """
    row, large = row_of(reference), request.args.get("view") == "meeting"
    seen = f"{row.reference}:{row.beat}:{row.state}:{viewer().id}:{language()}:{large}"
    tag = hashlib.sha256(seen.encode()).hexdigest()[:32]
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        runs = viewer().may(Permission.REVIEWS_RUN)
        response = make_response(
            page("reviews/_meeting.html", **at_the_table(row))
            if large
            else page("reviews/_live.html", row=row, runs=runs, **_live(row))
        )
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.route("/<reference>/book", methods=["GET", "POST"])
@require(Permission.REVIEWS_READ)
def book(reference: str) -> ResponseReturnValue:
    """Make the review's book for oneself; it is typeset in the background."""
    row, me = row_of(reference), viewer()
    form = BookForm(locale=me.language)
    base: str = current_app.config["PORTAL"].base_url
    verify_at = base.partition("://")[2] + "/verify"
    made: list[str] = []
    response = ask_for(
        row,
        form,
        lambda: made.append(
            actions.make_book(
                row,
                reader=me,
                locale=form.locale.data or "en",
                paper_size=form.paper.data or "A4",
                verify_at=verify_at,
                by=me,
                now=clock.now(),
            ).reference
        ),
        title=_("Make the book"),
        submit=_("Make it"),
        message=_("The book is being made; it stands under Briefings."),
        lead=_("Cover, contents, the pack and every case, as you may see them."),
    )
    return done(url_for("briefings.show", reference=made[0])) if made else response
