"""Commands about compensation: what a request would need, without a secret, or even a database."""

from __future__ import annotations

import gc
import json
import os
from typing import TYPE_CHECKING, Any

import click

from .base import Failed, portal, say

if TYPE_CHECKING:
    from decimal import Decimal

    from flask import Flask

    from portal.blueprints.concessions.rules import Asked
    from portal.blueprints.policies.rules import CompensationPolicy

LARGEST = 1 << 20
"""Bytes of a request: a real one has some hundred."""


@portal.group()
def concession() -> None:
    """What may be given to a customer."""


@concession.command("assess")
@click.argument("file", type=click.File("rb"), metavar="REQUEST.json")
@click.option("--json", "as_json", is_flag=True)
def concession_assess(file: Any, as_json: bool) -> None:
    """Say who must sign a request, what speaks against it, and what would be recommended.

    REQUEST.json is {"amount": "1500.00", "currency": "EUR", "arr": "90000", …}; the operator's
    guide names all keys. The published policy decides, without a database the one shipped as
    version 1. Nothing is stored.
    """
    gc.disable()  # what is loaded here lasts: to look for garbage in it takes a sixth of the time
    from portal.blueprints.concessions.rules import answer, read_asked

    asked = read_asked(_document(file.read(LARGEST + 1)))
    policy, number, rate = _policy(asked)
    told = answer(asked, policy=policy, rate=rate)
    source = "published" if number else "shipped"
    told["policy"] = {"version": number or 1, "source": source}
    if asked.ignored:
        click.echo(f"Not taken into account: {', '.join(asked.ignored)}.", err=True)
    say(told, _words(told), as_json=as_json)


def _document(raw: bytes) -> object:
    if len(raw) > LARGEST:
        raise Failed("The request is larger than 1 MiB: this cannot be one.")
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Failed(f"The request is not JSON: {error}.") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: which of the two was meant?"""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Failed(f"{key!r} stands twice in the request.")
        found[key] = value
    return found


def _policy(asked: Asked) -> tuple[CompensationPolicy, int, Decimal]:
    """Give the policy in force, its number (0: the one shipped), and the exchange rate into it."""
    from portal.blueprints.policies.rules import CompensationPolicy, shipped

    app = _house()
    found = None if app is None else _published(app, asked)
    if found is not None:
        return found
    policy = shipped(CompensationPolicy)
    return policy, 0, _rate(asked, policy, None)


def _house() -> Flask | None:
    """Give as little of the application as reads the database; None where there is none."""
    import sqlalchemy as sa
    from flask import Flask

    from portal.config import database_url

    url = sa.engine.make_url(database_url(os.environ))
    file = url.database or ""
    if url.get_backend_name() == "sqlite" and not os.path.exists(file):  # noqa: PTH110 - may be ""
        return None
    from portal.core import db

    app = Flask("parley")
    app.config["SQLALCHEMY_DATABASE_URI"] = url.render_as_string(hide_password=False)
    db.db.init_app(app)
    with app.app_context():
        db.prepare_engine(db.db.engine)
    return app


def _published(app: Flask, asked: Asked) -> tuple[CompensationPolicy, int, Decimal] | None:
    """Read what is published; None where the database was never initialised."""
    import sqlalchemy as sa

    from portal.blueprints.concessions import queries
    from portal.blueprints.policies.queries import in_force
    from portal.blueprints.policies.rules import CompensationPolicy
    from portal.core import clock, db
    from portal.core.errors import NotFound

    try:
        with app.app_context(), db.looking():
            if not sa.inspect(db.db.engine).has_table("policy"):
                return None
            try:
                policy, number = in_force(CompensationPolicy)
            except NotFound:
                return None
            known = None
            if asked.currency != policy.currency and asked.rate is None:
                known = queries.rate_to(asked.currency, policy.currency, now=clock.now())
            return policy, number, _rate(asked, policy, known and known[0])
    except sa.exc.DatabaseError as error:
        raise Failed(f"The database does not answer: {error.orig}") from error


def _rate(asked: Asked, policy: CompensationPolicy, known: Decimal | None) -> Decimal:
    from decimal import Decimal

    if asked.currency == policy.currency:
        return Decimal(1)
    rate = asked.rate or known
    if rate is None:
        raise Failed(
            f"No exchange rate from {asked.currency} to {policy.currency} is recorded: give one"
            ' as "rate", or ask finance to publish one.'
        )
    return rate


def _words(told: dict[str, Any]) -> str:
    path = ", then ".join(" and ".join(step) for step in told["approvers"] + told["also"])
    best, currency = told["recommended"], told["currency"]
    lines = [f"To sign: {path}." if path else "Nobody signs: there is nothing to decide."]
    lines += [f"  {one['message']}" for one in told["objections"]]
    lines += [f"Recommended: {best['low']} to {best['high']} {currency}, {best['target']} for one."]
    lines += [f"  {one['step'].replace('_', ' ')}: {one['adds']}" for one in told["steps"]]
    policy = told["policy"]
    return "\n".join(
        [*lines, f"Compensation policy version {policy['version']}, as {policy['source']}."]
    )
