"""Commands that make, typeset and verify briefings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .base import Failed, make_app, portal, say

if TYPE_CHECKING:
    from portal.reports.signature import Seal

LANGUAGES, PAPERS = ["en", "fr", "it"], ["A4", "Letter"]
AUDIENCES = [
    "leadership",
    "executive",
    "legal",
    "finance",
    "programme_manager",
    "escalation_manager",
    "csm",
    "account_manager",
    "support",
    "contributor",
    "customer",
]


@portal.group()
def brief() -> None:
    """Briefings as PDF."""


Command = Callable[..., Any]
ISSUED = (
    click.argument("reference"),
    click.option("--for", "reader", metavar="EMAIL", help="Whose issue it is."),
    click.option(
        "--audience",
        type=click.Choice(AUDIENCES),
        help="Whose edition it is; without --for, executive, for the first who may see it.",
    ),
    click.option("--locale", type=click.Choice(LANGUAGES), help="Default: the reader's."),
    click.option("--paper", type=click.Choice(PAPERS), default="A4", show_default=True),
    click.option("--annex", is_flag=True, help="Add pages with what is too long for its place."),
    click.option(
        "--final", is_flag=True, help="Refuse what would be a draft; say what is missing."
    ),
    click.option(
        "--expires",
        type=click.DateTime(["%Y-%m-%d"]),
        help="The last day on which it opens, on the reader's wall. Default: it does not expire.",
    ),
    click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True),
    click.option("--snapshot-out", type=click.Path(dir_okay=False, path_type=Path)),
    click.option("--json", "as_json", is_flag=True),
    click.pass_context,
)


def issued(command: Command) -> Command:
    """Give a command the argument and the options of all that make an issue."""
    for part in reversed(ISSUED):
        command = part(command)
    return command


@brief.command("account")
@issued
def brief_account(ctx: click.Context, /, **given: Any) -> None:
    """Make the next issue of the briefing on an account for a reader, and write its PDF."""
    _issue(ctx, "account", **given)


@brief.command("accounts")
@click.argument("references", nargs=-1, metavar="REF...")
@click.option("--for", "reader", metavar="EMAIL", required=True, help="Whose book it is.")
@click.option("--mine", is_flag=True, help="The customers that this person looks after.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day it is wanted for.")
@click.option("--locale", type=click.Choice(LANGUAGES), help="Default: the reader's.")
@click.option("--paper", type=click.Choice(PAPERS), default="A4", show_default=True)
@click.option("--annex", is_flag=True, help="Add pages with what is too long for its place.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--snapshot-out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def brief_accounts(ctx: click.Context, /, **given: Any) -> None:
    """Bind briefings on several accounts into one book for a reader, and write its PDF."""
    from portal.blueprints.briefings import actions, queries
    from portal.core import access, clock, jobs
    from portal.core.db import db

    if bool(given["references"]) is given["mine"]:
        raise Failed("Name the accounts, or say --mine.")
    app = make_app(ctx, JOBS_INLINE=True)
    with app.app_context():
        now, most = clock.now(), app.config["PORTAL"].book_accounts
        reader = _reader("", given, now=now)
        wanted = given["references"]
        if given["mine"]:
            found = queries.candidates(reader, (), most=most, now=now)
            wanted = [one.reference for one in found]
        wish = actions.BookWish(
            accounts=wanted,
            locale=given["locale"] or reader.language,
            paper=given["paper"],
            day=given["day"] and given["day"].date(),
            annex=given["annex"],
        )
        by = access.operator(ctx.command_path)
        row = actions.ask_for_book(reader, wish, reader=reader, most=most, by=by, now=now)
        reference = row.reference
        db.session.commit()
        jobs.drain()
        issue = queries.issue_of(queries.book(reader, reference))
        if issue is None:
            raise Failed("None of these customers is open to this reader any more.")
        _write(issue, given)


@brief.command("escalation")
@issued
def brief_escalation(ctx: click.Context, /, **given: Any) -> None:
    """Make the next issue of the briefing on an open case for a reader, and write its PDF."""
    _issue(ctx, "escalation", **given)


@brief.command("concession")
@issued
def brief_concession(ctx: click.Context, /, **given: Any) -> None:
    """Make the next issue of the memo on a compensation for who signs it, and write its PDF."""
    _issue(ctx, "concession", **given)


@brief.command("sponsor")
@issued
def brief_sponsor(ctx: click.Context, /, **given: Any) -> None:
    """Make the next issue of the brief on a sponsorship for its sponsor, and write its PDF."""
    _issue(ctx, "sponsor", **given)


@brief.command("nomination")
@issued
def brief_nomination(ctx: click.Context, /, **given: Any) -> None:
    """Make the next issue of the dossier on a nomination for the panel, and write its PDF."""
    _issue(ctx, "nomination", **given)


@brief.command("postmortem")
@issued
def brief_postmortem(ctx: click.Context, /, **given: Any) -> None:
    """Make the next issue of the report on a post-mortem, and write its PDF; with --audience
    customer the edition without internal notes, names or amounts.
    """
    _issue(ctx, "postmortem", **given)


@brief.command("portfolio")
@issued
def brief_portfolio(ctx: click.Context, /, **given: Any) -> None:
    """Make the next issue of the report on a portfolio (ALL, MINE or a region), and write its
    PDF.
    """
    _issue(ctx, "portfolio", **given)


def _issue(ctx: click.Context, kind: str, /, **given: Any) -> None:
    from portal.blueprints.briefings import actions, queries, rules
    from portal.core import access, clock, jobs
    from portal.core.db import db

    begins = rules.BEGIN[kind]
    about = given["reference"].strip()
    named = rules.kind_of(about)
    if named != kind:
        raise Failed(
            f"A reference that begins with {begins} is expected."
            if begins
            else "ALL, MINE or the name of a region is expected."
        )
    app = make_app(ctx, JOBS_INLINE=True)
    with app.app_context():
        now = clock.now()
        reader = _reader(about, given, now=now)
        audience = given["audience"] or ("" if given["reader"] else "executive")
        row = actions.make(
            reader,
            about,
            reader=reader,
            edition=rules.Edition(
                locale=given["locale"] or reader.language,
                paper=given["paper"],
                verify_at=app.config["PORTAL"].base_url.partition("://")[2] + "/verify",
                annex=given["annex"],
                audience=audience,
                expires_at=rules.end_of(
                    given["expires"] and given["expires"].date(), zone=reader.zone
                ),
                final=given["final"],
            ),
            by=access.operator(ctx.command_path),
            now=now,
        )
        db.session.commit()
        jobs.drain()
        _write(queries.by_reference(row.reference), given)


def _reader(about: str, given: dict[str, Any], *, now: Any) -> Any:
    from portal.blueprints.auth import queries as people
    from portal.blueprints.briefings import queries

    if given["reader"]:
        person = people.by_email(given["reader"])
        if person is None:
            raise Failed(f"Nobody signs in as {given['reader']}.")
        return people.actor_of(person)
    audience = given["audience"] or "executive"
    found = queries.reader_for(about, audience=audience, now=now)
    if found is None:
        raise Failed(f"Nobody with the role {audience} may see it: name a reader with --for.")
    return found


def _write(row: Any, given: dict[str, Any]) -> None:
    import json

    from portal.blueprints.briefings import queries, rules
    from portal.reports import snapshot

    if row.state.value == "failed":
        raise Failed(f"{row.reference} could not be typeset ({row.failed_because}).")
    given["out"].write_bytes(queries.pdf_of(row))
    if given["snapshot_out"]:
        text = snapshot.canonical(json.dumps(row.snapshot))
        given["snapshot_out"].write_text(text, encoding="ascii")
    result = {
        "reference": row.reference,
        "state": row.state.value,
        "pages": row.pages,
        "sha256": row.pdf_digest,
        "file": str(given["out"]),
        "missing": row.problems,
    }
    lacking = ", ".join(rules.lacks(row.problems))
    text = f"{row.reference}, {row.pages} pages, {row.state.value}"
    say(result, f"{text}; missing: {lacking}" if lacking else text, as_json=given["as_json"])


@brief.command("render")
@click.argument("snapshot", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--locale", type=click.Choice(LANGUAGES), help="Default: as the issue was made.")
@click.option("--paper", type=click.Choice(PAPERS), help="Default: as the issue was made.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
def brief_render(snapshot: Path, locale: str | None, paper: str | None, out: Path) -> None:
    """Typeset a snapshot, to the bytes that its issue was made with: needs neither a secret nor a
    database nor the network.
    """
    from portal.reports import pdf
    from portal.reports import snapshot as kept

    text = snapshot.read_text(encoding="utf-8")
    try:
        out.write_bytes(pdf.render(kept.kind_of(text), text, locale=locale, paper=paper))
        made_with = kept.template_of(text)
    except pdf.ReportError as error:
        raise Failed(f"The snapshot could not be typeset: {error}") from error
    if made_with != kept.TEMPLATE:
        click.echo(
            f"Made with version {made_with} of the sheets; this is version {kept.TEMPLATE}: "
            "the bytes may differ, the facts do not.",
            err=True,
        )
    click.echo(f"Written: {out}", err=True)


@brief.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rebuild", is_flag=True, help="Typeset its facts again and compare.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def brief_verify(ctx: click.Context, file: Path, rebuild: bool, as_json: bool) -> None:
    """Say whether a PDF is an issue of ours, unchanged: genuine, superseded (0), expired,
    revoked, or unknown (1); and by whom it is signed, if it is, and whether that holds.
    """
    import dataclasses
    import hashlib
    import json

    from portal.blueprints.briefings import queries
    from portal.core import clock
    from portal.core.db import db
    from portal.reports import pdf, signature
    from portal.reports import snapshot as kept

    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    result: dict[str, Any] = {"sha256": digest, "state": "unknown", "reference": None}
    app = make_app(ctx)
    signer: signature.Signer | None = app.extensions["portal_signer"]
    seal = signature.look(content, known=signer.certificates if signer else ())
    if seal:
        result["signature"] = dataclasses.asdict(seal)
    with app.app_context():
        row = queries.by_digest(digest)
        if row is not None:
            text = json.dumps(row.snapshot)
            result |= {
                "state": queries.standing(row, now=clock.now()).value,
                "reference": row.reference,
                "made_with": kept.template_of(text),
            }
            if rebuild:
                again = pdf.render(row.kind.value, text, locale=row.locale, paper=row.paper)
                # A signature stands behind what was typeset and leaves it as it was.
                unsigned = content[: len(again)] if seal else content
                result["rebuilt"] = "same" if again == unsigned else "differs"
                result["version"] = kept.TEMPLATE
        db.session.rollback()
    said = f"{result['reference'] or file}: {result['state']}"
    if rebuild and result["reference"]:
        said += f"; rebuilt with version {kept.TEMPLATE}: {result['rebuilt']}"
    if seal:
        said += f"; {_sealed(seal)}"
    say(result, said, as_json=as_json)
    ctx.exit(0 if result["state"] in {"genuine", "superseded"} else 1)


def _sealed(seal: Seal) -> str:
    """Say what a signature is worth."""
    if not seal.signer:
        return "its signature cannot be read"
    whose = "" if seal.known else " with a certificate that is not known here"
    held = "the signature holds" if seal.holds else "changed after it was signed"
    return f"signed by {seal.signer}{whose}: {held}"
