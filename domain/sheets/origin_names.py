"""The name of an origin group, however a sheet or an operator writes it: both must mean the same callers."""

from domain.origins import INVALID, REST
from domain.sheets.heading_words import name_of

_ANY = frozenset("any any-caller any-origin all all-callers all-origins default base standard".split())
_REST = frozenset(
    "row rest-of-world rest-of-the-world rest other others other-origins other-countries all-other all-others "
    "reste-du-monde resto-del-mundo resto-del-mondo resto-do-mundo rest-der-welt ubrige-welt остальнои-мир".split()
)
_INVALID = frozenset(
    "invalid invalid-cli invalid-a-number invalid-a invalid-origin no-cli without-cli unknown-cli no-a-number "
    "unknown-a-number missing-cli missing-a-number anonymous".split()
)


def origin_name(text: str) -> str:
    """Return the name of an origin group: lower case with dashes; REST, INVALID, and "" for any caller by any word.

    What is told by what it is not ("Non-EEA") keeps its name: who is in it depends on what other groups there are.
    """
    name = name_of(text)
    if name in _ANY:
        return ""
    return REST if name in _REST else INVALID if name in _INVALID else name
