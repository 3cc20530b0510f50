"""What templates call to draw: addresses, icons, and what is kept once it was drawn."""

import json
import secrets
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from flask import Flask, current_app, g, request, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from portal.core import clock
from portal.core.i18n import language, zone_now

# What differs from request to request inside what is kept: put in at the end.
TOKEN, HERE, ONCE = (f"{secrets.token_hex(8)}-{name}" for name in ("token", "here", "once"))
FRAMES = 512


class Template(jinja2.Template):
    """A template whose macros others import: one module for all, since nothing but what every
    template knows reaches them. Jinja asks each time whether somebody passed more.
    """

    def _get_default_module(self, ctx: Context | None = None) -> jinja2.environment.TemplateModule:
        return super()._get_default_module()


def init_app(app: Flask) -> None:
    """Give templates what they draw with."""
    app.jinja_env.template_class = Template
    app.jinja_env.globals.update(
        asset=asset,
        form_token=form_token,
        icon=icon,
        kept=kept,
        kept_all=kept_all,
        kept_each=kept_each,
        kept_form=kept_form,
        now=clock.now,
        once_token=once_token,
        shell=_shells(),
        url_for=_addresses(),
    )


def asset(name: str) -> str:
    """Give the address of a built file by its plain name, so that it can be cached for ever."""
    known: dict[tuple[str, str], str] = current_app.extensions.setdefault("portal_assets", {})
    key = (request.script_root, name)
    if key not in known:
        known[key] = url_for("static", filename="dist/" + built().get(name, name))
    return known[key]


def built() -> dict[str, str]:
    """Give the files of the front end by their plain names, none where it is not built."""
    path = Path(str(current_app.static_folder)) / "dist" / "manifest.json"
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


def icon(name: str) -> Markup:
    """Draw an icon of frontend/icons.txt; always beside a word."""
    return _icon(asset("icons.svg"), name)


@lru_cache(512)
def _icon(sheet: str, name: str) -> Markup:
    use = Markup('<use href="{}#i-{}"/>').format(sheet, name)
    return Markup('<svg class="i" aria-hidden="true" focusable="false">{}</svg>').format(use)


# About 4 kB each with what it was drawn from: at most 9 MB, and some 3 MB of frames.
@lru_cache(2048)
def _drawn(draw: Callable[..., Any], given: tuple[Any, ...], place: tuple[Any, ...]) -> Any:
    """Draw for a language, a zone and the address the application is mounted at."""
    return draw(*given)


def kept(draw: Callable[..., Any], *given: Any) -> Any:
    """Call a macro or function whose outcome rests on its arguments alone, or give what it gave
    before: for the rows and cells of long lists. The arguments are plain values that never change;
    what rests on the present moment ("in 3 h") is given in words.
    """
    return _drawn(draw, given, _place())


def kept_each(draw: Callable[..., Any], rows: Iterable[Any], *given: Any) -> Markup:
    """Do what `kept` does for each row of a list, and join what came out."""
    place = _place()
    # What was drawn is markup.
    return Markup("".join([_drawn(draw, (row, *given), place) for row in rows]))  # noqa: S704


def _place() -> tuple[Any, ...]:
    return language(), zone_now(), request.script_root


def kept_form(draw: Callable[..., Any], *given: Any) -> Markup:
    """Do what `kept` does for a macro that draws forms: the token of the session, and for each form
    a key of its own, are put in at the end.
    """
    g.framing = True
    try:
        first, *others = str(kept(draw, *given)).split(ONCE)
    finally:
        g.framing = False
    text = first + "".join(once_token() + part for part in others)
    # Both are of our own making; what was drawn is markup.
    return Markup(text.replace(TOKEN, form_token()))  # noqa: S704


def form_token() -> str:
    """Give the token of the session against forged requests, or in what is kept its place."""
    return TOKEN if g.get("framing") else str(generate_csrf())


def once_token() -> str:
    """Give a key that makes a second sending harmless, or in what is kept its place."""
    return ONCE if g.get("framing") else secrets.token_urlsafe(16)


def kept_all(draw: Callable[..., Any], rows: Iterable[Any], name: str) -> dict[Any, Any]:
    """Do what `kept` does for each value that the attribute `name` of some rows takes."""
    values = {getattr(row, name) for row in rows} - {None}
    return {value: kept(draw, value) for value in values}


def _shells() -> Any:
    """Give the function that draws what stands around every page, once for each reader, place and
    theme: it shows nothing else but the token of the session and the address one is at.
    """
    frames: dict[tuple[Any, ...], str] = {}

    @pass_context
    def shell(context: Context, name: str) -> Markup:
        theme = request.cookies.get("theme", "system")
        seen = tuple(context.get(word) for word in ("viewer", "house", "logo", "currency", "zone"))
        key = (name, seen, language(), theme, request.endpoint, request.script_root)
        text = frames.get(key)
        if text is None:
            if len(frames) >= FRAMES:
                frames.clear()
            given = {"shell_token": TOKEN, "shell_here": HERE, "shell_theme": theme}
            text = context.environment.get_template(name).render({**context.parent, **given})
            frames[key] = text
        here = request.full_path if request.query_string else request.path
        # The token is of our own making, the address is escaped.
        return Markup(text.replace(TOKEN, generate_csrf()).replace(HERE, escape(here)))  # noqa: S704

    return shell


def _addresses() -> Any:
    """Give Flask's `url_for` that remembers addresses made of plain words and numbers."""

    @lru_cache(8192)
    def made(endpoint: str, values: tuple[tuple[str, Any], ...], root: str) -> str:
        return url_for(endpoint, **dict(values))

    def address(endpoint: str, **values: Any) -> str:
        plain = all(type(value) in (str, int) for value in values.values())
        if not plain or endpoint.startswith(".") or any(key.startswith("_") for key in values):
            return url_for(endpoint, **values)
        return made(endpoint, tuple(values.items()), request.script_root)

    return address
