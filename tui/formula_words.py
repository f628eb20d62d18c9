"""What the formula editor tells of a formula: what it means and is worth in an example, or what is wrong with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.suggester import Suggester

from protos import policies_pb2 as pb
from tui import formats

FIELDS = ("order", "only", "keep")
MEANINGS = {
    "order": "routes are sorted by it: the first term decides, on equals the next",
    "only": "who may carry the call at all",
    "keep": "what is promised to the client",
}
_LAST_NAME = re.compile(r"[a-z_][a-z0-9_]*$")
_SHORTEST = 2
"""So many letters are completed."""


MOST_OFFERED = 3


@dataclass(frozen=True, slots=True)
class Known:
    """A figure or function that formulas may name, and what it is."""

    name: str
    words: str


class FigureNames(Suggester):
    """Completes the figure that is being typed, in the middle of a formula, and knows what each of them is."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.known: Sequence[Known] = ()

    def learn(self, found: pb.PolicyFigures) -> None:
        """Take over what formulas may name."""
        self.known = sorted(
            [Known(one.name, one.words) for one in found.figures]
            + [Known(name, words) for name, words in found.functions.items()],
            key=lambda one: one.name,
        )

    async def get_suggestion(self, value: str) -> str | None:
        """Return the formula with its last word completed; None where it is no beginning of a figure."""
        begun = _begun(value)
        found = next((one.name for one in self.known if begun and one.name.startswith(begun) and one.name != begun), "")
        return value + found[len(begun) :] if found else None

    def offered(self, value: str) -> Sequence[Known]:
        """Return what the last word may become: the beginnings first, then what has it within."""
        begun = _begun(value)
        if not begun:
            return ()
        within = [one for one in self.known if begun in one.name]
        return sorted(within, key=lambda one: (one.name != begun, not one.name.startswith(begun)))[:MOST_OFFERED]


def offer(known: Sequence[Known]) -> Content:
    """Say what figures are, one a line."""
    return Content("\n").join(
        Content.assemble((f"  {one.name:<16} ", "$primary"), (formats.plain(one.words), "$dim")) for one in known
    )


def _begun(value: str) -> str:
    begun = _LAST_NAME.search(value)
    return begun[0] if begun is not None and len(begun[0]) >= _SHORTEST else ""


def meaning(text: str, field: str, found: pb.FormulaCheck) -> Content:
    """Say what a formula means; or point at the column in which it means nothing."""
    if found.error:
        return _wrong(text, found)
    parts: list[tuple[str, str]] = [("✓ ", "bold $success"), (f"{MEANINGS[field]}\n", "$dim")]
    for rank, term in enumerate(found.terms, 1):
        parts += [
            (f"  {rank} ", "$dim"),
            (f"{term.direction:<5} ", "$accent"),
            (f"{formats.plain(term.text):<40} ", "$strong"),
            (f"{term.worth:>14.8g}\n", "$foreground"),
        ]
    if found.HasField("holds"):
        sign = ("true", "$success") if found.holds else ("false", "$warning")
        parts += [("  in the example it is ", "$dim"), sign, ("\n", "")]
    if found.figures:
        read = ", ".join(f"{one.name} {one.example}" for one in found.figures)
        parts += [("  example: ", "$dim"), (formats.plain(read), "$foreground")]
    return Content.assemble(*parts)


def _wrong(text: str, found: pb.FormulaCheck) -> Content:
    parts: list[tuple[str, str]] = [("✕ ", "bold $error"), (f"{formats.plain(found.error)}\n", "$error")]
    if found.column:
        parts += [(f"  {formats.plain(text)}\n", "$foreground"), (f"  {' ' * (found.column - 1)}▲\n", "bold $error")]
    return Content.assemble(*parts, (formats.plain(found.mend), "$dim"))
