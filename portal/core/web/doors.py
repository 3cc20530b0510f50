"""What views call: who may enter, one commit at the end, forms that keep what was typed."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import (
    abort,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
)
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Mapped
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from portal.core.access import Actor, Permission
from portal.core.db import Base, db, words
from portal.core.errors import Refused, Stale
from portal.core.sessions import save_along

V = TypeVar("V", bound=Callable[..., Any])
T = TypeVar("T")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Once(Base):
    """A form or API call that was carried out: sent again, it gives the same answer and does
    nothing.
    """

    __tablename__ = "once"

    key: Mapped[str] = words(64, holds=None, primary_key=True)
    digest: Mapped[str] = words(64, holds=None)
    status: Mapped[int | None]
    location: Mapped[str] = words(300, holds=None, default="")
    body: Mapped[str] = words(holds=None, default="")
    at: Mapped[datetime]


_ONCE = Base.metadata.tables[Once.__tablename__]
_CARRIED_OUT = (
    sa.update(_ONCE)
    .where(_ONCE.c.key == sa.bindparam("of_key"))
    .values(status=303, location=sa.bindparam("location"))
)


def require(permission: Permission) -> Callable[[V], V]:
    """Let a view be entered by those who may; the check itself runs before every request."""

    def mark(view: V) -> V:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: V) -> V:
    """Let a view be entered by anybody."""
    view.permission = None  # type: ignore[attr-defined]
    return view


def viewer() -> Actor:
    """Give who reads or acts in this request; only behind `@require`."""
    found: Actor | None = g.get("viewer")
    if found is None:
        abort(401)
    return found


def attempt(form: FlaskForm, action: Callable[[], T]) -> T | None:
    """Carry out an action for a valid form; a refusal is shown beside the field it concerns, and
    nothing is lost. Where somebody else was faster, the form says what its fields are called.
    """
    if not form.validate_on_submit():
        return None
    try:
        return action()
    except Stale as stale:
        stale.labels = {name: str(field.label.text) for name, field in form._fields.items()}
        raise
    except Refused as refusal:
        db.session.rollback()
        g.refused = True
        field = form._fields.get(refusal.field or "")
        target = field.errors if field is not None else form.form_errors
        (
            target.append
            if isinstance(target, list)
            else lambda text: setattr(field, "errors", [*target, text])
        )(refusal.message)
        return None


def done(url: str, message: str = "") -> ResponseReturnValue:
    """Commit, once, and send the person on."""
    key = g.get("once_key")
    if key:
        db.session.connection().execute(_CARRIED_OUT, {"of_key": key, "location": url})
    if message:
        flash(message)
    save_along()
    try:
        db.session.commit()
    except BaseException:
        session.pop("_flashes", None)  # what the page of the error must not say
        raise
    return redirect(url, 303)


def note(write: Callable[[], object]) -> None:
    """Write down, in a short transaction of its own, what a reading request must leave behind."""
    db.session.commit()
    g.reading = False
    try:
        write()
        db.session.commit()
    finally:
        db.session.rollback()
        g.reading = True


def page(template: str, *, form: FlaskForm | None = None, **context: Any) -> ResponseReturnValue:
    """Render a page; 422 where its form was refused."""
    bad = request.method == "POST" and form is not None and bool(form.errors or g.get("refused"))
    return render_template(template, form=form, **context), (422 if bad else 200)


def choices(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Give the options of a select field from (value, label)."""
    return [SelectChoice(value, label) for value, label in pairs]


def is_fragment() -> bool:
    """Say whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def purge_once(*, now: datetime, keep: timedelta = timedelta(days=2)) -> None:
    """Forget forms and API calls carried out longer ago than `keep`."""
    db.session.execute(sa.delete(Once).where(Once.at < now - keep))
