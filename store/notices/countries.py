"""What countries are called in sheets: as destinations are in the reference book, in English."""

from babel import Locale

_ENGLISH = Locale("en").territories


def country_name(country: str) -> str:
    """Return the name of a country (ISO 3166 alpha-2); "" for what belongs to none."""
    return _ENGLISH.get(country, country) if len(country) == 2 else ""
