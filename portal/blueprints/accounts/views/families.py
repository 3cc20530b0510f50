"""Doors to what accounts of one family are to us together."""

from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import K, Permission
from portal.core.web import page, require, viewer

from .. import queries
from ..rules.codes import BASES
from .base import bp
from .worth import why_words


@bp.get("/<reference>/family")
@require(Permission.ACCOUNTS_READ)
def family(reference: str) -> ResponseReturnValue:
    """Show the family of an account: each sum, and the members it is made of."""
    now = clock.now()
    account = queries.get(viewer(), reference, now=now, klass=K.CONFIDENTIAL)
    found = queries.family(viewer(), account, now=now)
    return page(
        "accounts/family.html", account=account, found=found, bases=BASES, why_words=why_words
    )
