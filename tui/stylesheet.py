"""Style rules that are parsed once for a theme."""

from typing import Any, ClassVar

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_THEMES_KEPT = 4
_SOURCES_KEPT = 128


class ThemedStylesheet(Stylesheet):
    """Keeps the rules of each source under the variables they were parsed with.

    Textual's own parses all rules anew whenever a place is first seen or the theme changes: some 40 ms between a key
    and its screen. Rules are never changed once parsed, so all stylesheets of a process share them.
    """

    _kept: ClassVar[LRUCache[frozenset[tuple[str, str]], LRUCache[tuple[Any, ...], list[RuleSet]]]] = LRUCache(
        _THEMES_KEPT
    )

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._share()

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take other values of the variables; what was parsed with these before is there at once."""
        self._parse_cache = LRUCache(1)  # the one that Textual clears here: the shared one stays as it is
        super().set_variables(variables)
        self._share()

    def reparse(self) -> None:
        """Put the rules of all sources together, parsing those only that are new under these variables."""
        self.parse()

    def _share(self) -> None:
        key = frozenset(self._variables.items())
        parsed = self._kept.get(key)
        if parsed is None:
            self._kept[key] = parsed = LRUCache(_SOURCES_KEPT)
        self._parse_cache = parsed
