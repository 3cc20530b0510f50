"""The first page of each role."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.core.access import Permission
from portal.core.web import page, require

bp = Blueprint("home", __name__)


@bp.get("/")
@require(Permission.HOME)
def index() -> ResponseReturnValue:
    """My day."""
    return page("home/index.html")


@bp.get("/admin/")
@require(Permission.ADMIN_SEE)
def admin() -> ResponseReturnValue:
    """The menu of what runs the house; each entry belongs to its own room."""
    return page("home/admin.html")
