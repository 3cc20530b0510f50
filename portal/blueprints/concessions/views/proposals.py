"""Proposals: lists, writing one, its page, and what can be done there."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.policies.rules import word as policy_word
from portal.core import clock
from portal.core.access import Permission, Role
from portal.core.i18n import _
from portal.core.money import Money, from_minor, is_currency
from portal.core.web import attempt, choices, done, page, require, viewer

from .. import actions, forms, queries, rules
from ..models import Concession, Form, Ground, Insurer, State
from .blueprint import bp

ZERO = Decimal(0)


@bp.get("/")
@require(Permission.CONCESSIONS_READ)
def index() -> ResponseReturnValue:
    """List compensation cases; as a part of another page, those of one account or case."""
    given, now = request.args, clock.now()
    states = {state.value: state for state in State}
    search = queries.Search(
        state=states.get(given.get("state", "")),
        to_sign=given.get("mine") == "1",
        account=given.get("account", ""),
        case=given.get("case", ""),
    )
    if given.get("part"):
        lines = queries.short(viewer(), search, now=now)
        return page("concessions/_list.html", lines=lines, search=search)
    found = queries.page(viewer(), search, cursor=given.get("after"), now=now)
    return page(
        "concessions/index.html",
        found=found,
        search=search,
        states=list(State),
        sees_lots=queries.sees_all(viewer()) or Role.LEGAL in viewer().roles,
        lots=queries.lots_to_sign(viewer(), now=now) if search.to_sign else [],
        money=from_minor,
    )


@bp.route("/new", methods=["GET", "POST"])
@require(Permission.CONCESSIONS_PROPOSE)
def new() -> ResponseReturnValue:
    """Propose compensation for a case or an account."""
    given = {key: request.args.get(key, "") for key in ("escalation", "account")}
    form = forms.ProposeForm(data=given)
    account, case = _subject(form) if form.escalation.data or form.account.data else (None, None)
    owed = None if account is None else _owed(account, form.currency.data or account.currency)
    if request.method == "GET" and account is not None:
        form.currency.data = account.currency
        form.owed.data = owed.amount if owed else None
    made = attempt(form, lambda: _propose(form))
    if made:
        return done(url_for("concessions.show", reference=made.reference))
    return page("concessions/new.html", form=form, account=account, case=case, owed=owed)


def _owed(account: Account, currency: str) -> Money | None:
    """Give what an account's contracts owe by measured availability, None where it is nothing."""
    code = currency.strip().upper()
    if not is_currency(code):
        return None
    found = queries.open_credits(account.id, currency=code, now=clock.now())
    return queries.total(found, code) if found else None


def _subject(form: forms.ProposeForm) -> tuple[Any, Any]:
    """Give the account and the case that a proposal is for, both as far as the viewer sees them."""
    now = clock.now()
    if form.escalation.data:
        case = escalation_queries.get(viewer(), form.escalation.data, now=now)
        return escalation_queries.account_of(case), case
    by, reference = viewer(), (form.account.data or "").strip().upper()
    return account_queries.get(by, reference, now=now, klass=account_queries.own_class(by)), None


def _propose(form: forms.ProposeForm) -> Concession:
    account, case = _subject(form)
    return actions.propose(account, _wish(form), case=case, by=viewer(), now=clock.now())


def _wish(form: forms.ProposeForm) -> actions.Wish:
    given = form.data
    known: dict[str, Any] = {
        name: given[name] or ZERO for name in ("owed", "loss", "effort_hours", "disrupted_days")
    }
    flags = ("threat", "waiver", "release", "termination_right", "value_moved", "documented")
    words = (*actions.TEXTS, "product")
    known |= {name: bool(given[name]) for name in flags}
    known |= {name: given[name] or "" for name in words}
    currency = (given["currency"] or "").strip().upper()
    return actions.Wish(currency=currency, fee=given["fee"], **known)


@bp.get("/<reference>")
@require(Permission.CONCESSIONS_READ)
def show(reference: str) -> ResponseReturnValue:
    """Show a compensation: from what we owe to what we offer, and who signs."""
    return _sheet(reference)


def _sheet(reference: str, **refused: FlaskForm) -> ResponseReturnValue:
    """Show the page of a compensation with its forms; a refused one keeps what was typed."""
    bench = queries.bench(
        viewer(), queries.get(viewer(), reference, now=clock.now()), now=clock.now()
    )
    blank: dict[str, Callable[[], FlaskForm]] = {
        "sign": forms.SignForm,
        "refuse": forms.RefuseForm,
        "hand": forms.HandForm,
        "insurer": forms.InsurerForm,
        "answer": forms.AnswerForm,
        "counter": forms.CounterForm,
        "reverse": forms.ReverseForm,
        "withdraw": forms.WithdrawForm,
        "deliver": lambda: forms.deliver_form(bench.parts),
        "revenue": forms.RevenueForm,
        "part": forms.PartForm,
    }
    shown = {name: refused.get(name) or make() for name, make in blank.items()}
    shown["hand"]["to"].choices = choices(bench.colleagues)
    problem = next(iter(refused.values()), None)
    return page(
        "concessions/show.html",
        form=problem,
        forms=shown,
        refused=next(iter(refused), ""),
        bench=bench,
        grounds=forms.GROUNDS,
        shapes=forms.FORMS,
        insurer=forms.INSURER,
        editable=bench.row.state in actions.EDITABLE,
        owing=rules.OWING,
        policy_word=policy_word,
    )


def act_on(
    reference: str, name: str, form: FlaskForm, work: Callable[[Concession], object], told: str
) -> ResponseReturnValue:
    """Do one thing to a compensation that nobody else changes meanwhile, or show why not."""

    def do() -> bool:
        work(queries.get(viewer(), reference, now=clock.now(), lock=True))
        return True

    if attempt(form, do):
        return done(url_for("concessions.show", reference=reference), told)
    return _sheet(reference, **{name: form})


@bp.route("/<reference>/edit", methods=["GET", "POST"])
@require(Permission.CONCESSIONS_PROPOSE)
def edit(reference: str) -> ResponseReturnValue:
    """Change what a proposal says."""
    row = queries.get(viewer(), reference, now=clock.now())
    form = forms.EditForm(obj=actions.describe(row))
    if request.method == "GET":
        form.version.data = str(row.version)
    if attempt(form, lambda: _edit(form, reference)):
        return done(url_for("concessions.show", reference=reference), _("The proposal is changed."))
    return page(
        "concessions/edit.html", form=form, row=queries.get(viewer(), reference, now=clock.now())
    )


def _edit(form: forms.EditForm, reference: str) -> bool:
    row = queries.get(viewer(), reference, now=clock.now(), lock=True)
    seen = form.version.data or ""
    version = int(seen) if seen.isdecimal() else -1
    actions.edit(row, _wish(form), by=viewer(), now=clock.now(), version=version)
    return True


@bp.post("/<reference>/parts")
@require(Permission.CONCESSIONS_PROPOSE)
def add_part(reference: str) -> ResponseReturnValue:
    """Add a part to a proposal."""
    form, by, now = forms.PartForm(), viewer(), clock.now()
    return act_on(
        reference,
        "part",
        form,
        lambda row: actions.add_part(row, _part(form), by=by, now=now),
        _("The part is in the proposal."),
    )


def _part(form: forms.PartForm) -> actions.PartWish:
    given = form.data
    return actions.PartWish(
        ground=Ground(given["ground"]),
        form=Form(given["form"]),
        what=given["what"] or "",
        amount=given["amount"] or ZERO,
        periods=given["periods"] or 0,
        cost=given["cost"],
        on_renewal=bool(given["on_renewal"]),
        evidence=given["evidence"] or "",
    )


@bp.route("/<reference>/parts/<int:part_id>", methods=["GET", "POST"])
@require(Permission.CONCESSIONS_PROPOSE)
def change_part(reference: str, part_id: int) -> ResponseReturnValue:
    """Change a part of a proposal."""
    row = queries.get(viewer(), reference, now=clock.now())
    part = queries.part(row, part_id)
    form = forms.PartForm(data=actions.describe_part(row, part))

    def change() -> bool:
        here = queries.get(viewer(), reference, now=clock.now(), lock=True)
        found = queries.part(here, part_id)
        actions.change_part(here, found, _part(form), by=viewer(), now=clock.now())
        return True

    if attempt(form, change):
        return done(url_for("concessions.show", reference=reference), _("The part is changed."))
    return page("concessions/part.html", form=form, reference=reference, part_id=part_id)


@bp.post("/<reference>/parts/<int:part_id>/remove")
@require(Permission.CONCESSIONS_PROPOSE)
def remove_part(reference: str, part_id: int) -> ResponseReturnValue:
    """Take a part out of a proposal."""
    row = queries.get(viewer(), reference, now=clock.now(), lock=True)
    actions.remove_part(row, queries.part(row, part_id), by=viewer(), now=clock.now())
    return done(url_for("concessions.show", reference=reference), _("The part is taken out."))


@bp.post("/<reference>/request")
@require(Permission.CONCESSIONS_PROPOSE)
def ask(reference: str) -> ResponseReturnValue:
    """Ask for the signatures."""
    form, by, now = FlaskForm(), viewer(), clock.now()
    told = _("The request is with those who sign.")
    return act_on(
        reference, "request", form, lambda row: actions.request(row, by=by, now=now), told
    )


@bp.post("/<reference>/approve")
@require(Permission.CONCESSIONS_APPROVE)
def approve(reference: str) -> ResponseReturnValue:
    """Sign."""
    form, by, now = forms.SignForm(), viewer(), clock.now()
    return act_on(
        reference,
        "sign",
        form,
        lambda row: actions.approve(row, reason=form.word.data or "", by=by, now=now),
        _("You have signed."),
    )


@bp.post("/<reference>/refuse")
@require(Permission.CONCESSIONS_APPROVE)
def refuse(reference: str) -> ResponseReturnValue:
    """Refuse, with a reason."""
    form, by, now = forms.RefuseForm(), viewer(), clock.now()
    return act_on(
        reference,
        "refuse",
        form,
        lambda row: actions.refuse(row, reason=form.reason.data or "", by=by, now=now),
        _("You have refused; the proposer is told why."),
    )


@bp.post("/<reference>/hand-on")
@require(Permission.CONCESSIONS_APPROVE)
def hand_on(reference: str) -> ResponseReturnValue:
    """Ask a colleague for the signature instead."""
    form, by, now = forms.HandForm(), viewer(), clock.now()
    return act_on(
        reference,
        "hand",
        form,
        lambda row: actions.hand_on(row, to_id=form.to.data or 0, by=by, now=now),
        _("Your colleague is asked."),
    )


@bp.post("/<reference>/insurer")
@require(Permission.CONCESSIONS_APPROVE)
def note_insurer(reference: str) -> ResponseReturnValue:
    """Note what became of the insurer's question."""
    form, by, now = forms.InsurerForm(), viewer(), clock.now()
    return act_on(
        reference,
        "insurer",
        form,
        lambda row: actions.note_insurer(row, Insurer(form.answer.data), by=by, now=now),
        _("Noted, with your name and the time."),
    )


@bp.post("/<reference>/offer")
@require(Permission.CONCESSIONS_PROPOSE)
def offer(reference: str) -> ResponseReturnValue:
    """Note that the customer has the offer."""
    form, by, now = FlaskForm(), viewer(), clock.now()
    told = _("The customer has the offer; the time to answer runs.")
    return act_on(reference, "offer", form, lambda row: actions.offer(row, by=by, now=now), told)


@bp.post("/<reference>/accept")
@require(Permission.CONCESSIONS_PROPOSE)
def accept(reference: str) -> ResponseReturnValue:
    """Note that the customer accepted."""
    form, by, now = forms.AnswerForm(), viewer(), clock.now()
    return act_on(
        reference,
        "answer",
        form,
        lambda row: actions.accept(row, who=form.who.data or "", by=by, now=now),
        _("The acceptance is on file."),
    )


@bp.post("/<reference>/decline")
@require(Permission.CONCESSIONS_PROPOSE)
def decline(reference: str) -> ResponseReturnValue:
    """Note that the customer declined."""
    form, by, now = forms.AnswerForm(), viewer(), clock.now()
    return act_on(
        reference,
        "answer",
        form,
        lambda row: actions.decline(row, who=form.who.data or "", by=by, now=now),
        _("The customer's no is on file."),
    )


@bp.post("/<reference>/counter")
@require(Permission.CONCESSIONS_PROPOSE)
def counter(reference: str) -> ResponseReturnValue:
    """Note that the customer wants something else."""
    form, by, now = forms.CounterForm(), viewer(), clock.now()
    who, what = form.said_by.data or "", form.instead.data or ""
    return act_on(
        reference,
        "counter",
        form,
        lambda row: actions.counter(row, who=who, what=what, by=by, now=now),
        _("What they want is on file; the proposal is a draft again."),
    )


@bp.post("/<reference>/withdraw")
@require(Permission.CONCESSIONS_PROPOSE)
def withdraw(reference: str) -> ResponseReturnValue:
    """Take a proposal or an offer back."""
    form, by, now = forms.WithdrawForm(), viewer(), clock.now()
    return act_on(
        reference,
        "withdraw",
        form,
        lambda row: actions.withdraw(row, reason=form.because.data or "", by=by, now=now),
        _("It is taken back."),
    )
