"""Commands that fit models to a table and score by them: they need no database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .base import Failed, portal, say

if TYPE_CHECKING:
    from portal.core.fitting.tables import Sheet

TABLE = click.Path(dir_okay=False, path_type=Path)
PIECE = 1 << 20


@portal.group()
def value() -> None:
    """What customers are worth."""


@value.command("fit")
@click.argument("file", type=TABLE)
@click.option(
    "--model",
    required=True,
    type=click.Choice(["sbg", "bgnbd", "gammagamma"]),
    help="sbg: contracts (year,survivors); bgnbd: purchases (frequency,recency,T); "
    "gammagamma: amounts (frequency,monetary_value).",
)
@click.option("--json", "as_json", is_flag=True)
def value_fit(file: Path, model: str, as_json: bool) -> None:
    """Fit a model of staying or buying to a CSV file, by maximum likelihood.

    sbg reads `year,survivors`, counts of one cohort from year 0 on, or of several with `cohort`.
    Other columns are passed over. Exit 1 where the file or the data give no model, with the reason.
    """
    from portal.core.fitting import asking, tables

    with _reasons(), _table(file, wanted=("year", "survivors", "frequency", "T")) as sheet:
        numbers, cohorts = tables.columns(model, sheet)
        found = asking.fit(model, numbers=numbers, cohorts=cohorts)
    if model == "gammagamma":  # of averages: its likelihood is not that of the purchases
        found.pop("log_likelihood")
    say(found, "\n".join(f"{name} = {at:.6g}" for name, at in found.items()), as_json=as_json)


@contextmanager
def _reasons() -> Iterator[None]:
    """Turn what is wrong with a table into a sentence and exit 1."""
    from portal.core.fitting.errors import NotFitted
    from portal.core.fitting.words import said

    try:
        yield
    except NotFitted as error:
        raise Failed(said(error)) from error


@contextmanager
def _table(file: Path, *, wanted: tuple[str, ...]) -> Iterator[Sheet]:
    """Open a CSV file of any delimiter, in UTF-8 or UTF-16, or say why it is none."""
    from portal.blueprints.accounts.rules import mapping, reading
    from portal.core.fitting.tables import Sheet

    try:
        with file.open("rb") as stream:
            head = stream.read(reading.HEAD)
            form = reading.form_of(head)
            delimiter, header = reading.head_of(head, form=form, wanted=wanted)
            stream.seek(0)
            pieces = iter(lambda: stream.read(PIECE), b"")
            rows = reading.rows(pieces, form=form, delimiter=delimiter)
            next(rows)
            yield Sheet(header, ((row.line, row.cells) for row in rows))
    except reading.Unreadable as error:
        where = f"line {error.line}: " if error.line else ""
        raise Failed(f"{file.name}, {where}{mapping.UNREADABLE[error.why]}") from error
