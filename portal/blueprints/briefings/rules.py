"""Who may open an issue, and what its classification is."""

from portal.core.access import Actor, K, Subject, sees

WORDS = {K.INTERNAL: "internal", K.CONFIDENTIAL: "confidential", K.RESTRICTED: "restricted"}


def classification(klass: K) -> str:
    """Give the word for the highest class of field that an issue holds."""
    return WORDS[klass]


def may_open(viewer: Actor, *, reader_id: int, author_id: int | None, klass: K) -> bool:
    """Say whether the viewer may read the content: its reader, or its author where they may read that class."""
    if viewer.id is None:
        return False
    own = viewer.id == author_id and sees(viewer, Subject.BRIEFING, klass=klass, related=True)
    return viewer.id == reader_id or own
