"""Doors to briefings: list, make, read, download, verify."""

import hashlib

from flask import Response, current_app, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from portal.blueprints.auth import queries as auth_queries
from portal.core import clock, sheets
from portal.core.access import Permission
from portal.core.errors import NotFound
from portal.core.i18n import _, ngettext
from portal.core.web import (
    attempt,
    choices,
    done,
    installable,
    is_fragment,
    note,
    page,
    public,
    require,
    viewer,
)
from portal.reports import signature

from .. import actions, queries, rules
from ..forms import LinkForm, MakeForm, RevokeForm, ShareForm, VerifyForm
from ..models import Briefing, KeptCopy, Kind, State
from .blueprint import bp
from .shelving import hours

SHOWN = 20
"""How many of those who opened an issue its page names; the file holds all."""


@bp.get("/briefings/")
@installable
@require(Permission.BRIEFINGS_READ)
def index() -> ResponseReturnValue:
    """List issues; as a part of another page, those about one subject."""
    given = request.args
    subject = given.get("subject") or given.get("escalation") or given.get("account") or ""
    if given.get("part") or is_fragment():
        return page(
            "briefings/_list.html",
            lines=queries.of_subject(viewer(), subject),
            subject=subject,
            kinds=rules.KINDS,
        )
    found = queries.page(
        viewer(),
        subject=subject,
        mine=given.get("mine") == "1",
        cursor=given.get("after"),
    )
    first = not subject and not given.get("after")
    return page(
        "briefings/index.html",
        found=found,
        subject=subject,
        kinds=rules.KINDS,
        unread=queries.unread(viewer()) if first else [],
        to_keep=_to_keep() if first else [],
        hours=hours(),
        books=queries.books_under_way(viewer()) if first else [],
    )


def _to_keep() -> list[str]:
    """Give where what waits unread is kept on the device, as far as copies are kept at all."""
    if not hours():
        return []
    found = queries.unread_to_keep(viewer(), now=clock.now(), most=actions.COPIES)
    return [url_for("briefings.keep", reference=one) for one in found]


@bp.route("/briefings/new", methods=["GET", "POST"])
@require(Permission.BRIEFINGS_MAKE)
def new() -> ResponseReturnValue:
    """Make a briefing on a customer or a case for a reader, in the reader's language unless another
    is chosen.
    """
    form = MakeForm(about=request.args.get("about", ""))
    form.reader_id.choices = choices(auth_queries.choices())
    if request.method == "GET":
        reader = queries.reader_of(viewer(), form.about.data or "", now=clock.now())
        form.reader_id.data, form.locale.data = reader.id, reader.language
        form.annex.data = True
    made = attempt(form, lambda: _make(form))
    if made:
        if queries.opens(viewer(), made):
            return done(url_for("briefings.show", reference=made))
        return done(url_for("briefings.index"))  # it is for eyes above the author's
    kind = rules.kind_of(form.about.data or "") if form.about.data else ""
    return page("briefings/new.html", form=form, kind=kind)


def verify_address() -> str:
    """Give host and path of the page where an issue is verified, as it is printed."""
    base: str = current_app.config["PORTAL"].base_url
    return base.partition("://")[2] + url_for("briefings.verify")


def _make(form: MakeForm) -> str:
    given, now = form.data, clock.now()
    return actions.make(
        viewer(),
        given["about"],
        reader=auth_queries.actor(given["reader_id"]),
        edition=rules.Edition(
            locale=given["locale"],
            paper=given["paper"],
            verify_at=verify_address(),
            annex=given["annex"],
            audience=given["audience"] or "",
            expires_at=rules.end_of(given["expires_on"], zone=viewer().zone),
            final=given["final"],
        ),
        by=viewer(),
        now=now,
    ).reference


@bp.get("/briefings/<reference>")
@installable
@require(Permission.BRIEFINGS_READ)
def show(reference: str) -> ResponseReturnValue:
    """Show an issue: its state, its readers, its PDF; opening it is recorded, and the page
    says so.
    """
    row = queries.get(viewer(), reference)
    if row.state in {State.ISSUED, State.DRAFT} and not queries.has_expired(row, now=clock.now()):
        note(lambda: actions.mark_read(row, downloaded=False, by=viewer(), now=clock.now()))
    return _sheet(row)


def _sheet(
    row: Briefing, *, revoking: RevokeForm | None = None, sharing: ShareForm | None = None
) -> ResponseReturnValue:
    sharing = sharing or _share_form()
    return page(
        "briefings/show.html",
        row=row,
        form=revoking or (sharing if sharing.errors else None),
        revoking=revoking or RevokeForm(),
        sharing=sharing,
        standing=queries.standing(row, now=clock.now()),
        fetches=queries.fetches(row, most=SHOWN),
        what=rules.FETCHES,
        links=queries.links(row),
        copies=queries.copies(row, now=clock.now()),
        why_ended=rules.COPY_ENDINGS,
        hours=hours(),
        keep_at=_keep_at(row),
        linking=LinkForm(),
        at=clock.now(),
        changed=queries.changed(row) if row.reader_id == viewer().id else None,
        asked=queries.asked_in(row, viewer()),
        readings=queries.readings(row),
        mailed=queries.mail_of(row),
        about=_about(row),
        cancelled=row.failed_because == actions.CANCELLED,
        names=auth_queries.names([row.author_id, row.reader_id]),
        problems=rules.lacks(row.problems),
        kind=rules.KINDS[row.kind],
        classification=rules.CLASSIFICATIONS[row.classification],
    )


def _keep_at(row: Briefing) -> str:
    """Give where an issue is kept on the device; nothing where it is not."""
    if not hours() or not queries.may_keep(viewer(), row, now=clock.now()):
        return ""
    return url_for("briefings.keep", reference=row.reference)


def _about(row: Briefing) -> str:
    """Give what an issue is about, for its headline."""
    if row.kind is Kind.BOOK:
        many = len(row.snapshot["facts"]["accounts"])
        return str(ngettext("%(num)d customer", "%(num)d customers", many))
    return queries.subject_name(row)


@bp.get("/briefings/<reference>.pdf")
@require(Permission.BRIEFINGS_READ)
def download(reference: str) -> ResponseReturnValue:
    """Give the stored PDF; fetching it is recorded, to be read now or to be kept."""
    row, now = queries.get(viewer(), reference), clock.now()
    copy = _copy_asked(row)
    content = queries.open_pdf(row, now=now)
    if copy:
        note(lambda: actions.hand_over_copy(row, copy, by=viewer(), now=now))
    else:
        note(lambda: actions.mark_read(row, downloaded=True, by=viewer(), now=now))
    response = Response(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{row.reference}-{row.locale}.pdf"'
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _copy_asked(row: Briefing) -> KeptCopy | None:
    """Give the viewer's own copy that a PDF is fetched for; `NotFound` once it stands no more."""
    number = request.args.get("copy", type=int)
    if number is None:
        return None
    for one in queries.copies(row, now=clock.now()):
        if one.row.id == number and one.row.person_id == viewer().id and one.stands:
            return one.row
    raise NotFound


@bp.get("/briefings/<reference>/fetches.csv")
@require(Permission.BRIEFINGS_READ)
def export_fetches(reference: str) -> ResponseReturnValue:
    """Give who opened an issue or fetched it, and when (UTC), as CSV."""
    row = queries.get(viewer(), reference)
    found, is_cut = sheets.up_to(queries.fetches(row, most=sheets.MOST + 1), most=sheets.MOST)
    cells: list[tuple[str, ...]] = [
        (row.reference, one.at.isoformat(), one.who, str(rules.FETCHES[one.what])) for one in found
    ]
    if is_cut:
        cells.append(sheets.cut_line(most=sheets.MOST))
    note(lambda: actions.note_export(row, len(found), by=viewer(), now=clock.now()))
    text = sheets.csv_text((_("Issue"), _("When"), _("Who"), _("What")), cells)
    answer = Response(text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{row.reference}-fetches.csv"'
    return answer


@bp.post("/briefings/<reference>/revoke")
@require(Permission.BRIEFINGS_MAKE)
def revoke(reference: str) -> ResponseReturnValue:
    """Take an issue back."""
    row, form = queries.get(viewer(), reference), RevokeForm()
    if attempt(form, lambda: _revoke(form, reference)):
        return done(url_for("briefings.show", reference=reference))
    return _sheet(row, revoking=form)


def _share_form() -> ShareForm:
    form = ShareForm()
    form.reader_id.choices = choices(
        (person, name) for person, name in auth_queries.choices() if person != viewer().id
    )
    return form


@bp.post("/briefings/<reference>/share")
@require(Permission.BRIEFINGS_OWN)
def share(reference: str) -> ResponseReturnValue:
    """Make the same paper for a colleague, by what they may see."""
    row, form = queries.get(viewer(), reference), _share_form()
    shared = attempt(form, lambda: _share(reference, form.reader_id.data or 0))
    if shared:
        told = _("%(reference)s is made for your colleague.", reference=shared)
        return done(url_for("briefings.show", reference=reference), told)
    return _sheet(row, sharing=form)


def _share(reference: str, reader_id: int) -> str:
    row, now = queries.get(viewer(), reference), clock.now()
    most: int = current_app.config["PORTAL"].book_accounts
    reader = auth_queries.actor(reader_id)
    return actions.share(
        row, reader=reader, verify_at=verify_address(), most=most, viewer=viewer(), now=now
    )


def _revoke(form: RevokeForm, reference: str) -> bool:
    row = queries.get(viewer(), reference)
    actions.revoke(row, reason=form.data["reason"], by=viewer(), now=clock.now())
    return True


@bp.route("/verify", methods=["GET", "POST"])
@public
def verify() -> ResponseReturnValue:
    """Say whether a PDF is an issue of ours, unchanged: by the file or by its full digest."""
    form = VerifyForm(digest=request.args.get("digest", ""))
    sent, digest = b"", ""
    if _asked(form):
        sent = _sent(form.file.data)
        digest = hashlib.sha256(sent).hexdigest() if sent else form.digest.data or ""
    signer: signature.Signer | None = current_app.extensions["portal_signer"]
    seal = signature.look(sent, known=signer.certificates if signer else ())
    row = queries.by_digest(digest)
    standing = queries.standing(row, now=clock.now()) if row else rules.Standing.UNKNOWN
    return page(
        "briefings/verify.html",
        form=form,
        digest="".join(digest.lower().split()),
        row=row,
        standing=standing,
        seal=seal,
    )


def _asked(form: VerifyForm) -> bool:
    return bool(request.args.get("digest")) or form.validate_on_submit()


def _sent(upload: object) -> bytes:
    return upload.read() if isinstance(upload, FileStorage) and upload.filename else b""
