"""Words for the segments, industries and regions that most customers' data use."""

from portal.core.i18n import lazy_gettext

from ..models import Basis

CODES = {
    "enterprise": lazy_gettext("large enterprise"),
    "mid market": lazy_gettext("mid-sized company"),
    "small business": lazy_gettext("small business"),
    "smb": lazy_gettext("small business"),
    "public sector": lazy_gettext("public sector"),
    "aerospace": lazy_gettext("aerospace"),
    "agriculture": lazy_gettext("agriculture"),
    "automotive": lazy_gettext("automotive"),
    "banking": lazy_gettext("banking"),
    "chemicals": lazy_gettext("chemicals"),
    "construction": lazy_gettext("construction"),
    "consulting": lazy_gettext("consulting"),
    "education": lazy_gettext("education"),
    "energy": lazy_gettext("energy"),
    "entertainment": lazy_gettext("entertainment"),
    "finance": lazy_gettext("finance"),
    "food": lazy_gettext("food"),
    "government": lazy_gettext("government"),
    "health care": lazy_gettext("health care"),
    "healthcare": lazy_gettext("health care"),
    "hospitality": lazy_gettext("hospitality"),
    "insurance": lazy_gettext("insurance"),
    "leisure": lazy_gettext("leisure"),
    "logistics": lazy_gettext("logistics"),
    "manufacturing": lazy_gettext("manufacturing"),
    "media": lazy_gettext("media"),
    "mining": lazy_gettext("mining"),
    "pharmaceuticals": lazy_gettext("pharmaceuticals"),
    "professional services": lazy_gettext("professional services"),
    "retail": lazy_gettext("retail"),
    "shipbuilding": lazy_gettext("shipbuilding"),
    "technology": lazy_gettext("technology"),
    "telecommunications": lazy_gettext("telecommunications"),
    "trade": lazy_gettext("trade"),
    "transportation": lazy_gettext("transport"),
    "utilities": lazy_gettext("utilities"),
    "north": lazy_gettext("North"),
    "south": lazy_gettext("South"),
    "east": lazy_gettext("East"),
    "west": lazy_gettext("West"),
}


BASES = {
    Basis.BOOKED: lazy_gettext("booked"),
    Basis.INVOICED: lazy_gettext("invoiced"),
    Basis.RECOGNISED: lazy_gettext("recognised"),
    Basis.COLLECTED: lazy_gettext("collected"),
}


def code_words(code: str | None) -> str:
    """Give the reader's word for a segment, an industry or a region; one of the house's own stays
    as it is.
    """
    known = CODES.get((code or "").replace("_", " ").replace("-", " ").strip().casefold())
    return str(known) if known is not None else code or ""
