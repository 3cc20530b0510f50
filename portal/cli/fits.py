"""Commands that fit models to a table and score by them: they need no database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .base import Failed, make_app, portal, say

if TYPE_CHECKING:
    from portal.core.fitting.scoring import Card
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


@portal.group()
def risk() -> None:
    """Who is at risk of leaving."""


@risk.command("fit")
@click.argument("file", type=TABLE)
@click.option("--target", required=True, metavar="COLUMN", help="What happened: yes/no, 1/0 …")
@click.option("--id", "key", required=True, metavar="COLUMN", help="Names the rows.")
@click.option("--out", required=True, type=TABLE, metavar="MODEL.json")
@click.option("--json", "as_json", is_flag=True, help="Print the measures as JSON.")
def risk_fit(file: Path, target: str, key: str, out: Path, as_json: bool) -> None:
    """Learn a points scorecard from a CSV file of past outcomes, and measure it on rows held back.

    All other columns are tried as factors, as they are; blanks are a value of their own.
    """
    from portal.core.fitting import asking, outcomes

    if target.strip().casefold() == key.strip().casefold():
        raise Failed("The target cannot be what names the rows.")
    with _reasons(), _table(file, wanted=(target, key)) as sheet:
        read = outcomes.outcomes(sheet, target=target, key=key)
        model = asking.fit(
            "scorecard", columns=read.columns, outcome=read.outcome, folds=read.folds
        )
    model |= {"target": target, "id": key, "positive": read.positive}
    out.write_text(json.dumps(model, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    told = {"file": str(out), "rows": model["rows"], "positives": model["positives"]}
    say(told | model["quality"], _measures(model, out), as_json=as_json)


def _measures(model: dict[str, Any], out: Path) -> str:
    found = model["quality"]
    lines = [
        f"{out}: {model['rows']} rows, {model['positives']} with {model['target']} = "
        f"{model['positive']}.",
        "Factors: " + ", ".join(factor["name"] for factor in model["factors"]) + ".",
        *(f"Left out: {one['column']} ({one['why']})." for one in model["left_out"]),
        f"Measured on {found['held_back']} rows, each by a card that had not seen it:",
        f"  discrimination (AUC) {found['auc']:.3f} "
        f"(95 %: {found['auc_low']:.3f} to {found['auc_high']:.3f})",
        f"  calibration error, ten bins {found['calibration_error']:.3f}",
        f"  Brier score {found['brier']:.4f} (always the average: "
        f"{found['brier_of_the_average']:.4f})",
        "  predicted and observed, by tenths:",
    ]
    lines += [f"    {one['predicted']:.3f}  {one['observed']:.3f}" for one in found["calibration"]]
    return "\n".join(lines)


@risk.command("score")
@click.argument("file", type=TABLE)
@click.option("--model", required=True, type=TABLE, metavar="MODEL.json")
@click.option("--out", required=True, type=TABLE, metavar="SCORES.csv")
def risk_score(file: Path, model: Path, out: Path) -> None:
    """Score each row of a CSV file by a model: `id,probability`, in the file's order.

    The columns may stand in any order; words that the model has never seen count as average.
    """
    import csv

    from portal.core.fitting.scoring import Card
    from portal.core.fitting.tables import place_of

    with _reasons():
        document = _model(model)
        card = Card.of(document)
        with _table(file, wanted=card.columns) as sheet:
            places = {name: place_of(sheet.header, name) for name in card.columns}
            key = place_of(sheet.header, str(document.get("id", "id")))
            scores = list(_scores(sheet, card, places, key))
    with out.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(("id", "probability"))
        table.writerows(scores)
    click.echo(f"{out}: {len(scores)} rows.", err=True)


@risk.command("recompute")
@click.pass_context
def risk_recompute(ctx: click.Context) -> None:
    """Reckon the risk of every account anew, as the clock does several times a day."""
    from portal.blueprints.risk import actions
    from portal.core import access, clock
    from portal.core.db import db

    with make_app(ctx).app_context():
        moved = actions.reckon(by=access.operator("portal risk recompute"), now=clock.now())
        db.session.commit()
    click.echo(f"{moved} scores moved.")


def _model(path: Path) -> Any:
    from portal.core.fitting.errors import NotFitted

    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise NotFitted("no_model", detail="it is not JSON") from error


def _scores(
    sheet: Sheet, card: Card, places: dict[str, int], key: int
) -> Iterator[tuple[str, float]]:
    from portal.core.fitting.outcomes import whole

    for line, row in sheet.rows:
        whole(sheet.header, line, row)
        cells = {name: row[place] for name, place in places.items()}
        yield row[key], card.probability(cells)


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
        where = f", line {error.line}" if error.line else ""
        raise Failed(f"{file.name}{where}: {mapping.UNREADABLE[error.why]}") from error
