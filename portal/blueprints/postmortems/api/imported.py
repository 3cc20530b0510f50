"""Post-mortems for programs: those written elsewhere."""

from flask import Response

from portal.core import clock
from portal.core.access import Permission
from portal.core.api import answer, call, read_query, shapes
from portal.core.web import require, viewer

from .. import queries
from ..models import ImportedPostmortem
from ..schemas import ImportedAsked, ImportedLine, ImportedOut, ImportedPage
from .blueprint import bp

PLAIN = ("reference", "key", "title", "title_derived", "company", "product", "url", "archive_url")
MOMENTS = ("started_on", "ended_on", "published_on", "started_at", "ended_at", "published_at")


@bp.get("/imported")
@require(Permission.POSTMORTEMS_READ)
@shapes(asks=ImportedAsked, gives=ImportedPage)
def imported_list() -> Response:
    """List the post-mortems written elsewhere that the caller may see, page by page."""
    return call(_page)


def _page() -> Response:
    asked = read_query(ImportedAsked)
    found = queries.imported_page(
        viewer(),
        text=asked.q,
        account=asked.account,
        now=clock.now(),
        cursor=asked.after,
        limit=asked.limit,
    )
    items = [
        ImportedLine(
            reference=line.reference,
            title=line.title,
            title_derived=line.title_derived,
            company=line.company,
            product=line.product,
            categories=line.categories,
            started_on=line.started_on,
            account=line.account_ref,
        )
        for line in found.rows
    ]
    return answer(ImportedPage(items=items, after=found.after))


@bp.get("/imported/<reference>")
@require(Permission.POSTMORTEMS_READ)
@shapes(gives=ImportedOut)
def imported_one(reference: str) -> Response:
    """Give one post-mortem written elsewhere, with its whole text."""
    return call(lambda: _one(queries.imported(viewer(), reference, now=clock.now())))


def _one(row: ImportedPostmortem) -> Response:
    account = queries.account_of_imported(row)
    out = ImportedOut(
        **{name: getattr(row, name) for name in (*PLAIN, *MOMENTS, "summary", "body")},
        categories=row.categories,
        keywords=row.keywords,
        account=account.reference if account else None,
        case=row.case_ref,
    )
    return answer(out)
