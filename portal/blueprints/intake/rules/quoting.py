"""What somebody newly wrote, apart from the older mail below it: English, French, Italian."""

import re
from typing import NamedTuple

QUOTE = re.compile(r"^[ \t]*>")
OPENS = re.compile(r"^[ \t]*(?:on|le|il|in data|am)\b", re.IGNORECASE)
WROTE = re.compile(
    r"(?:\bwrote|\bwrites|\ba écrit|\ba ecrit|\bécrivait|\ba répondu|\bha scritto|\bscrive"
    r"|\bschrieb.{0,120})[ \t\u00a0\u202f]?:[ \t]*$",
    re.IGNORECASE,
)
ORIGINAL = re.compile(
    r"^[ \t]*-{2,}[ \t]*(?:original message|message d['’]origine|messaggio originale"
    r"|original appointment)[ \t]*-{2,}[ \t]*$",
    re.IGNORECASE,
)
FORWARDED = re.compile(
    r"^[ \t]*(?:-{2,}[ \t]*(?:forwarded message|message transféré|messaggio inoltrato"
    r"|forwarded by .{0,120})[ \t]*-{2,}|begin forwarded message:|début du message réexpédié :"
    r"|inizio messaggio inoltrato:)[ \t]*$",
    re.IGNORECASE,
)
RULE = re.compile(r"^[ \t]*_{10,}[ \t]*$")
SENDER = re.compile(
    r"^[ \t*]*(?:from|de|da|expéditeur|mittente)[ \t\u00a0\u202f*]*:", re.IGNORECASE
)
OTHER_LINE = re.compile(
    r"^[ \t*]*(?:sent|date|to|cc|subject|envoyé(?: le)?|à|a|objet|inviato|data|oggetto)"
    r"[ \t\u00a0\u202f*]*:",
    re.IGNORECASE,
)
ANSWERING = re.compile(
    r"^\s*(?:re|r|rif|rép|rep|tr|i|fw|fwd|aw|wg)\s*(?:\[\d+\])?\s*:", re.IGNORECASE
)
LONGEST_LINE = 400
LINES_OF_INTRODUCTION = 4
LINES_OF_HEADER = 8


class Cut(NamedTuple):
    """A text in two: what is new, and what was quoted (in the order it stood)."""

    new: str
    quoted: str


def own_subject(subject: str) -> str:
    """Give the subject of a mail if its sender chose it: an answer has that of the older mail."""
    return "" if ANSWERING.match(subject[:LONGEST_LINE]) else subject


def cut(text: str) -> Cut:
    """Part what is new from the older mail it answers. What is passed on (forwarded) is new: its
    sender wants it read; so is everything where nothing else is.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    new: list[str] = []
    quoted: list[str] = []
    place = 0
    while place < len(lines):
        if FORWARDED.match(lines[place][:LONGEST_LINE]):
            new += lines[place:]
            break
        if _begins_older(lines, place, any(line.strip() for line in new)):
            quoted += lines[place:]
            break
        length = _introduction(lines, place)
        if length:
            quoted += lines[place : place + length]
            place += length
            if not _quotes_next(lines, place):
                quoted += lines[place:]
                break
            continue
        (quoted if QUOTE.match(lines[place]) else new).append(lines[place])
        place += 1
    words = "\n".join(new).strip("\n")
    if not words.strip():
        return Cut(text, "")
    return Cut(re.sub(r"\n{3,}", "\n\n", words) if quoted else words, "\n".join(quoted).strip("\n"))


def _begins_older(lines: list[str], place: int, below_words: bool) -> bool:
    """Say whether an older mail with its own head begins here; one that stands at the very top is
    all there is.
    """
    line = lines[place][:LONGEST_LINE]
    if ORIGINAL.match(line):
        return True
    if not below_words:
        return False
    if RULE.match(line):
        following = next((p for p in range(place + 1, len(lines)) if lines[p].strip()), None)
        return following is not None and _is_head(lines, following)
    return _is_head(lines, place)


def _is_head(lines: list[str], place: int) -> bool:
    if not SENDER.match(lines[place][:LONGEST_LINE]):
        return False
    near = lines[place + 1 : place + LINES_OF_HEADER]
    return sum(bool(OTHER_LINE.match(line[:LONGEST_LINE])) for line in near) >= 2


def _introduction(lines: list[str], place: int) -> int:
    """Give over how many lines "On … wrote:" goes here, 0 where it does not stand here."""
    if not OPENS.match(lines[place][:LONGEST_LINE]):
        return 0
    for length in range(1, LINES_OF_INTRODUCTION + 1):
        last = lines[place + length - 1 : place + length]
        if not last or not last[0].strip() or QUOTE.match(last[0]):
            return 0
        if WROTE.search(last[0][-LONGEST_LINE:]):
            return length
    return 0


def _quotes_next(lines: list[str], place: int) -> bool:
    following = next((line for line in lines[place:] if line.strip()), "")
    return bool(QUOTE.match(following))
