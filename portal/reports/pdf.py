"""From snapshot to PDF without loading WeasyPrint here: a process of its own does it, and can be
killed.
"""

import json

from portal.core import apart
from portal.reports.errors import BadSnapshot, Crashed, ReportError, TimedOut, TooLarge
from portal.reports.kinds import kind as kind_named
from portal.reports.limits import BOOK, Limits, check
from portal.reports.printed import Printed
from portal.reports.snapshot import look

__all__ = ["BadSnapshot", "Crashed", "Limits", "ReportError", "TimedOut", "TooLarge", "render"]

LANGUAGES = ("en", "fr", "it")
PAPERS = ("A4", "Letter")
DEFAULT = Limits()


def render(
    kind: str,
    snapshot: str,
    *,
    locale: str | None = None,
    paper: str | None = None,
    limits: Limits | None = None,
) -> Printed:
    """Make the PDF of a snapshot in `locale` (en, fr, it) on `paper` (A4, Letter), within `limits`
    (else those of its kind); what is not said here, the snapshot says.

    Raises BadSnapshot (not a snapshot of that kind, no such language or paper), TooLarge (too many
    characters or rows, told before anything is started, or no rung of the ladder fits), TimedOut,
    Crashed.
    """
    if locale is None or paper is None:
        kept = look(snapshot)
        locale, paper = locale or kept[0], paper or kept[1]
    if locale not in LANGUAGES or paper not in PAPERS:
        raise BadSnapshot(f"no language {locale!r:.20} or no paper {paper!r:.20}")
    limits = limits or (BOOK if kind_named(kind).bound else DEFAULT)
    check(snapshot, limits=limits)
    request = {
        "kind": kind,
        "locale": locale,
        "paper": paper,
        "memory": limits.memory,
        "cpu": limits.cpu,
        "wall": limits.wall,
    }
    made = run("portal.reports.render", request, snapshot, limits=limits)
    pages, _line, content = made.partition(b"\n")
    return Printed.of(content, pages=int(pages))


def run(module: str, request: dict[str, object], text: str, *, limits: Limits) -> bytes:
    """Run a module as a process with a request line and a text on its input; give its output or
    raise.
    """
    sent = json.dumps(request).encode() + b"\n" + text.encode("utf-8", "surrogatepass")
    try:
        return apart.run(module, sent, wall=limits.wall)
    except apart.OutOfTime as error:
        raise TimedOut(str(error)) from error
    except apart.Ended as error:
        kinds: dict[int, type[ReportError]] = {3: BadSnapshot, 4: TooLarge, 5: Crashed}
        raise kinds.get(error.code, Crashed)(str(error)) from error
