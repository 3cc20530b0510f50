"""The words a case is tagged with."""

from collections.abc import Iterable

from portal.core.i18n import _

LONGEST_TAG = 40
MOST_TAGS = 20


def tag_of(word: str) -> str:
    """Give a tag as it is kept: small letters, single spaces."""
    return " ".join(word.split()).lower()


def tags_of(words: Iterable[str]) -> tuple[str, ...]:
    """Give some tags as they are kept, each once; what is empty is none."""
    return tuple(dict.fromkeys(filter(None, map(tag_of, words))))


def tag_objection(tag: str) -> str:
    """Say what is wrong with a tag; nothing where it is fine."""
    if not tag or len(tag) > LONGEST_TAG:
        return _("A tag has between 1 and %(n)s characters.", n=LONGEST_TAG)
    return ""


def tags_objection(tags: Iterable[str]) -> str:
    """Say what is wrong with the tags of a case; nothing where they are fine."""
    kept = list(tags)
    wrong = next(filter(None, map(tag_objection, kept)), "")
    if not wrong and len(kept) > MOST_TAGS:
        return _("A case has at most %(n)s tags.", n=MOST_TAGS)
    return wrong
