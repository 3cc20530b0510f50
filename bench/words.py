"""What the people and companies of a measurement are called and say."""

PLACES = (  # noqa: SIM905 - a list of words reads better so
    "North South Alpine Baltic Rhine Loire Adria Tagus Nordic Iberian Vienna Lyon Torino"
).split()
THINGS = (  # noqa: SIM905 - a list of words reads better so
    "Retail Logistics Energy Foods Telecom Bank Rail Pharma Media Water Steel Insurance"
).split()
FORMS = ("SA", "GmbH", "SpA", "Ltd", "AB", "NV", "SARL")
SEGMENTS, COUNTRIES = ("enterprise", "mid-market", "small"), ("FR", "IT", "DE", "ES", "GB", "SE")
WORDS = (
    "We were promised the fix for the third time and nothing happened. "
    "If the invoices are not right by the end of the month we shall leave, "
    "and our lawyers will ask for the damage of the two days in September. "
)
DEMANDS = (
    "Correct the invoices of the third quarter and confirm it in writing",
    "Bring the service back and explain what happened on Tuesday",
    "Name one person who answers for the migration",
    "Let us leave without the notice period",
)
