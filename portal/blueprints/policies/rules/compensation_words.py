"""The reader's words for names that only the compensation policy uses."""

from portal.core.i18n import lazy_gettext

COMPENSATION_NAMES = {
    "service_credit": lazy_gettext("service credit"),
    "refund": lazy_gettext("refund"),
    "discount": lazy_gettext("discount"),
    "training": lazy_gettext("training"),
    "service_hours": lazy_gettext("service hours"),
    "apology_only": lazy_gettext("apology only"),
    "owed": lazy_gettext("owed by contract"),
    "direct_loss": lazy_gettext("direct loss"),
    "effort": lazy_gettext("inconvenience and effort"),
    "goodwill": lazy_gettext("goodwill gesture"),
    "price_reduced": lazy_gettext("lowers the price: credit note with the tax of its invoice"),
    "price_agreed": lazy_gettext("a lower price: the next invoice and its tax are lower"),
    "damages": lazy_gettext("makes good a loss: outside the scope of value added tax"),
    "free_service": lazy_gettext("free of charge for our business: no tax becomes due"),
    "no_supply": lazy_gettext("nothing is supplied: no tax"),
}
