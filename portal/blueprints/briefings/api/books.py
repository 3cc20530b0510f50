"""Books of accounts, for programs: ask for one, see how far it is, cancel it."""

from flask import Response, current_app, url_for

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock
from portal.core.access import Actor, Permission
from portal.core.api import answer, call, once, read_body, shapes
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.web import require, viewer

from .. import actions, queries
from ..models import AccountBook
from ..schemas import BookIn, BookList, BookOut
from .blueprint import bp


@bp.get("/books")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=BookList)
def books() -> Response:
    """List the caller's books that are no finished issue yet, the newest first."""
    return call(
        lambda: answer(BookList(items=[_out(row) for row in queries.books_under_way(viewer())]))
    )


@bp.post("/books")
@require(Permission.BRIEFINGS_READ)
@shapes(takes=BookIn, gives=BookOut, status=201)
def ask_for_book() -> Response:
    """Have briefings on several customers bound into one book, for the caller or a colleague."""
    return once(_ask)


def _ask() -> Response:
    asked = read_body(BookIn)
    reader = _reader(asked.reader)
    wish = actions.BookWish(
        accounts=asked.accounts,
        locale=asked.locale or reader.language,
        paper=asked.paper,
        day=asked.day,
        annex=asked.annex,
    )
    most: int = current_app.config["PORTAL"].book_accounts
    row = actions.ask_for_book(
        viewer(), wish, reader=reader, most=most, by=viewer(), now=clock.now()
    )
    where = url_for("briefings_api.show_book", book=row.reference)
    return answer(_out(row), status=201, location=where)


def _reader(address: str | None) -> Actor:
    if address is None:
        return viewer()
    person = auth_queries.by_email(address)
    if person is None or not person.active or not viewer().may(Permission.BRIEFINGS_MAKE):
        raise Refused(_("Nobody signs in with this address."), field="reader")
    return auth_queries.actor_of(person)


def _out(row: AccountBook) -> BookOut:
    issue = queries.issue_of(row)
    return BookOut(
        reference=row.reference,
        state=row.state.value,
        accounts=list(row.accounts),
        collected=row.done,
        day=row.day,
        locale=row.locale,
        paper=row.paper,
        issue=issue.reference if issue else None,
        issue_state=issue.state.value if issue else None,
    )


@bp.get("/books/<book>")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=BookOut)
def show_book(book: str) -> Response:
    """Give how far a book is; its issue, once there is one, is fetched like any other."""
    return call(lambda: answer(_out(queries.book(viewer(), book))))


@bp.post("/books/<book>/cancel")
@require(Permission.BRIEFINGS_READ)
@shapes(gives=BookOut)
def cancel_book(book: str) -> Response:
    """Cancel a book that is not finished."""
    return once(lambda: _cancel(book))


def _cancel(book: str) -> Response:
    row = queries.book(viewer(), book, lock=True)
    actions.cancel_book(row, by=viewer(), now=clock.now())
    return answer(_out(row))
