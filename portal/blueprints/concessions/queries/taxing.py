"""How what is given is taxed, and whether revenue accounting has signed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.auth.models import LegalEntity
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy, Treatment
from portal.core.access import Role
from portal.core.db import db
from portal.core.money import Money, from_minor

from .. import rules
from ..models import Approval, Concession, ConcessionPart, Form, Ground, Move, Movement
from . import assessing, finding

M = Movement
REVENUE_SEAT = f"revenue:{Role.FINANCE.value}"


@dataclass(frozen=True)
class Taxed:
    """What was delivered and reversed in a month, by legal entity, form and tax treatment; tax is
    None where finance has not decided it.
    """

    entity: str | None
    form: Form
    tax: str | None
    delivered: Money
    reversed: Money


def policies_of(number: int) -> tuple[CompensationPolicy, ...]:
    """Give the policy that a request was decided under, then the one in force."""
    policy, current = policy_queries.in_force(CompensationPolicy)
    if number == current:
        return (policy,)
    return policy_queries.numbered(CompensationPolicy, number), policy


def tax_of(
    form: Form,
    ground: Ground,
    *,
    number: int,
    known: dict[int, tuple[CompensationPolicy, ...]] | None = None,
) -> str | None:
    """Give how a form on a ground is taxed, as the policy that it was decided under says it, else
    the one in force; None where neither does. `known` keeps the policies from row to row of a list.
    """
    known = {} if known is None else known
    if number not in known:
        known[number] = policies_of(number)
    found = rules.treatment(form, ground, policies=known[number])
    return None if found is None else found.tax


def treatments(
    parts: Sequence[ConcessionPart], *, policies: Sequence[CompensationPolicy]
) -> dict[int, Treatment | None]:
    """Give how each part of a compensation is taxed, by its id."""
    return {one.id: rules.treatment(one.form, one.ground, policies=policies) for one in parts}


def touches_revenue(row: Concession, parts: Sequence[ConcessionPart]) -> bool:
    """Say whether revenue accounting signs before these parts are delivered: under the policy of
    the request or the one in force.
    """
    policies = policies_of(row.policy_number)
    account = account_queries.by_id(row.account_id)
    request = assessing.request_of(
        row, parts, account, rate=row.rate or Decimal(1), policy=policies[-1]
    )
    return rules.touches_revenue(request, policies=policies)


def revenue_signature(row: Concession, signed: Sequence[Approval] | None = None) -> Approval | None:
    """Give the signature of finance on a compensation as it stands, None while there is none;
    `signed` are all signatures on it, where they are known already.
    """
    every = finding.living(row, signed)
    found = [one for one in every if one.seat.endswith(f":{Role.FINANCE.value}")]
    return found[-1] if found else None


def taxed(period: str) -> list[Taxed]:
    """Give what was delivered and reversed in a month by legal entity, form and tax treatment."""
    query = (
        sa.select(
            LegalEntity.name, M.form, M.ground, M.currency, M.move, Concession.policy_number,
            sa.func.sum(M.amount_minor).label("total"),
        )
        .join(Concession, Concession.id == M.concession_id)
        .outerjoin(LegalEntity, LegalEntity.id == M.legal_entity_id)
        .where(M.period == period, M.move.in_((Move.DELIVERED, Move.REVERSED)))
        .group_by(LegalEntity.name, M.form, M.ground, M.currency, M.move, Concession.policy_number)
    )  # fmt: skip
    sums: dict[tuple[str | None, Form, str | None, str], dict[Move, int]] = {}
    known: dict[int, tuple[CompensationPolicy, ...]] = {}
    for row in db.session.execute(query):
        tax = tax_of(row.form, row.ground, number=row.policy_number, known=known)
        here = sums.setdefault((row.name, row.form, tax, row.currency), {})
        here[row.move] = here.get(row.move, 0) + int(row.total)
    ordered = sorted(
        sums, key=lambda key: (key[0] is None, key[0] or "", key[3], list(Form).index(key[1]))
    )
    return [
        Taxed(
            entity=entity,
            form=form,
            tax=tax,
            delivered=from_minor(sums[entity, form, tax, code].get(Move.DELIVERED, 0), code),
            reversed=from_minor(sums[entity, form, tax, code].get(Move.REVERSED, 0), code),
        )
        for entity, form, tax, code in ordered
    ]
