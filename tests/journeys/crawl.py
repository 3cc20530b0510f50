"""Every page of a furnished portal: found by following links, each kind of page once."""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page

from portal.blueprints.auth.models import User
from portal.core import clock, jobs
from portal.core.db import db as _db
from tests.cast import Cast

from . import test_story_actions as story
from .live import Desk, serving

LANGUAGES, THEMES, WIDTHS = ("en", "fr", "it"), ("light", "dark"), (390, 834, 1440)
COMBINATIONS = tuple(itertools.product(LANGUAGES, THEMES, WIDTHS))
FIRST = ("en", "light", 1440)
PEOPLE = ("erik", "carl", "ava", "fina", "lena", "petra", "lisa", "aldo", "adam", "prisca")
NOT_PAGES = re.compile(r"/static/|\.(csv|pdf|json|ico|svg|txt)$|/logout|/metrics|/openapi")
REFERENCE = re.compile(r"\b[A-Z]{2,4}-(\d{4}-)?\d{4,5}\b|(?<=/)\d+(?=/|$)")
MOST = 160


@dataclass
class Portal:
    """A served portal with something on every page."""

    address: str
    app: Flask
    cast: Cast
    browser: Browser
    desks: dict[str, Desk] = field(default_factory=dict)
    pages: dict[tuple[str, str, int], Page] = field(default_factory=dict)

    def page(self, name: str, theme: str, width: int) -> Page:
        """Give a person's page in a theme and width, signed in once."""
        if name not in self.desks:
            email = f"{name}@halden.example"
            self.desks[name] = Desk(self.browser, self.address, email)
        if (name, theme, width) not in self.pages:
            context = self.browser.new_context(
                storage_state=self.desks[name].context.storage_state(),
                viewport={"width": width, "height": 1000},
                color_scheme="dark" if theme == "dark" else "light",
                reduced_motion="reduce",
            )
            self.pages[name, theme, width] = context.new_page()
        return self.pages[name, theme, width]

    def speak(self, language: str) -> None:
        """Let everybody read in a language."""
        with self.app.app_context():
            _db.session.execute(sa.update(User).values(language=language))
            _db.session.commit()
            _db.session.remove()


@contextmanager
def furnished(app: Flask, database: Any, browser: Browser, folder: Path) -> Iterator[Portal]:
    """Let the story happen by its actions, then serve what came of it."""
    cast: Cast = app.extensions["test_cast"]
    now = datetime.now(UTC).replace(microsecond=0)
    app.extensions["portal_jobs"].inline.clear()

    def run_jobs() -> int:
        _db.session.commit()
        return jobs.drain()

    with app.app_context(), clock.moved(now):
        database.reset()
        case = story.declared(cast, now, run_jobs)
        story.works(case, cast, now, run_jobs)
        story.compensated(case, cast, now)
        story.admitted(case, cast, now)
        story.read(case, cast, now, run_jobs)
        run_jobs()
        _db.session.remove()
        _db.engine.dispose()
    with serving(database.url, folder) as (address, _settings):
        yield Portal(address, app, cast, browser)


def kind_of(path: str) -> str:
    """Give a path with its references left open, so that each kind of page is seen once."""
    return REFERENCE.sub("…", path)


def crawl(portal: Portal, dead: list[str]) -> list[tuple[str, str]]:
    """Follow links as everybody; gives (person, path) for each kind of page, in the order found,
    and notes links that lead nowhere.
    """
    found: dict[str, tuple[str, str]] = {}
    for name in PEOPLE:
        page = portal.page(name, "light", 1440)
        waiting, seen = [("/", "the start")], set()
        while waiting and len(found) < MOST:
            path, source = waiting.pop(0)
            kind = kind_of(path)
            if kind in seen:
                continue
            seen.add(kind)
            answer = page.goto(portal.address + path)
            if answer is None or "text/html" not in answer.headers.get("content-type", ""):
                continue
            if answer.status != 200:
                dead.append(f"{name} is led from {source} to {path}: {answer.status}")
                continue
            found.setdefault(kind, (name, path))
            links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
            paths = map(path_of, links, itertools.repeat(portal.address))
            waiting += [(one, path) for one in paths if one]
    return list(found.values())


def path_of(link: str, address: str) -> str | None:
    """Give the path of a link that leads to a page of ours, without what follows the question
    mark.
    """
    parts = urlsplit(link)
    if f"{parts.scheme}://{parts.netloc}" != address or NOT_PAGES.search(parts.path):
        return None
    return parts.path


def violations(page: Page) -> list[str]:
    """Give what axe finds wrong with a page, and whether it scrolls sideways."""
    found = [
        f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['html'][:160]}"
        for one in Axe().run(page).response["violations"]
    ]
    wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return [*found, "it scrolls sideways"] if wide > 1 else found


def look(portal: Portal, name: str, path: str, *, theme: str, width: int) -> list[str]:
    """Open a page in a theme and width, and give what is wrong with it."""
    page = portal.page(name, theme, width)
    page.goto(portal.address + path)
    return [f"{path} as {name}, {theme}, {width}: {one}" for one in violations(page)]
