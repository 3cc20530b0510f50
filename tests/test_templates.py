"""Every macro renders with nothing undefined and escapes what people write; no page breaks the content security policy."""

# ruff: noqa: E501 - one call of a macro a line reads better than the same call folded

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import html5lib
import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context, Macro
from markupsafe import Markup
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    FileField,
    Form,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired

from portal.blueprints.accounts.models import EntryKind, ImportState, PromiseState
from portal.blueprints.briefings.models import State as BriefingState
from portal.blueprints.concessions.models import State as OfferState
from portal.blueprints.escalations.models import Severity, Trend
from portal.blueprints.escalations.models import State as CaseState
from portal.blueprints.notifications.models import State as NoticeState
from portal.blueprints.policies.models import PolicyState
from portal.blueprints.postmortems.models import ActionState
from portal.blueprints.postmortems.models import State as PostmortemState
from portal.blueprints.sponsorship.models import NominationState, SponsorshipState, TouchpointState
from portal.core.i18n import FILTERS, LANGUAGES
from portal.core.money import Money

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "portal" / "templates"
NOW = datetime(2026, 6, 17, 8, 0, tzinfo=UTC)
BAD = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
PAGES = [
    path
    for path in sorted(TEMPLATES.rglob("*.html"))
    if "reports" not in path.relative_to(TEMPLATES).parts
    and "email" not in path.relative_to(TEMPLATES).parts
]
ICONS = {
    line
    for line in (ROOT / "frontend/icons.txt").read_text().splitlines()
    if line and line[0] != "#"
}


class Wish(Form):
    """One field of each kind."""

    account = SelectField(
        "Which customer?",
        choices=[SelectChoice(""), SelectChoice("1", BAD)],
        validators=[InputRequired(BAD)],
    )
    words = TextAreaField("What did they say?", validators=[InputRequired(BAD)])
    name = StringField("Name")
    amount = DecimalField("Amount")
    currency = SelectField("Currency", choices=[SelectChoice("EUR"), SelectChoice("USD")])
    day = DateField("By when")
    lane = RadioField(
        "Lane", choices=[SelectChoice("a", BAD), SelectChoice("b")], validators=[InputRequired(BAD)]
    )
    tags = SelectMultipleField("Tags", choices=[SelectChoice("a")])
    tell = BooleanField("Tell them")
    file = FileField("File")
    version = HiddenField(default="7")


class Door(Form):
    """What the pages at the door show."""

    email = EmailField("Address", validators=[InputRequired(BAD)])
    password = PasswordField("Password")
    password_confirm = PasswordField("Again")
    new_password = PasswordField("New")
    new_password_confirm = PasswordField("Again")
    next = HiddenField()


def refused(kind: type[Form]) -> Form:
    form = kind()
    form.validate()
    form.form_errors.append(BAD)
    return form


@pass_context
def shell(context: Context, name: str) -> Markup:
    """Draw a frame afresh."""
    given = {"shell_token": "token", "shell_here": "/", "shell_theme": "dark"}
    return Markup(context.environment.get_template(name).render({**context.parent, **given}))


@cache
def environment(path: str = "/escalations/?q=a%26b&sort=-opened") -> Environment:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: text, lambda one, many, count: one if count == 1 else many, newstyle=True
    )
    request = Request(EnvironBuilder(path=path).get_environ())
    request.__dict__.update(endpoint="escalations.index", blueprint="escalations", url_rule=None)
    env.filters.update(FILTERS)
    env.globals.update(
        asset=lambda name: f"/static/{name}",
        icon=lambda name: Markup(
            f'<svg class="i" aria-hidden="true"><use href="#i-{name}"/></svg>'
        ),
        shell=shell,
        kept=lambda draw, *given: draw(*given),
        kept_form=lambda draw, *given: draw(*given),
        url_for=lambda endpoint, **values: f"/{endpoint}",
        form_token=lambda: "token-of-the-session",
        once_token=lambda: "once-only",
        get_locale=lambda: SimpleNamespace(language="en"),
        get_flashed_messages=lambda with_categories: [("message", BAD), ("error", BAD)],
        csp_nonce=lambda: "nonce",
        request=request,
        g={"request_id": BAD},
        config={"SECURITY_PASSWORD_LENGTH_MIN": 12},
        LANGUAGES=LANGUAGES,
    )
    return env


def entries() -> list[dict[str, object]]:
    def entry(hours: int, lane: str, kind: str, **more: object) -> dict[str, object]:
        return {
            "at": NOW - timedelta(hours=hours),
            "lane": lane,
            "kind": kind,
            "by": BAD,
            "text": BAD,
            **more,
        }

    return [
        entry(1, "internal", "note", recorded_at=NOW),
        entry(2, "counsel", "note"),
        entry(30, "customer", "email_in", quoted=True, language="fr", recorded_at=NOW),
    ]


CONTEXT = {
    "bad": BAD,
    "now": NOW,
    "before": NOW - timedelta(hours=5),
    "soon": NOW + timedelta(hours=1),
    "later": NOW + timedelta(days=3),
    "entries": entries(),
    "eur": Money(Decimal(45000), "EUR"),
    "low": Money(Decimal(236000), "EUR"),
    "base": Money(Decimal(461000), "EUR"),
    "high": Money(Decimal(848000), "EUR"),
    "form": Wish(),
    "refused": refused(Wish),
    "severities": list(Severity),
    "trends": list(Trend),
    "bars": [
        {
            "label": str(i),
            "name": bad,
            "value": Decimal(i),
            "text": bad,
            "tone": "bad" if i == 3 else "",
        }
        for i, bad in enumerate([BAD] * 15)
    ],
    "points": [{"label": str(i), "value": i, "text": BAD} for i in range(30)],
    "parts": [
        {"text": BAD, "note": BAD, "value": Decimal(28)},
        {"text": BAD, "value": Decimal(-3)},
    ],
    "columns": [
        {"label": BAD, "key": "opened", "num": True},
        {"label": "B", "key": "b", "opt": True},
        {"label": ""},
    ],
}

CALLS = {
    "macros/show.html": {
        "show_state": "{{ m.show_state(bad, 'bad') }}{{ m.show_state(bad) }}",
        "show_severity": "{% for s in severities %}{{ m.show_severity(s) }}{% endfor %}",
        "show_trend": "{% for t in trends %}{{ m.show_trend(t) }}{% endfor %}",
        "show_band": "{{ m.show_band('red', 78) }}{{ m.show_band('amber') }}{{ m.show_band('green') }}",
        "show_sentiment": "{% for s in ('with_us', 'neutral', 'wavering', 'against_us') %}{{ m.show_sentiment(s) }}{% endfor %}",
        "stage_word": "{{ m.stage_word('draft') }}",
        "show_stage": "{{ m.show_stage('accepted') }}{{ m.show_stage(bad) }}",
        "show_money": "{{ m.show_money(eur) }}{{ m.show_money(none) }}",
        "show_date": "{{ m.show_date(now) }}{{ m.show_date(now.date()) }}{{ m.show_date(none) }}",
        "show_time": "{{ m.show_time(now) }}",
        "show_when": "{{ m.show_when(soon, now) }}{{ m.show_when(none, now) }}",
        "show_clock": "{{ m.show_clock(0) }}{{ m.show_clock(0.8) }}{{ m.show_clock(3, bad) }}",
        "show_due": "{{ m.show_due(before, now, began=before) }}{{ m.show_due(soon, now, began=before) }}"
        "{{ m.show_due(later, now) }}{{ m.show_due(later, now, share=0.1) }}{{ m.show_due(none, now) }}",
        "show_person": "{{ m.show_person(bad, bad, bad) }}{{ m.show_person(bad) }}",
        "show_ref": "{{ m.show_ref(bad, bad) }}{{ m.show_ref(bad) }}",
        "show_act": "{{ m.show_act(bad, bad, 'check', 'primary') }}{{ m.show_act(bad, '/') }}",
        "show_why": "{% call m.show_why(bad, 'left', True) %}{{ bad }}{% endcall %}{% call m.show_why() %}{% endcall %}",
        "show_inputs": "{{ m.show_inputs([(bad, bad)], bad, bad) }}{{ m.show_inputs([]) }}",
        "show_story": "{% call m.show_story(bad, 'id', bad) %}{{ bad }}{% endcall %}",
        "show_quote": "{{ m.show_quote(bad, 'fr', bad, bad) }}{{ m.show_quote(bad, 'it') }}{{ m.show_quote(bad, 'en', place='opening') }}",
        "show_fourfacts": "{{ m.show_fourfacts([{'label': bad, 'main': bad, 'soft': bad}, {'label': bad, 'main': bad}], 'E1', 'same') }}"
        "{{ m.show_fourfacts([{'label': bad, 'main': bad}], still=True, label=bad) }}",
        "lane_word": "{{ m.lane_word('customer') }}",
        "entry_word": "{{ m.entry_word('call') }}",
        "show_entry": "<ol>{{ m.show_entry(entries[0], 1) }}</ol>",
        "show_lanes": "{{ m.show_lanes(entries, now) }}{{ m.show_lanes([], now) }}",
        "show_pairs": "{{ m.show_pairs([(bad, bad)]) }}",
        "show_checks": "{{ m.show_checks([{'state': 'yes', 'text': bad, 'note': bad}, {'state': 'no', 'text': bad}, {'state': 'part', 'text': bad}, {'state': 'open', 'text': bad}]) }}",
        "show_path": "{{ m.show_path([{'state': 'done', 'who': bad, 'role': bad, 'note': bad}, {'state': 'now', 'who': bad}, {'state': 'refused', 'who': bad}, {'state': 'next', 'who': bad}]) }}",
        "show_ask": "{% call m.show_ask(bad, bad) %}{{ bad }}{% endcall %}",
        "show_empty": "{{ m.show_empty(bad, bad, (bad, '/')) }}{{ m.show_empty(bad, bad) }}",
        "show_notice": "{{ m.show_notice(bad, 'warn', bad) }}{% for k in ('bad', 'warn', 'good', 'priv', '') %}{{ m.show_notice(bad, k) }}{% endfor %}",
        "show_progress": "{{ m.show_progress(bad, 3, 10) }}{{ m.show_progress(bad, id='p2') }}",
        "show_seats": "{{ m.show_seats(2, 3) }}{{ m.show_seats(4, 3) }}",
        "show_slot": "<ol>{% for at in (none, before, later) %}{% call m.show_slot(at, now, bad, bad, m.show_act(bad, '/')) %}{{ bad }}{% endcall %}{% endfor %}</ol>",
        "show_jump": "{{ m.show_jump(bad, '#now') }}",
        "show_differences": "{% for mark in ('gone', 'new', 'left', 'same') %}{{ m.show_differences([{'mark': mark, 'text': bad}]) }}{% endfor %}",
    },
    "macros/chart.html": {
        "plot": "{% call m.plot(bad, bad, bad, [(bad, bad)], bad) %}{{ bad }}{% endcall %}",
        "show_months": "{{ m.show_months(bad, bars, bad) }}{{ m.show_months(bad, [], bad) }}",
        "show_line": "{{ m.show_line(bad, points, bad, 0, 100, [(65, 100, 'bad', bad)], {3: 1}) }}{{ m.show_line(bad, [], bad) }}",
        "show_spark": "{{ m.show_spark([1, 3, 2], bad) }}{{ m.show_spark([5], bad) }}{{ m.show_spark([], bad) }}",
        "show_range": "{{ m.show_range(low, base, high, bad) }}{{ m.show_range(base, base, base, bad, bad) }}",
        "show_contrib": "{{ m.show_contrib(parts, 25, bad) }}{{ m.show_contrib([], 0, bad, True) }}",
        "show_dots": "{{ m.show_dots(bad, [{'name': bad, 'x': 0.5, 'y': 0.2, 'tone': 'bad', 'text': bad, 'mark': 1}], bad, bad, [(0, 1, 'bad', bad)], bad, bad, bad) }}{{ m.show_dots(bad, [], bad, bad) }}",
        "show_ranking": "{{ m.show_ranking([{'text': bad, 'note': bad, 'value': 3, 'shown': bad}], bad) }}{{ m.show_ranking([], bad) }}",
    },
    "macros/form.html": {
        "render_csrf": "<form>{{ m.render_csrf(True) }}</form>",
        "render_errors": "{{ m.render_errors(refused.words, 'words') }}",
        "label_text": "{{ m.label_text(form.words, bad) }}",
        "render_field": "{% for f in form %}{{ m.render_field(f, hint=bad, label=bad) }}{% endfor %}"
        "{% for f in refused %}{{ m.render_field(f, id='x-' ~ f.name, search=True, affix=bad) }}{% endfor %}",
        "render_money": "{{ m.render_money(form.amount, 'EUR', hint=bad, label=bad) }}{{ m.render_money(refused.words, refused.currency, id='w') }}",
        "render_suggested": "{{ m.render_suggested(refused.words, [bad], hint=bad) }}",
        "render_problems": "{{ m.render_problems(refused, bad) }}{{ m.render_problems(none, bad) }}{{ m.render_problems(form) }}",
        "render_form": "{{ m.render_form(form, bad, bad, {'name': bad}, note=bad, refusal=bad) }}"
        "{% call m.render_form(none if false else refused, '/x', bad, draft=False, wide=True, id='f') %}{{ bad }}{% endcall %}",
        "render_button": "{{ m.render_button(bad, bad, 'check', 'quiet', {bad: bad}) }}",
        "render_versions": "{{ m.render_versions({bad: bad}, {bad: bad}) }}{{ m.render_versions({'a': bad}, {}) }}",
    },
    "macros/table.html": {
        "here": "{{ m.here({'after': bad, 'q': none}) }}",
        "render_heads": "<table>{{ m.render_heads(columns, '-opened') }}</table><table>{{ m.render_heads(columns) }}</table>",
        "show_ledger": "{% call m.show_ledger(bad, columns, 'opened', True, '', True) %}<tr><td>{{ bad }}</td></tr>{% endcall %}",
        "show_pager": "{{ m.show_pager(bad, bad, bad) }}{{ m.show_pager() }}",
        "show_filters": "{% call m.show_filters(bad, {'sort': bad}, bad, bad) %}{{ bad }}{% endcall %}",
        "show_chips": "{{ m.show_chips([{'label': bad, 'href': bad, 'now': True}, {'label': bad, 'href': '/'}], bad) }}",
        "show_exports": "{{ m.show_exports(bad, bad) }}",
    },
}


RENDERED = [(file, name, source) for file, calls in CALLS.items() for name, source in calls.items()]


def draw(file: str, source: str) -> str:
    return environment().from_string(f"{{% import '{file}' as m %}}{source}").render(CONTEXT)


def relative(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


@pytest.mark.parametrize("file", CALLS)
def test_every_macro_is_called_here(file: str) -> None:
    module = environment().get_template(file).module
    assert {name for name, value in vars(module).items() if isinstance(value, Macro)} == set(
        CALLS[file]
    )


@pytest.mark.parametrize(
    ("file", "name", "source"), RENDERED, ids=lambda part: part if len(part) < 25 else ""
)
def test_macro_renders_and_escapes(file: str, name: str, source: str) -> None:
    html = draw(file, source)
    assert "<script" not in html
    assert "<img" not in html
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(html)
    for element in tree.iter():
        if isinstance(element.tag, str):
            assert not [
                key for key in element.attrib if str(key).startswith("on") or key == "style"
            ], element.tag
            assert "alert" not in " ".join(element.attrib)


@pytest.mark.parametrize(
    ("file", "name", "source"), RENDERED, ids=lambda part: part if len(part) < 25 else ""
)
def test_macro_uses_icons_of_the_sprite(file: str, name: str, source: str) -> None:
    assert set(re.findall(r"#i-([a-z0-9-]+)", draw(file, source))) <= ICONS


STAGES = sorted(
    {
        str(stage)
        for kind in (
            ActionState, BriefingState, CaseState, ImportState, NominationState, NoticeState, OfferState,
            PolicyState, PostmortemState, PromiseState, SponsorshipState, TouchpointState,
        )
        for stage in kind
    }
)  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
def test_every_state_has_a_word_and_an_icon(stage: str) -> None:
    html = draw("macros/show.html", f"{{{{ m.show_stage('{stage}') }}}}")
    assert not html.endswith(f"</svg>{stage}</span>")
    assert set(re.findall(r"#i-([a-z0-9-]+)", html)) <= ICONS


def test_every_kind_of_entry_has_a_word() -> None:
    words = {
        str(kind): draw("macros/show.html", f"{{{{ m.entry_word('{kind}') }}}}")
        for kind in EntryKind
    }
    assert words.pop("system") == "Parley"
    assert "Parley" not in words.values()


def test_privileged_lane_is_absent_without_an_entry() -> None:
    open_lanes = [entry for entry in entries() if entry["lane"] != "counsel"]
    html = (
        environment()
        .from_string("{% import 'macros/show.html' as m %}{{ m.show_lanes(e, now) }}")
        .render(e=open_lanes, now=NOW)
    )
    assert "Privileged" not in html
    assert "lanes--2" in html
    assert "Nothing yet" not in html, "who may not read a lane is not told that it is empty"


def test_clock_says_late_soon_and_due() -> None:
    html = draw("macros/show.html", CALLS["macros/show.html"]["show_due"])
    assert [word for word in ("Late", "Soon", "Due") if word in html] == ["Late", "Soon", "Due"]


def test_refused_field_is_linked_to_its_error() -> None:
    html = draw(
        "macros/form.html",
        "{{ m.render_problems(refused) }}{{ m.render_field(refused.words, hint='h') }}",
    )
    assert 'href="#words"' in html
    assert 'aria-describedby="words-hint words-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="words-error"' in html


def test_order_of_a_list_turns_and_forgets_the_page() -> None:
    env = environment("/escalations/?q=a%26b&sort=opened&after=xyz")
    html = env.from_string(
        "{% import 'macros/table.html' as m %}<table>{{ m.render_heads(c, 'opened') }}</table>"
    ).render(c=CONTEXT["columns"])
    assert 'aria-sort="ascending"' in html
    assert "q=a%26b&amp;sort=-opened" in html
    assert "after=" not in html


@pytest.mark.parametrize(
    "path", sorted((TEMPLATES / "errors").glob("[0-9]*.html")), ids=lambda path: path.stem
)
@pytest.mark.parametrize(
    "more",
    [
        {},
        {
            "message": BAD,
            "current": {"words": BAD},
            "typed": {"words": BAD},
            "labels": {"words": BAD},
            "back": "/",
            "retry_after": 3,
        },
    ],
    ids=["bare", "full"],
)
def test_error_page_stands_alone(path: Path, more: dict[str, object]) -> None:
    check_page(environment().get_template(relative(path)).render(**more))


@pytest.mark.parametrize(
    "path", sorted((TEMPLATES / "security").glob("*.html")), ids=lambda path: path.stem
)
def test_page_at_the_door(path: Path) -> None:
    names = (
        "login_user_form",
        "forgot_password_form",
        "reset_password_form",
        "change_password_form",
        "verify_form",
    )
    for form in (Door(), refused(Door)):
        html = (
            environment()
            .get_template(relative(path))
            .render(
                dict.fromkeys(names, form),
                security={"recoverable": True},
                reset_password_token="t",
                active_password=True,
                demo=True,
                nobody_yet=lambda: False,
            )
        )
        check_page(html)
        assert 'data-draft="off"' in html


def test_signed_out_page() -> None:
    check_page(environment().get_template("auth/signed_out.html").render())


@pytest.mark.parametrize(
    "viewer", [None, SimpleNamespace(id=7, name=BAD)], ids=["nobody", "somebody"]
)
def test_layout_holds_a_page(viewer: object) -> None:
    room = SimpleNamespace(endpoint="escalations.index", label=BAD, key="e")
    page = (
        '{% extends "layout/base.html" %}{% block headline %}{{ bad }}{% endblock %}{% block main %}<p>{{ bad }}</p>{% endblock %}'
        "{% block rail %}<p>{{ bad }}</p>{% endblock %}"
    )
    html = (
        environment()
        .from_string(page)
        .render(
            bad=BAD,
            viewer=viewer,
            house=BAD,
            logo=None,
            zone=BAD,
            currency="EUR",
            rooms=lambda: [room],
            door=lambda endpoint, **values: f"/{endpoint}",
        )
    )
    check_page(html)
    assert ("Sign out" in html) == (viewer is not None)
    assert ('aria-current="page"' in html) == (viewer is not None)


def check_page(html: str) -> None:
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    headings = [" ".join("".join(h.itertext()).split()) for h in tree.iter("h1")]
    assert len(headings) == 1
    assert " ".join(tree.find("head/title").text.split()) == f"{headings[0]} · Parley"
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert not [script for script in tree.iter("script") if not script.get("nonce") or script.text]
    assert not list(tree.iter("img"))
    labelled = {label.get("for") for label in tree.iter("label")}
    for field in tree.iter("input"):
        assert (
            field.get("type") == "hidden"
            or field.get("id") in labelled
            or field.get("id") == "single-keys"
        )
    for form in tree.iter("form"):
        assert form.get("action")
        names = {field.get("name") for field in form.iter("input")}
        assert form.get("method") == "get" or "csrf_token" in names


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_template_obeys_the_content_security_policy(path: Path) -> None:
    source = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.S)
    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", source)
    assert not re.search(r"<style|javascript:", source, re.I)
    assert all("nonce=" in tag for tag in re.findall(r"<script[^>]*>", source))


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_form_has_an_action_and_its_token(path: Path) -> None:
    for opening, body in re.findall(r"<form\b(.*?)>(.*?)</form>", path.read_text(), flags=re.S):
        assert "action=" in opening
        if 'method="post"' in opening:
            assert re.search(r"render_csrf\(|hidden_tag\(\)|shell_token", body)


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_visible_text_can_be_translated(path: Path) -> None:
    source = path.read_text()
    attributes = r"\{%-? block (?:sheet|body_marks|body_class) -?%\}.*?\{%-? endblock"
    for pattern in (
        r"\{#.*?#\}",
        attributes + r"[^%]*%\}",
        r"\{%-?\s*trans\b.*?endtrans\s*-?%\}",
        r"\{%.*?%\}",
        r"\{\{.*?\}\}",
    ):
        source = re.sub(pattern, "", source, flags=re.S)
    spoken = re.findall(r"\b(?:aria-label|placeholder|title|alt)=\"([^\"]*)\"", source)
    visible = " ".join([*spoken, re.sub(r"<[^>]*>", " ", source)])
    names = {"Parley", "CSV", "XLSX", "PDF", "Esc"}
    assert set(re.findall(r"[^\W\d_]{2,}", re.sub(r"&\w+;", "", visible))) <= names


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TOKENS = dict(
    re.findall(
        r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\)",
        (ROOT / "frontend/src/css/tokens.css").read_text(),
    )
)
GROUNDS = ("paper", "wash", "raised")
PAIRS = [
    *(
        (ink, ground)
        for ink in ("ink", "ink-2", "accent", "bad", "warn", "good", "priv")
        for ground in GROUNDS
    ),
    *((state, f"{state}-wash") for state in ("bad", "warn", "good", "priv", "accent")),
    *(("ink", f"{state}-wash") for state in ("bad", "warn", "good", "priv", "accent")),
    ("ink-2", "priv-wash"),
    ("on-accent", "accent"),
    ("paper", "ink"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_can_be_read(ink: str, ground: str, theme: int) -> None:
    one, other = (TOKENS[name].split(", ")[theme] for name in (ink, ground))
    assert contrast(one, other) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("shape", ["edge", "mute", "focus", "accent"])
def test_controls_and_shapes_can_be_seen(shape: str, theme: int) -> None:
    one, other = (TOKENS[name].split(", ")[theme] for name in (shape, "paper"))
    assert contrast(one, other) >= 3
