"""Doors to the policies: what they say, how they change, and what that would mean."""

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints.auth import queries as auth
from portal.core import clock
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _, ngettext
from portal.core.web import attempt, done, page, require, viewer

from . import actions, forms, queries, rules
from .models import Policy, PolicyDraft, PolicyKind, PolicyState
from .rules.words import team_words, word

bp = Blueprint("policies", __name__, url_prefix="/policies")
bp.record_once(
    lambda setup: setup.app.jinja_env.globals.update(team_words=team_words, policy_word=word)
)


@bp.get("/")
@require(Permission.POLICIES_READ)
def index() -> ResponseReturnValue:
    """List the policies in force, and the drafts under way."""
    found, drafts = queries.all_published(), []
    if viewer().may(Permission.POLICIES_DRAFTS):
        drafts = queries.open_drafts()
    people = [*(row.publisher_id for row in found), *(draft.author_id for draft in drafts)]
    return page(
        "policies/index.html",
        found=found,
        drafts=drafts,
        waiting={draft.id for draft in drafts if queries.may_sign(draft, viewer())},
        titles={row.kind: rules.parse(row.kind, row.body).title for row in found},
        names=auth.names(people),
    )


@bp.get("/<kind>")
@require(Permission.POLICIES_READ)
def show(kind: str) -> ResponseReturnValue:
    """Show what a policy says now, and its versions."""
    return _sheet(queries.published(_kind(kind)))


@bp.get("/<kind>/<int:number>")
@require(Permission.POLICIES_READ)
def version(kind: str, number: int) -> ResponseReturnValue:
    """Show what one version of a policy said."""
    return _sheet(_version(kind, number))


def _version(kind: str, number: int) -> Policy:
    row = queries.get(_kind(kind), number)
    if row.published_at is None:
        raise NotFound
    return row


def _kind(word: str) -> PolicyKind:
    if word not in list(PolicyKind):
        raise NotFound
    return PolicyKind(word)


def _sheet(row: Policy) -> ResponseReturnValue:
    document = rules.parse(row.kind, row.body)
    history = [one for one in queries.versions(row.kind) if one.published_at]
    current = next(one for one in history if one.state is PolicyState.PUBLISHED)
    before = next((one for one in history if one.number < row.number), None)
    fired = {}
    if isinstance(document, rules.RoutingPolicy):
        names = [rule.name for rule in document.rules]
        fired = queries.count_fired(viewer(), names, now=clock.now())
    drafts = viewer().may(Permission.POLICIES_DRAFTS)
    people = [
        person
        for one in history
        for person in (
            one.publisher_id,
            one.second_publisher_id,
            one.author_id,
            one.withdrawer_id,
        )
    ]
    return page(
        "policies/show.html",
        row=row,
        title=document.title,
        sections=rules.described(document),
        document=document,
        fired=fired,
        history=history,
        current=current,
        gaps=queries.gaps(row.kind) if row.number == current.number else (),
        became=queries.signed_in_history(row.kind),
        changes=rules.changes(rules.parse(row.kind, before.body), document) if before else (),
        before=before,
        drafts=queries.open_drafts(row.kind) if drafts else (),
        may_propose=row.kind in queries.kinds_of(viewer()),
        names=auth.names(people),
    )


@bp.get("/<kind>/rules/<name>")
@require(Permission.POLICIES_READ)
def rule(kind: str, name: str) -> ResponseReturnValue:
    """Show the last cases that a routing rule took."""
    document = rules.parse(_kind(kind), queries.published(_kind(kind)).body)
    if not isinstance(document, rules.RoutingPolicy):
        raise NotFound
    found = next((one for one in document.rules if one.name == name), None)
    if found is None:
        raise NotFound
    now = clock.now()
    return page(
        "policies/rule.html",
        rule=found,
        position=document.rules.index(found) + 1,
        count=queries.count_fired(viewer(), [name], now=now)[name],
        cases=queries.last_cases(viewer(), name, now=now),
    )


@bp.route("/<kind>/<int:number>/withdraw", methods=["GET", "POST"])
@require(Permission.POLICIES_PUBLISH)
def withdraw(kind: str, number: int) -> ResponseReturnValue:
    """Take a version out of force."""
    row, form = _version(kind, number), forms.ReasonForm()
    if row.kind is PolicyKind.SEVERITY:
        return redirect(url_for("escalations.withdraw_policy", number=number))
    given = attempt(
        form,
        lambda: actions.withdraw(
            row.kind, number, reason=form.reason.data or "", by=viewer(), now=clock.now()
        ),
    )
    if given:
        return done(url_for("policies.show", kind=row.kind.value), _("The version is withdrawn."))
    title = rules.parse(row.kind, row.body).title
    return page("policies/withdraw.html", form=form, row=row, title=title)


# ---- drafts


@bp.post("/<kind>/drafts")
@require(Permission.POLICIES_PROPOSE)
def start(kind: str) -> ResponseReturnValue:
    """Begin a draft."""
    draft = actions.start(_kind(kind), by=viewer(), now=clock.now())
    told = _("A draft of your own: change what should change, then submit it.")
    return done(url_for("policies.draft", draft_id=draft.id), told)


@bp.get("/drafts/<int:draft_id>")
@require(Permission.POLICIES_DRAFTS)
def draft(draft_id: int) -> ResponseReturnValue:
    """Show a draft: what it changes, what is wrong, what it means, who signs."""
    return _desk(draft_id)


def _desk(draft_id: int, **refused: FlaskForm) -> ResponseReturnValue:
    desk = queries.desk(queries.get_draft(draft_id), viewer(), now=clock.now())
    blank: dict[str, Callable[[], FlaskForm]] = {
        "submit": lambda: forms.SubmitForm(data={"why": desk.draft.why}),
        "sign": forms.ReasonForm,
        "refuse": forms.ReasonForm,
    }
    shown = {name: refused.get(name) or make() for name, make in blank.items()}
    problem = next(iter(refused.values()), None)
    return page(
        "policies/draft.html", form=problem, forms=shown, refused=next(iter(refused), ""), desk=desk
    )


@bp.route("/drafts/<int:draft_id>/edit", methods=["GET", "POST"])
@require(Permission.POLICIES_PROPOSE)
def edit(draft_id: int) -> ResponseReturnValue:
    """Fill in one page of a draft's form; what was typed is kept, right or wrong."""
    at, saving = request.args.get("at", ""), request.method == "POST"
    draft = queries.get_draft(draft_id, lock=saving)
    if draft.author_id != viewer().id:
        raise NotFound
    desk, found = _page_of(draft, at)
    if not saving:
        return _edit(desk, found)
    typed = rules.read_typed(found.node, request.form.to_dict(flat=False))
    if request.form.get("version") != str(draft.version):
        shown = rules.with_value(draft.body, at, typed)
        root = rules.tree(rules.SHAPES[draft.kind], shown, lists=queries.lists())
        return _edit(desk, rules.page_with(found, root), stale=True)
    actions.change(draft, at, typed, by=viewer(), now=clock.now())
    return _saved(draft, at)


def _page_of(draft: PolicyDraft, at: str) -> tuple[queries.Desk, rules.Page]:
    desk = queries.desk(draft, viewer(), now=clock.now())
    found = rules.page_at(desk.pages, at)
    if found is None:
        raise NotFound
    return desk, found


def _edit(desk: queries.Desk, found: rules.Page, *, stale: bool = False) -> ResponseReturnValue:
    answer = page(
        "policies/edit.html",
        desk=desk,
        here=found,
        stale=stale,
        wrong=rules.beside(found.problems),
        look=rules.beside(found.findings),
        facts=rules.fact_choices(),
    )
    return (answer[0], 409) if stale and isinstance(answer, tuple) else answer


def _saved(draft: PolicyDraft, at: str) -> ResponseReturnValue:
    """Do what the button asks beyond saving, and go where something is left to do."""
    stay = url_for("policies.edit", draft_id=draft.id, at=at)
    verb, _colon, rest = request.form.get("do", "").partition(":")
    if verb:
        _rearrange(draft, verb, rest)
        return done(stay)
    _desk_now, found = _page_of(draft, at)
    if found.problems:
        told = ngettext(
            "Saved. One thing must be put right.",
            "Saved. %(num)d things must be put right.",
            len(found.problems),
        )
        return done(stay, told)
    if found.findings:
        return done(stay, _("Saved. Something here deserves a look."))
    return done(url_for("policies.draft", draft_id=draft.id), _("Saved."))


@bp.post("/drafts/<int:draft_id>/parts")
@require(Permission.POLICIES_PROPOSE)
def parts(draft_id: int) -> ResponseReturnValue:
    """Add, move or take away a part of a list."""
    draft = queries.get_draft(draft_id, lock=True)
    verb, _colon, rest = request.form.get("do", "").partition(":")
    _rearrange(draft, verb, rest)
    if verb == "add":
        items = rules.value_at(draft.body, rest) or [None]
        last = len(items) - (2 if rest == "rules" and len(items) > 1 else 1)
        return done(url_for("policies.edit", draft_id=draft_id, at=f"{rest}.{last}"))
    return done(url_for("policies.draft", draft_id=draft_id, _anchor="pages"))


def _rearrange(draft: PolicyDraft, verb: str, rest: str) -> None:
    """Carry out `add:PATH`, `up:PATH:N`, `down:PATH:N` or `drop:PATH:N`."""
    now, by = clock.now(), viewer()
    path, _colon, index = rest.partition(":")
    if verb == "add":
        fact = request.form.get(f"{path}.fact", "")
        actions.add(draft, path, fact=fact, by=by, now=now)
    elif not index.isdecimal() or len(index) > 4:
        raise NotFound
    elif verb in ("up", "down"):
        steps = -1 if verb == "up" else 1
        actions.move(draft, path, int(index), steps=steps, by=by, now=now)
    elif verb == "drop":
        actions.drop(draft, path, int(index), by=by, now=now)
    else:
        raise NotFound


def _act(
    draft_id: int, name: str, form: FlaskForm, work: Callable[[PolicyDraft], object], told: str
) -> ResponseReturnValue:
    """Do one thing to a draft that nobody else changes meanwhile, or show why not."""

    def do() -> bool:
        work(queries.get_draft(draft_id, lock=True))
        return True

    if attempt(form, do):
        return done(url_for("policies.draft", draft_id=draft_id), told)
    return _desk(draft_id, **{name: form})


@bp.post("/drafts/<int:draft_id>/submit")
@require(Permission.POLICIES_PROPOSE)
def submit(draft_id: int) -> ResponseReturnValue:
    """Hand a draft to those who publish."""
    form = forms.SubmitForm()
    return _act(
        draft_id,
        "submit",
        form,
        lambda row: actions.submit(row, why=form.why.data or "", by=viewer(), now=clock.now()),
        _("Submitted. Somebody else signs it."),
    )


@bp.post("/drafts/<int:draft_id>/load")
@require(Permission.POLICIES_PROPOSE)
def load(draft_id: int) -> ResponseReturnValue:
    """Let a draft be held against the cases of the last 12 months before it is submitted."""
    draft = queries.get_draft(draft_id, lock=True)
    actions.ask_load(draft, by=viewer(), now=clock.now())
    told = _("It is being worked out: look again in a moment.")
    return done(url_for("policies.draft", draft_id=draft_id, _anchor="load"), told)


@bp.post("/drafts/<int:draft_id>/sign")
@require(Permission.POLICIES_PUBLISH)
def sign(draft_id: int) -> ResponseReturnValue:
    """Sign a draft; the last signature publishes it."""
    form = forms.ReasonForm()
    return _act(
        draft_id,
        "sign",
        form,
        lambda row: actions.sign(row, reason=form.reason.data or "", by=viewer(), now=clock.now()),
        _("Signed."),
    )


@bp.post("/drafts/<int:draft_id>/refuse")
@require(Permission.POLICIES_PUBLISH)
def refuse(draft_id: int) -> ResponseReturnValue:
    """Say no to a draft."""
    form = forms.ReasonForm()
    return _act(
        draft_id,
        "refuse",
        form,
        lambda row: actions.refuse(
            row, reason=form.reason.data or "", by=viewer(), now=clock.now()
        ),
        _("Refused, with your reason."),
    )


@bp.post("/drafts/<int:draft_id>/carry-over")
@require(Permission.POLICIES_PROPOSE)
def carry_over(draft_id: int) -> ResponseReturnValue:
    """Put a draft on top of the version in force."""
    row = queries.get_draft(draft_id, lock=True)
    both = actions.carry_over(row, by=viewer(), now=clock.now())
    told = _("Carried over to the version in force.")
    if both:
        told = ngettext(
            "Carried over. In one place both versions had changed: yours stands, look at it.",
            "Carried over. In %(num)d places both versions had changed: yours stand, look at them.",
            len(both),
        )
    return done(url_for("policies.draft", draft_id=draft_id), told)


@bp.post("/drafts/<int:draft_id>/take-back")
@require(Permission.POLICIES_PROPOSE)
def take_back(draft_id: int) -> ResponseReturnValue:
    """Write on in what was submitted."""
    row = queries.get_draft(draft_id, lock=True)
    actions.take_back(row, by=viewer(), now=clock.now())
    return done(url_for("policies.draft", draft_id=draft_id), _("Yours again: write on."))


@bp.post("/drafts/<int:draft_id>/give-up")
@require(Permission.POLICIES_PROPOSE)
def give_up(draft_id: int) -> ResponseReturnValue:
    """Withdraw a draft."""
    row = queries.get_draft(draft_id, lock=True)
    actions.give_up(row, by=viewer(), now=clock.now())
    return done(url_for("policies.show", kind=row.kind.value), _("The draft is withdrawn."))
