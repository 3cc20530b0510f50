"""What leaves the house: no page, answer or table names a record that does not open for its
reader.

One place for all doors, because people write numbers wherever they may write: notes, tasks,
reasons, titles. A page whose numbers are those of its address and of its own links costs no
statement.
"""

import io
import re
import zipfile
from collections.abc import Callable, Collection
from html import unescape
from typing import TypeVar

from flask import Response, current_app, g, request
from werkzeug.datastructures import ImmutableMultiDict

from portal.core import clock, veiling
from portal.core.access import Actor
from portal.core.db import db
from portal.core.sheets import XLSX

V = TypeVar("V", bound=Callable[..., object])

HTML, JSON = "text/html", ("application/json", "application/problem+json")
TABLES = ("text/csv", "text/plain")
SHEET = "xl/worksheets/sheet1.xml"
# What people write holds no bare quotation mark, on a page nor in an answer to a program: only we
# write these. A link of ours leads to what its reader may see.
OWN_LINK = re.compile(r'="/[\w/.-]*$', re.ASCII)
OWN_FIELD = re.compile(r'"reference": ?"$')
LINK_LENGTH = 90
CONTROL = re.compile(r"<textarea\b[^>]*>(.*?)</textarea>|<(?:input|button|option)\b[^>]*>", re.S)
VALUE = re.compile(r' value="([^"]*)"')


def as_it_came(view: V) -> V:
    """Let a view give a file as somebody sent it, byte for byte."""
    view.as_it_came = True  # type: ignore[attr-defined]
    return view


def leave(response: Response) -> Response:
    """Take out of an answer the numbers of records that do not open for its reader."""
    reader: Actor | None = g.get("viewer")
    view = current_app.view_functions.get(request.endpoint or "")
    if reader is None or response.status_code >= 500 or getattr(view, "as_it_came", False):
        return response
    kind = response.mimetype
    if response.is_streamed or response.direct_passthrough:
        return response
    if kind == XLSX:
        _leave_in_sheet(response, reader)
    elif kind == HTML or kind in JSON or kind in TABLES:
        text = response.get_data(as_text=True)
        hidden = _hidden(reader, text, kind, is_given=response.status_code < 400)
        if hidden:
            said = _page(text, hidden, reader) if kind == HTML else veiling.without(text, hidden)
            response.set_data(said)
    return response


def _hidden(reader: Actor, text: str, kind: str, *, is_given: bool) -> frozenset[str]:
    known = set(veiling.numbers(request.path)) if is_given else set()
    own = (OWN_LINK if kind == HTML else OWN_FIELD) if is_given and kind not in TABLES else None
    others: set[str] = set()
    for at, number in veiling.named_in(text):
        if number in known:
            continue
        if own is not None and own.search(text, max(at - LINK_LENGTH, 0), at):
            known.add(number)
        else:
            others.add(number)
    return _closed(reader, others - known)


def _closed(reader: Actor, numbers: Collection[str]) -> frozenset[str]:
    if not numbers:
        return frozenset()
    if not db.session().in_transaction():
        g.reading = True  # what was to be written is
    return veiling.closed_to(reader, numbers, now=clock.now())


def _page(text: str, hidden: Collection[str], reader: Actor) -> str:
    """Leave numbers out of what is read; in a field that is sent back they are closed, and what its
    reader typed just now stays as they typed it.
    """
    key, typed = veiling.form_key(reader), _typed()

    def closed(number: str) -> str:
        return veiling.close(number, key=key)

    def control(found: re.Match[str]) -> str:
        value = found[1] or ((held := VALUE.search(found[0])) and held[1]) or ""
        if value and _plain(unescape(value)) in typed:
            return found[0]
        return veiling.without(found[0], hidden, instead=closed)

    parts: list[str] = []
    at = 0
    for found in CONTROL.finditer(text):
        parts += [veiling.without(text[at : found.start()], hidden), control(found)]
        at = found.end()
    return "".join([*parts, veiling.without(text[at:], hidden)])


def _typed() -> frozenset[str]:
    given = (request.args, request.form)
    return frozenset(_plain(value) for some in given for _name, value in some.items(multi=True))


def _plain(text: str) -> str:
    return " ".join(text.split())


def _leave_in_sheet(response: Response, reader: Actor) -> None:
    given = response.get_data()
    with zipfile.ZipFile(io.BytesIO(given)) as book:
        text = book.read(SHEET).decode()
        hidden = _closed(reader, veiling.numbers(text))
        if not hidden:
            return
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
            for part in book.infolist():
                body = veiling.without(text, hidden).encode()
                made.writestr(part, body if part.filename == SHEET else book.read(part))
    response.set_data(held.getvalue())


def take_back() -> None:
    """Open in a form that was sent what was closed in it for its sender."""
    sender: Actor | None = g.get("viewer")
    pairs = list(request.form.items(multi=True))
    if sender is None or not any(veiling.CLOSED.search(value) for _name, value in pairs):
        return
    key = veiling.form_key(sender)
    request.form = ImmutableMultiDict(
        [(name, veiling.opened(value, key=key)) for name, value in pairs]
    )
