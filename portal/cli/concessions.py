"""Commands about compensation: what a request would need, without a secret, or even a database."""

from __future__ import annotations

import gc
import json
import os
from typing import TYPE_CHECKING, Any

import click

from .base import Failed, portal, published_policy, say

if TYPE_CHECKING:
    from decimal import Decimal

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

    found = published_policy(CompensationPolicy)
    policy, number = found or (shipped(CompensationPolicy), 0)
    wanted = found is not None and asked.currency != policy.currency and asked.rate is None
    known = _known_rate(asked.currency, policy.currency) if wanted else None
    return policy, number, _rate(asked, policy, known)


def _known_rate(currency: str, target: str) -> Decimal | None:
    """Give what a unit of a currency is worth by the table of rates; None where it says nothing.

    Only who asks in a foreign currency waits for the mapped classes to load.
    """
    import sqlalchemy as sa
    from flask import Flask

    from portal.blueprints.concessions import queries
    from portal.config import database_url, engine_options
    from portal.core import clock, db

    app = Flask("parley")
    url = app.config["SQLALCHEMY_DATABASE_URI"] = database_url(os.environ)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.db.init_app(app)
    try:
        with app.app_context():
            db.prepare_engine(db.db.engine)
            with db.looking():
                known = queries.rate_to(currency, target, now=clock.now())
    except sa.exc.DatabaseError as error:
        raise Failed(f"The database does not answer: {error.orig}") from error
    return None if known is None else known[0]


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
