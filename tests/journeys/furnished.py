"""A portal with something on every page, every kind of page of it, and a browser before it."""

import dataclasses
import html
import io
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
import sqlalchemy as sa
from flask import Flask, template_rendered
from flask_security.recoverable import generate_reset_password_token
from playwright.sync_api import Browser, Page
from werkzeug.routing import Rule

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Promise, ValueModel
from portal.blueprints.auth.models import Team, User
from portal.blueprints.briefings.models import Briefing
from portal.blueprints.concessions import actions as concessions
from portal.blueprints.concessions.models import Concession
from portal.blueprints.customer_room import actions as rooms
from portal.blueprints.customer_room import queries as room_queries
from portal.blueprints.customer_room.models import RoomLink
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import (
    Escalation,
    NoticeChannel,
    NoticeKind,
    Severity,
)
from portal.blueprints.escalations.queries import Wish
from portal.blueprints.intake import actions as intake
from portal.blueprints.notifications import actions as notifications
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.policies.rules import RoutingPolicy
from portal.blueprints.postmortems import queries as postmortem_queries
from portal.blueprints.postmortems.models import Postmortem
from portal.blueprints.risk.models import RiskEntry
from portal.blueprints.sponsorship import queries as programme
from portal.blueprints.sponsorship.models import Line, Nomination
from portal.blueprints.surveys import queries as survey_queries
from portal.blueprints.surveys.models import Nps, Survey
from portal.core import clock
from tests.cast import Cast
from tests.served import served
from tests.sponsorship import making

from . import furnished_briefings, furnished_concessions, furnished_learn, furnished_talk
from . import test_story_actions as story
from .furnished_risk import put_at_risk
from .furnished_sponsorship import sponsored

REFERENCE = re.compile(r"\b[A-Z]{2,4}-(\d{4}-)?\d{4,5}\b|(?<=/)\d+(?=/|$)")
LANGUAGES, THEMES, WIDTHS = ("en", "fr", "it"), ("light", "dark"), (390, 834, 1440)
# A tab keeps what it showed: after that many pages a fresh one takes its place.
PAGES_PER_TAB = 40
COMBINATIONS = tuple(itertools.product(LANGUAGES, THEMES, WIDTHS))
PEOPLE = ("carl", "erik", "ava", "fina", "lisa", "petra", "lena", "kim", "aldo", "adam", "prisca")
OUTSIDE = (
    "security.",
    "auth.signed_out",
    "briefings.unsubscribe",
    "briefings.verify",
    "concessions.offer_accept",
    "concessions.offer_counter",
    "concessions.offer_decline",
    "concessions.offer_letter",
    "customer_room.agree",
    "customer_room.show",
    "sponsorship.line",
    "surveys.answer",
    "surveys.say",
)
INSIDE = ("security.change_password", "security.verify")
# What answers machines, hands over a file, is a part of a page, or only leads on to one.
NOT_PAGES = {
    "accounts.export",
    "accounts.export_quality",
    "accounts.revenue_file",
    "accounts.rate_load",
    "accounts.sample",
    "audit.export",
    "auth.logo",
    "auth.first",  # opens only while nobody is there
    "briefings.download",
    "briefings.export_fetches",
    "briefings.kept_copies",
    "briefings.manifest",
    "briefings.worker",
    "concessions.month_file",
    "concessions.offer_file",
    "concessions.population",
    "escalations.attachment",
    "escalations.editing",
    "escalations.export",
    "escalations.export_xlsx",
    "intake.original",
    "notifications.show",
    "postmortems.export",
    "postmortems.imported_text",
    "sponsorship.attachment",
    "sponsorship.export",
    "sponsorship.export_load",
    "sponsorship.feed",
    "probes.healthz",
    "probes.metrics",
    "probes.readyz",
    "reviews.caused_file",
    "reviews.live",
    "risk.export",
    "risk.export_predictions",
    "security.static",
    "surveys.export_answers",
    "surveys.export_recommend",
    "static",
}
# Pages that differ by what they show or by who reads, beside the first of their kind.
ALSO = (
    *(("/", name) for name in ("erik", "ava", "fina", "petra", "kim", "adam")),
    *(("/accounts/ACC-00001", name) for name in ("carl", "fina", "ava")),
    *(("/escalations/{draft}", name) for name in ("carl",)),
    *(("/escalations/{closed}", name) for name in ("lena", "lisa", "aldo")),
    ("/escalations/{open}", "ava"),
    ("/escalations/?q=nothing+of+the+kind", "erik"),
    ("/concessions/{closed}", "fina"),
    ("/sponsorship/{closed}", "petra"),
    ("/sponsorship/PNL-2026-0001", "petra"),
    ("/sponsorship/SPO-2026-0001", "petra"),
    ("/sponsorship/SPR-2026-0001", "ava"),
    ("/postmortems/{closed}", "erik"),
    ("/postmortems/{draft}", "erik"),
    ("/search?q=acme", "erik"),
    ("/nowhere", "carl"),
    ("/admin/people", "kim"),
)


@dataclasses.dataclass(frozen=True)
class Place:
    """A page: what draws it, where it is, who opens it, and what they get."""

    template: str
    path: str
    name: str | None
    answer: Any = dataclasses.field(compare=False, repr=False)


def furnish(cast: Cast, db: Any, now: datetime, run_jobs: Callable[[], int]) -> None:
    """Let the main job happen to its end once, and begin with two cases more."""
    story.imports(cast, db, now, run_jobs)
    _wait_for_columns(cast, now)
    case = story.declared(cast, now, run_jobs)
    story.works(case, cast, now, run_jobs)
    story.compensated(case, cast, now)
    story.admitted(case, cast, now)
    story.read(case, cast, now, run_jobs)
    story.learnt(case, cast, now, run_jobs)
    written = postmortem_queries.covering(case.reference)[0]
    furnished_learn.send_back(written, cast, now)
    wish = Wish(words=story.WORDS, demand="Une réponse", deadline_at=now + timedelta(days=9))
    hidden = escalations.declare(cast.acme, wish, by=cast.carl, now=now, reason="About a person.")
    escalations.serve_notice(hidden, letter(now), by=cast.erik, now=now)
    keep = [cast.ids["clara"], cast.ids["lisa"]]
    escalations.restrict(hidden, keep=keep, reason="A name.", by=cast.erik, now=now)
    escalations.declare(cast.acme, wish, by=cast.carl, now=now, draft=True)
    grave = dataclasses.replace(wish, severity=Severity.E2)
    other = escalations.declare(cast.borealis, grave, by=cast.clara, now=now)
    run_jobs()
    making.charter(by=cast.petra, now=now)
    making.charter(by=cast.petra, now=now, base=1, duties="Meet within 20 days")
    story.works(other, cast, now, run_jobs)
    escalations.add_task(other, "Call them", owner_id=cast.ids["erik"], by=cast.erik, now=now)
    escalations.ask(
        other,
        "Who calls them?",
        of_id=cast.ava.id,
        options=["You", "Their CSM"],
        recommended="You",
        answer_by=now + timedelta(days=1),
        if_nothing="They leave.",
        by=cast.erik,
        now=now,
    )
    escalations.add_stakeholder(other, person_id=cast.ids["dora"], by=cast.erik, now=now)
    broken = sa.select(Promise).where(Promise.case_ref == other.reference)
    account_actions.break_(db.session.scalars(broken).first(), reason="Late", by=cast.erik, now=now)
    escalations.add_affected(other, cast.acme, by=cast.erik, now=now)
    loss = concessions.Wish(why="A day lost.", currency="EUR", loss=Decimal(900), documented=True)
    asked = concessions.propose(cast.borealis, loss, by=cast.erik, now=now, case=other)
    concessions.request(asked, by=cast.erik, now=now)
    concessions.propose(cast.borealis, loss, by=cast.erik, now=now)
    _owe_by_service_level(cast, now)
    furnished_concessions.offer_and_move(cast, now)
    policy_actions.start(PolicyKind.ROUTING, by=cast.adam, now=now)
    escalations.keep_calendar(None, HOURS, by=cast.erik, now=now)
    _plan_nights(cast, db, now)
    _write_with_customers(other, cast, now)
    sponsored(cast, now)
    put_at_risk(cast, now)
    account_actions.ask_for_fit(by=cast.fina, now=now)
    run_jobs()
    furnished_briefings.send_and_call(other, cast, now)
    furnished_talk.talk(other, cast, now)
    furnished_learn.learn(cast, now)
    # Two customers are too few to fit: what a page of many would show.
    db.session.scalars(sa.select(ValueModel)).one().document = MODELS
    db.session.commit()


def _wait_for_columns(cast: Cast, now: datetime) -> None:
    account_actions.begin_import(
        io.BytesIO(b"Customer,A year\nNord,1200\n"), file_name="customers.csv", mapping=None,
        mapped=False, basis=None, dry_run=False, most_rows=10, most_bytes=1_000,
        by=cast.adam, now=now,
    )  # fmt: skip


def _plan_nights(cast: Cast, db: Any, now: datetime) -> None:
    team = Team(name="Night desk", lead_id=cast.ids["erik"])
    db.session.add(team)
    db.session.flush()
    span = {"first": now.date(), "last": now.date() + timedelta(days=5), "weekdays": range(5)}
    wall = {"begin": time(20), "end": time(8)}
    notifications.plan_duty(team, cast.ids["erik"], **span, **wall, by=cast.lena, now=now)


def _owe_by_service_level(cast: Cast, now: datetime) -> None:
    owed = concessions.TermsWish(
        contract_id=account_queries.contracts([cast.acme.id])[0].id,
        service="The line",
        currency="EUR",
        fee=Decimal(900),
        tiers="99.9 10\n99 25",
    )
    terms = concessions.set_terms(cast.acme, owed, by=cast.fina, now=now)
    bad = concessions.Measurement(day=now.date() - timedelta(days=40), availability=Decimal(98))
    concessions.measure(cast.acme, terms, bad, by=cast.fina, now=now)


def _write_with_customers(case: Escalation, cast: Cast, now: datetime) -> None:
    erik: dict[str, Any] = {"by": cast.erik, "now": now}
    unsorted = (
        b"From: Someone <some@one.example>\nSubject: Your invoice\n\nWe do not understand it."
    )
    intake.take_in(unsorted, arrived_at=now, now=now)
    text = "The part arrives on Thursday."
    told = escalations.write_status(case, text, contact=None, every_days=None, **erik)
    escalations.approve_status(case, told, by=cast.lena, now=now)
    (contact, *_others) = case_queries.contacts(case)
    rooms.make_link(case, contact, days=30, base_url="http://x", send=False, **erik)


def letter(now: datetime) -> escalations.NoticeGiven:
    """Give a letter from counsel."""
    return escalations.NoticeGiven(
        kind=NoticeKind.LETTER_BEFORE_ACTION, channel=NoticeChannel.LAWYER, received_at=now
    )


CURVE = {
    "customers": 80,
    "lost": 20,
    "alpha": 0.7,
    "beta": 3.8,
    "log_likelihood": -50.5,
    "draws": [],
}
THIN = {"customers": 9, "lost": 1, "again": 0, "currency": "EUR", "why": "thin", "details": {}}
MODELS = {"contracts": {"*": CURVE, "enterprise": CURVE, "consumer": THIN}, "purchases": THIN}
HOURS = escalations.Hours(name="Four days", week={"0": [["09:00", "17:00"]]}, country="FR")


class Walk:
    """Everybody's way to every kind of page, in one browser window that changes hands."""

    def __init__(self, app: Flask, cast: Cast, db: Any, browse: Callable[..., Any]) -> None:
        self.app, self.cast, self.db = app, cast, db
        # What only the demonstration shows is shown, too.
        app.config["PORTAL"] = dataclasses.replace(app.config["PORTAL"], demo=True)
        self.desks = {name: browse(name) for name in (None, *PEOPLE)}
        self.known = _known(cast, db)
        self.address, self.opened = "", 0
        self.page: Page
        self.name: str | None = None

    def places(self) -> tuple[list[Place], list[str]]:
        """Give a page of every route that shows one, and the routes of which nobody saw any."""
        found, missing = [], []
        for rule in sorted(self.app.url_map.iter_rules(), key=lambda rule: rule.rule):
            api = rule.rule.startswith("/api/")
            if api or rule.endpoint in NOT_PAGES or "GET" not in (rule.methods or ()):
                continue
            place = next(self._shown(rule), None)
            if place is None:
                missing.append(rule.rule)
            else:
                found.append(place)
        also = (self._opened(path.format(**self._states(path)), name) for path, name in ALSO)
        return [*found, *(place for place in also if place)], missing

    def _states(self, path: str) -> dict[str, str]:
        rows = self.known.get((path.split("/")[1], "reference"), ["x"])
        return {"open": rows[0], "closed": rows[-1], "draft": rows[1 % len(rows)]}

    def _shown(self, rule: Rule) -> Iterator[Place]:
        needed = getattr(self.app.view_functions[rule.endpoint], "permission", None)
        outside = rule.endpoint.startswith(OUTSIDE) and rule.endpoint not in INSIDE
        may = [n for n in PEOPLE if needed is None or getattr(self.cast, n).may(needed)]
        for path, name in itertools.product(self._paths(rule), [None] if outside else may):
            place = self._opened(path, name)
            if place and place.answer.status_code == 200:
                yield place

    def _opened(self, path: str, name: str | None) -> Place | None:
        with _drawn(self.app) as templates:
            answer = self.desks[name]._open("GET", path)
        page = answer.mimetype == "text/html" and answer.status_code not in {302, 303, 308}
        return Place(templates[-1] if templates else path, path, name, answer) if page else None

    def _paths(self, rule: Rule) -> Iterator[str]:
        room, choices = rule.endpoint.partition(".")[0], []
        for name, converter in rule._converters.items():
            number = type(converter).__name__ == "IntegerConverter"
            values = self.known.get((room, name), range(1, 8) if number else ["x"])
            choices.append([(name, value) for value in values])
        query = self.known.get((rule.endpoint, "?"), [""])[0]
        for chosen in itertools.product(*choices):
            yield str(rule.build(dict(chosen), append_unknown=False)[1]) + query

    def dead_links(self, places: list[Place]) -> list[str]:
        """Give the links of pages that lead nowhere: each kind of link once for each person."""
        wrong, tried = [], set()
        for place in places:
            text = place.answer.get_data(as_text=True)
            ids = set(re.findall(r'\bid="([^"]+)"', text))
            for link in map(html.unescape, re.findall(r'<a [^>]*?\bhref="([^"]*)"', text)):
                kind = (place.name, REFERENCE.sub("…", urlsplit(link).path))
                if link.startswith("#") and link[1:] not in ids:
                    wrong.append(f"{place.path} as {place.name}: no {link} on it")
                elif link.startswith("/") and kind not in tried:
                    tried.add(kind)
                    status = self.desks[place.name]._open("GET", link).status_code
                    if status >= 400:
                        wrong.append(f"{place.path} as {place.name} leads to {link}: {status}")
        return wrong

    def speak(self, language: str) -> None:
        """Let everybody read in a language."""
        self.db.session.execute(sa.update(User).values(language=language))
        self.db.session.commit()

    @contextmanager
    def window(self, browser: Browser) -> Iterator[None]:
        """Serve the portal from a thread, and open a window in which axe is at hand."""
        with served(_at(self.app, clock.now())) as self.address:
            context = browser.new_context(reduced_motion="reduce")
            context.add_init_script(path=Path(axe_playwright_python.__file__).parent / "axe.min.js")
            self.page = context.new_page()
            yield
            context.close()

    def open(self, place: Place, *, theme: str, width: int) -> None:
        """Open a page as who may, in a theme and width."""
        cookie = self.app.config["SESSION_COOKIE_NAME"]
        self.opened += 1
        if self.opened % PAGES_PER_TAB == 0:
            self.page.close()
            self.page = self.page.context.new_page()
        if place.name != self.name:
            self.page.context.clear_cookies()
            word = self.desks[place.name].client.get_cookie(cookie) if place.name else None
            if word:
                one = {"name": cookie, "value": word.value, "url": self.address}
                self.page.context.add_cookies([one])  # type: ignore[list-item]
            self.name = place.name
        self._dress(theme, width)
        self.page.goto(self.address + place.path, wait_until="load")

    def _dress(self, theme: str, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 1000})
        self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")

    def look(self, place: Place, *, theme: str, width: int) -> list[str]:
        """Open a page, and give what is wrong with it."""
        self.open(place, theme=theme, width=width)
        return self._seen(place, theme, width)

    def turn(self, place: Place, *, theme: str, width: int) -> list[str]:
        """Give the page that is open another theme and width, and give what is wrong with it."""
        self._dress(theme, width)
        return self._seen(place, theme, width)

    def _seen(self, place: Place, theme: str, width: int) -> list[str]:
        where = f"{place.path} as {place.name}, {theme}, {width}"
        return [f"{where}: {one}" for one in violations(self.page)]


def _known(cast: Cast, db: Any) -> dict[tuple[str, str], list[str]]:
    records = {
        "accounts": Account,
        "escalations": Escalation,
        "concessions": Concession,
        "postmortems": Postmortem,
        "briefings": Briefing,
        "sponsorship": Nomination,
    }
    known = {
        (room, "reference"): list(
            db.session.scalars(sa.select(model.reference).order_by(model.id.desc()))
        )
        for room, model in records.items()
    }
    known["accounts", "reference"].reverse()
    known["concessions", "reference"] += furnished_concessions.lots(db)
    written, known["reviews", "reference"] = furnished_learn.references(db)
    known["postmortems", "reference"][1:1] = [*written, *known["postmortems", "reference"][:1]]
    cases = known["escalations", "reference"]
    cases[0], cases[1] = sorted(cases[:2], reverse=True)
    return {
        **known,
        ("policies", "kind"): ["severity", "routing"],
        ("policies", "name"): [rule.name for rule in policies.in_force(RoutingPolicy)[0].rules],
        ("escalations", "proposal"): furnished_talk.proposals(db),
        ("notifications", "record"): cases,
        ("postmortems", "lane"): ["what_happened"],
        ("reviews", "quarter"): ["2026-Q4", "2026-Q1"],
        ("postmortems", "variant"): ["customer"],
        ("postmortems", "field"): ["summary"],
        ("postmortems", "part"): ["summary"],
        ("customer_room", "reference"): cases,
        ("statements", "reference"): cases,
        ("rounds", "reference"): cases,
        ("customer_room", "token"): [
            room_queries.token_of(one) for one in db.session.scalars(sa.select(RoomLink))
        ],
        ("surveys", "token"): [
            survey_queries.token_of(one) for one in db.session.scalars(sa.select(Survey))
        ]
        + [survey_queries.nps_token(one) for one in db.session.scalars(sa.select(Nps))],
        ("sponsorship", "token"): [
            programme.line_token(one) for one in db.session.scalars(sa.select(Line))
        ],
        ("concessions", "account"): known["accounts", "reference"][:1],
        **furnished_concessions.known(db),
        **furnished_briefings.known(db, cases[0]),
        ("risk", "reference"): [
            *db.session.scalars(sa.select(RiskEntry.reference)),
            *known["accounts", "reference"],
        ],
        ("accounts.merge", "?"): [f"?other={cast.borealis.reference}"],
        ("risk.new", "?"): [f"?account={cast.acme.reference}"],
        ("security", "token"): [generate_reset_password_token(cast.user("sam"))],
        ("postmortems.new", "?"): [f"?escalation={cases[0]}"],
    }


@contextmanager
def _drawn(app: Flask) -> Iterator[list[str]]:
    """Note the names of the templates that are drawn."""
    names: list[str] = []

    def note(_app: Flask, template: Any, **_more: Any) -> None:
        names.append(template.name)

    with template_rendered.connected_to(note, app):
        yield names


def _at(app: Flask, moment: datetime) -> Callable[..., Any]:
    """Give the application as it answers at that moment, in whatever thread."""

    def answer(environ: Any, start: Any) -> Any:
        with clock.moved(moment):
            return app(environ, start)

    return answer


def violations(page: Page) -> list[str]:
    """Give what axe finds wrong with a page, and whether it scrolls sideways."""
    found: list[str] = page.evaluate(
        """async () => { await document.fonts.ready
           const found = await axe.run({resultTypes: ["violations"]})
           return found.violations.map(one => [one.id, one.nodes[0].target,
             one.nodes[0].html.slice(0, 160)].join(" ")) }"""
    )
    wide = page.evaluate(
        """() => { const most = document.documentElement.clientWidth + 1
          if (document.documentElement.scrollWidth <= most) return ""
          const out = [...document.querySelectorAll("body *")]
            .filter(one => one.getBoundingClientRect().right > most)
          return out.slice(-3).map(one => one.outerHTML.slice(0, 90)).join(" … ") || "?" }"""
    )
    return [*found, f"it scrolls sideways: {wide}"] if wide else found
