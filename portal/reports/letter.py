"""A letter as PDF, without loading WeasyPrint here: the very words that were mailed."""

import json
from dataclasses import asdict, dataclass

from portal.reports.limits import Limits
from portal.reports.pdf import run

LIMITS = Limits(characters=60_000)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that was sent: title and reference, who writes, its language (BCP 47), its text with
    an empty line between paragraphs, when (ISO 8601, UTC), and the writer's logo (a PNG as base64,
    empty where there is none).
    """

    title: str
    reference: str
    house: str
    language: str
    text: str
    made: str
    logo: str = ""


def print_letter(letter: Letter, *, limits: Limits = LIMITS) -> bytes:
    """Make the PDF of a letter in a process of its own; the same letter gives the same bytes.

    Raises TooLarge, TimedOut, Crashed.
    """
    bounds: dict[str, object] = {
        "memory": limits.memory, "cpu": limits.cpu, "wall": limits.wall,
    }  # fmt: skip
    return run("portal.reports.letter_render", bounds, json.dumps(asdict(letter)), limits=limits)
