"""Commands of the quarterly review."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .base import Failed, make_app, portal, say
from .briefs import brief

Command = Callable[..., Any]
BOUND = (
    click.argument("quarter", metavar="QUARTER"),
    click.option("--for", "reader", metavar="EMAIL", help="Whose edition; else leadership's."),
    click.option("--locale", type=click.Choice(["en", "fr", "it"]), help="Default: the reader's."),
    click.option("--paper", type=click.Choice(["A4", "Letter"]), default="A4", show_default=True),
    click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True),
    click.option("--json", "as_json", is_flag=True),
    click.pass_context,
)


def bound(command: Command) -> Command:
    """Give a command the argument and the options of those that make a book."""
    for part in reversed(BOUND):
        command = part(command)
    return command


@portal.group()
def review() -> None:
    """Quarterly reviews."""


@review.command("book")
@bound
def review_book(ctx: click.Context, /, **given: Any) -> None:
    """Make the book of the review of QUARTER (2026-Q3 or QR-2026-Q3), and write its PDF."""
    _bind(ctx, **given)


@brief.command("review")
@bound
def brief_review(ctx: click.Context, /, **given: Any) -> None:
    """Make the book of the review of QUARTER (2026-Q3 or QR-2026-Q3), and write its PDF."""
    _bind(ctx, **given)


def _bind(ctx: click.Context, /, **given: Any) -> None:
    from portal.blueprints.briefings import queries as briefings
    from portal.blueprints.reviews import actions, queries
    from portal.core import access, clock, jobs
    from portal.core.db import db

    app = make_app(ctx, JOBS_INLINE=True)
    with app.app_context():
        quarter = queries.named(given["quarter"])
        if quarter is None:
            raise Failed("A quarter is written 2026-Q3 or QR-2026-Q3.")
        by, now = access.operator(ctx.command_path), clock.now()
        reader = _reader(given["reader"])
        made = actions.make_book(
            actions.open_(quarter, by=by, now=now),
            reader=reader,
            locale=given["locale"] or reader.language,
            paper_size=given["paper"],
            verify_at=app.config["PORTAL"].base_url.partition("://")[2] + "/verify",
            by=by,
            now=now,
        )
        reference = made.reference
        db.session.commit()
        jobs.drain()
        row = briefings.by_reference(reference)
        if row.state.value == "failed":
            raise Failed(f"The book could not be typeset: {row.failed_because}.")
        given["out"].write_bytes(briefings.pdf_of(row))
        result = {
            "reference": row.reference,
            "review": quarter.reference,
            "state": row.state.value,
            "pages": row.pages,
            "sha256": row.pdf_digest,
            "file": str(given["out"]),
        }
        text = f"{quarter.reference}: {row.reference}, {row.pages} pages, {row.state.value}"
        say(result, text, as_json=given["as_json"])


def _reader(email: str | None) -> Any:
    from portal.blueprints.auth import queries as people
    from portal.blueprints.reviews import queries

    person = people.by_email(email) if email else queries.chair()
    if person is None:
        named = f"Nobody signs in as {email}." if email else "Nobody has the role leadership."
        raise Failed(named)
    return people.actor_of(person)
