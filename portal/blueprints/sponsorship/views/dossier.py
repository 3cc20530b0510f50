"""Doors to what a panel reads before it votes: the dossier of a nomination, and its files."""

from pathlib import PurePosixPath
from urllib.parse import quote

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.auth import queries as auth_queries
from portal.core import clock, files
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _
from portal.core.web import as_it_came, attempt, done, page, require, viewer

from .. import actions, forms, queries
from ..models import PanelState, PanelVote
from .blueprint import bp
from .panels import vote_form


@bp.get("/<reference>/dossier")
@require(Permission.SPONSORSHIP_READ)
def dossier(reference: str) -> ResponseReturnValue:
    """Show what a panel reads before it votes."""
    return _dossier_sheet(reference)


def _dossier_sheet(reference: str, **refused: FlaskForm) -> ResponseReturnValue:
    now = clock.now()
    row = queries.get_nomination(viewer(), reference, now=now)
    account = account_queries.by_id(row.account_id)
    panel = queries.panel_of(row)
    votes = queries.votes(panel, [row.id]).get(row.id, []) if panel else []
    shows = panel is not None and queries.may_see_votes(viewer(), panel)
    policy, number = queries.policy_in_force()
    may_vote = (
        panel is not None
        and panel.state is PanelState.PLANNED
        and row.state in queries.UNDECIDED
        and queries.is_seated(panel, viewer().id)
    )
    people = [row.author_id, row.decided_by_id, account.owner_id, *(v.person_id for v in votes)]
    return page(
        "sponsorship/dossier.html",
        form=refused.get("vote"),
        vote=refused.get("vote") or _own(votes),
        row=row,
        account=account,
        panel=panel,
        may_vote=may_vote,
        votes=votes if shows else [],
        tally=queries.tally_of(row, panel) if shows and panel else None,
        stored=queries.stored(row),
        check=queries.checked(account, row.lane, now=now, nomination=row),
        matches=queries.matches(account, row.lane, now=now, nomination=row)[:3],
        earlier=queries.line_of(viewer(), row.earlier_id, now=now) if row.earlier_id else None,
        kept=queries.attachments(row),
        places=queries.places(row.lane),
        contacts={one.id: one for one in account_queries.contacts(account)},
        arr=account_queries.at_stake([account.id], at=now).total,
        names=auth_queries.names(people),
        lanes=forms.LANES,
        verdicts=forms.VERDICTS,
        policy=policy,
        policy_number=number,
    )


def _own(votes: list[PanelVote]) -> forms.VoteForm:
    mine = next((one for one in votes if one.person_id == viewer().id), None)
    if mine is None:
        return forms.VoteForm()
    said = mine.verdict.value if mine.verdict else ""
    return forms.VoteForm(data={"verdict": said, "reason": mine.reason})


@bp.post("/<reference>/vote")
@require(Permission.SPONSORSHIP_READ)
def vote(reference: str) -> ResponseReturnValue:
    """Vote on a nomination, or declare a conflict of interest."""
    form, by, now = forms.VoteForm(), viewer(), clock.now()

    def do() -> bool:
        row = queries.get_nomination(by, reference, now=now, lock=True)
        panel = queries.panel_of(row)
        if panel is None:
            raise NotFound
        verdict, reason = vote_form(form), form.reason.data or ""
        actions.vote(row, panel, verdict, reason=reason, by=by, now=now)
        return True

    if attempt(form, do):
        return done(url_for("sponsorship.dossier", reference=reference), _("Your vote is on file."))
    return _dossier_sheet(reference, vote=form)


@bp.post("/<reference>/renominate")
@require(Permission.SPONSORSHIP_NOMINATE)
def renominate(reference: str) -> ResponseReturnValue:
    """Nominate an account anew, linked to what was declined or taken back."""
    form, by, now = FlaskForm(), viewer(), clock.now()
    row = queries.get_nomination(by, reference, now=now)
    made = attempt(form, lambda: actions.renominate(row, by=by, now=now).reference)
    if made:
        told = _("A new draft, with the words of the old nomination.")
        return done(url_for("sponsorship.show", reference=made), told)
    return page("sponsorship/refused.html", form=form, row=row)


@bp.route("/<reference>/attach", methods=["GET", "POST"])
@require(Permission.SPONSORSHIP_NOMINATE)
def attach(reference: str) -> ResponseReturnValue:
    """Keep a file with a nomination."""
    form, by, now = forms.FileForm(), viewer(), clock.now()
    row = queries.get_nomination(by, reference, now=now)

    def do() -> bool:
        given = form.file.data
        actions.attach(row, given.stream, name=given.filename or "", by=by, now=now)
        return True

    if attempt(form, do):
        shown = url_for("sponsorship.show", reference=reference)
        return done(shown, _("The file is kept with the nomination."))
    return page("sponsorship/attach.html", form=form, row=row)


@bp.get("/<reference>/files/<int:file_id>")
@require(Permission.SPONSORSHIP_READ)
@as_it_came
def attachment(reference: str, file_id: int) -> ResponseReturnValue:
    """Give a file of a nomination, to be saved, never to be shown in our place."""
    row = queries.get_nomination(viewer(), reference, now=clock.now())
    found = queries.attachment(row, file_id)
    try:
        content = files.read(found)
    except FileNotFoundError:
        raise NotFound from None
    response = Response(content, content_type=found.media_type)
    plain = "file" + PurePosixPath(found.name).suffix.encode("ascii", "ignore").decode()
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name, safe='')}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


# Even if a browser showed it: no script, no form, no origin of ours.
attachment.talisman_view_options = {  # type: ignore[attr-defined]
    "content_security_policy": {"default-src": "'none'", "sandbox": ""},
    "content_security_policy_nonce_in": [],
}
