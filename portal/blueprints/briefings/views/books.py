"""Doors to books of accounts: ask for one, see how far it is, cancel it."""

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Permission
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, queries
from ..forms import BookForm
from ..models import AccountBook
from .blueprint import bp


@bp.route("/briefings/books/new", methods=["GET", "POST"])
@require(Permission.BRIEFINGS_READ)
def new_book() -> ResponseReturnValue:
    """Ask for one book on several customers: those that were chosen in the list of accounts, else
    the viewer's own.
    """
    form, given = BookForm(), request.values.getlist("account") or request.form.getlist("accounts")
    found = queries.candidates(viewer(), given, most=_most(), now=clock.now())
    form.accounts.choices = choices((one.reference, one.name) for one in found)
    others = viewer().may(Permission.BRIEFINGS_MAKE)
    form.reader_id.choices = choices(
        one for one in auth_queries.choices() if others or one[0] == viewer().id
    )
    if request.method == "GET":
        form.accounts.data = [one.reference for one in found]
        form.reader_id.data, form.locale.data = viewer().id, viewer().language
        form.annex.data = True
    made = attempt(form, lambda: _ask(form))
    if made:
        return done(url_for("briefings.show_book", book=made.reference))
    return page("briefings/book_new.html", form=form, most=_most())


def _most() -> int:
    most: int = current_app.config["PORTAL"].book_accounts
    return most


def _ask(form: BookForm) -> AccountBook:
    given = form.data
    typed = (given["more"] or "").replace(",", " ").replace(";", " ").split()
    wish = actions.BookWish(
        accounts=[*(given["accounts"] or ()), *typed],
        locale=given["locale"],
        paper=given["paper"],
        day=given["day"],
        annex=given["annex"],
    )
    reader = auth_queries.actor(given["reader_id"])
    return actions.ask_for_book(
        viewer(), wish, reader=reader, most=_most(), by=viewer(), now=clock.now()
    )


@bp.get("/briefings/books/<book>")
@require(Permission.BRIEFINGS_READ)
def show_book(book: str) -> ResponseReturnValue:
    """Show how far a book is; finished, it leads to its issue."""
    row = queries.book(viewer(), book)
    issue = queries.issue_of(row)
    return page(
        "briefings/book.html",
        row=row,
        issue=issue,
        opens=issue is not None and queries.opens(viewer(), issue.reference),
        names=auth_queries.names([row.reader_id, row.author_id]),
    )


@bp.post("/briefings/books/<book>/cancel")
@require(Permission.BRIEFINGS_READ)
def cancel_book(book: str) -> ResponseReturnValue:
    """Cancel a book that is not finished."""
    row = queries.book(viewer(), book, lock=True)
    actions.cancel_book(row, by=viewer(), now=clock.now())
    return done(url_for("briefings.show_book", book=book))
