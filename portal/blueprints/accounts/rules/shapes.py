"""The shapes of files that we know, and reading a row of one."""

from collections.abc import Sequence
from datetime import date

from portal.blueprints.policies.rules.value import Limits

from ..models import Basis, ImportMapping
from . import columns
from . import mapping as maps

SHAPES = {
    ImportMapping.SALESFORCE: maps.Shape(
        ImportMapping.SALESFORCE,
        # A file of opportunities has ID, NAME and TYPE as well: it must not pass for accounts.
        needs=("ID", "NAME", "TYPE", "INDUSTRY", "BILLINGCOUNTRY"),
        reads=("BILLINGSTATE", "ISDELETED", "PARENTID"),
        basis=None,
        read=maps.read_salesforce,
        source=ImportMapping.SALESFORCE.value,
    ),
    ImportMapping.TELCO: maps.Shape(
        ImportMapping.TELCO,
        needs=("customerID", "tenure", "Contract", "MonthlyCharges", "TotalCharges", "Churn"),
        reads=("InternetService",),
        basis=Basis.INVOICED,
        read=maps.read_subscriber,
        source=ImportMapping.TELCO.value,
    ),
    **{mapping: columns.shape_of(one, mapping) for mapping, one in columns.SHIPPED.items()},
}


def missing(header: Sequence[str], shape: maps.Shape) -> list[str]:
    """Give the columns that a shape needs and the header does not have."""
    there = {name.casefold() for name in header}
    return [name for name in shape.needs if name.casefold() not in there]


def twice(header: Sequence[str], shape: maps.Shape) -> list[str]:
    """Give the columns that are read and stand in the header more than once."""
    names = [name.casefold() for name in header]
    return [name for name in shape.needs + shape.reads if names.count(name.casefold()) > 1]


def guess(header: Sequence[str]) -> ImportMapping:
    """Give the shape that a header fits best: the fewest of its needed columns missing."""
    return min(SHAPES, key=lambda m: len(missing(header, SHAPES[m])) / len(SHAPES[m].needs))


def read_row(
    header: Sequence[str],
    cells: Sequence[str],
    *,
    shape: maps.Shape,
    currency: str,
    limits: Limits,
    today: date,
) -> maps.Stage | maps.Faults | None:
    """Give what a row says as plain JSON, all that is wrong with it, or None where it is to be left
    out.
    """
    if len(cells) != len(header):
        return (maps.Fault("", str(len(cells)), "cells"),)
    named = {name.casefold(): cell for name, cell in zip(header, cells, strict=True)}
    asked = maps.Cells(named, currency, limits, today)
    read = shape.read(asked)
    return read if read is None else tuple(asked.faults) or read
