"""Formulas made ready: an order or a condition that is asked of some vendors at each call, in microseconds.

What was read and checked is written anew as Python, of arithmetic on the values of figures alone, and compiled once.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from domain.errors import InputError
from domain.formulas.checking import check_condition, check_terms, parts_of
from domain.formulas.figures import FIGURES
from domain.formulas.reading import read_condition, read_order
from domain.formulas.tree import Binary, Call, Choice, Direction, Named, Node, Number, OneOf, Term, Text, Unary
from domain.quality_windows import Window

Value: TypeAlias = float | bool | str
Key: TypeAlias = tuple[float, ...]
"""By it vendors are sorted, the least first."""


MANY, MOST = 1e5, 1e15
"""Numbers from one until the other are written to the whole."""


def value_text(value: Value) -> str:
    """Write the value of a figure for people: yes and no, six digits of a number, a large one to the whole."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value or "none"
    return f"{value:.6g}" if abs(value) < MANY or abs(value) >= MOST else f"{value:.0f}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A figure that a formula asks for; `window` None: over the policy's own."""

    name: str
    window: Window | None = None

    def __str__(self) -> str:
        return f"{self.name}({self.window})" if self.window else self.name

    @property
    def example(self) -> Value:
        """A value that it may have."""
        return FIGURES[self.name].example


@dataclass(frozen=True, slots=True)
class Order:
    """What routes are sorted by. `asked`: the figures whose values are given, in this order.

    Invariant: each value of a key is a number, never NaN, so that any two keys compare.
    """

    text: str
    asked: tuple[Asked, ...]
    terms: tuple[Term, ...]
    _key: Callable[[Sequence[Value]], Key]
    _each: tuple[Callable[[Sequence[Value]], float], ...]

    def key(self, values: Sequence[Value]) -> Key:
        """Return where a vendor stands among others, from the values of `asked`."""
        found = self._key(values)
        for value in found:
            if value != value:  # infinity minus infinity, say: such a vendor stands behind all others
                return tuple([math.inf if one != one else one for one in found])
        return found

    def worth(self, values: Sequence[Value]) -> tuple[float, ...]:
        """Return the value of each term as it is written, for people to read."""
        return tuple([float(term(values)) for term in self._each])


@dataclass(frozen=True, slots=True)
class Condition:
    """What is to be true of a vendor. `asked` as of Order; "" is true of all."""

    text: str
    asked: tuple[Asked, ...]
    root: Node
    _holds: Callable[[Sequence[Value]], bool]

    def holds(self, values: Sequence[Value]) -> bool:
        """Say whether it is true, from the values of `asked`."""
        return bool(self._holds(values))


@lru_cache(maxsize=1024)
def order_of(text: str, where: str = "") -> Order:
    """Make an order of its text. Raises InputError: what is wrong, in which column, how to mend it."""
    return _order(text, check_terms(read_order(text, where), where), where)


@lru_cache(maxsize=1024)
def proportion_of(text: str, where: str = "") -> Order:
    """Make an order of one term, of which `worth` is asked: each has a part by how much it is. Raises InputError as
    `order_of` does, and where there are several."""
    terms = read_order(text, where)
    if len(terms) > 1:
        raise InputError(f"the term in column {terms[1].column} is one too many", where=where, mend="Give one.")
    (term,) = terms
    if term.direction is not None:
        mend = "Leave it out: who has more of it has the larger part; 1 / cost turns it."
        raise InputError(f"{term.direction.value!r} in column {term.column} is not expected", where=where, mend=mend)
    return _order(text, check_terms((Term(term.of, Direction.MOST, term.column),), where), where)


def _order(text: str, terms: tuple[Term, ...], where: str) -> Order:
    asked = _asked([term.of for term in terms])
    places = {one: place for place, one in enumerate(asked)}
    sources = [_source(term.of, places) for term in terms]
    signed = [
        f"-({one})" if term.direction is Direction.MOST else f"+({one})"
        for one, term in zip(sources, terms, strict=True)
    ]
    order = Order(text, asked, terms, _compiled(f"({', '.join(signed)},)"), tuple(_compiled(one) for one in sources))
    _tried(lambda: order.key([one.example for one in asked]), where)
    return order


@lru_cache(maxsize=1024)
def condition_of(text: str, where: str = "") -> Condition:
    """Make a condition of its text. Raises InputError as `order_of` does."""
    root = check_condition(read_condition(text, where), where)
    asked = _asked([root])
    places = {one: place for place, one in enumerate(asked)}
    condition = Condition(text, asked, root, _compiled(_source(root, places)))
    _tried(lambda: condition.holds([one.example for one in asked]), where)
    return condition


def _asked(nodes: Sequence[Node]) -> tuple[Asked, ...]:
    named = [part for node in nodes for part in parts_of(node) if isinstance(part, Named)]
    return tuple(dict.fromkeys(Asked(part.name, part.window) for part in named))


def _tried(value: Callable[[], object], where: str) -> None:
    try:
        value()
    except (ArithmeticError, ValueError, TypeError) as error:
        mend = "Try it with smaller numbers."
        raise InputError(f"it cannot be worked out: {error}", where=where, mend=mend) from error


def _source(node: Node, places: dict[Asked, int]) -> str:
    """Write a part as Python. Texts stand as literals; names of figures become places in the values given."""
    match node:
        case Number() | Text():
            return repr(node.value)
        case Named():
            return f"v[{places[Asked(node.name, node.window)]}]"
        case Unary():
            return f"({node.sign} {_source(node.of, places)})"
        case Binary("/"):
            return f"_div({_source(node.left, places)}, {_source(node.right, places)})"
        case Binary():
            sign = {"=": "=="}.get(node.sign, node.sign)
            return f"({_source(node.left, places)} {sign} {_source(node.right, places)})"
        case OneOf():
            return f"({_source(node.of, places)} in ({', '.join(repr(one.value) for one in node.values)},))"
        case Choice():
            condition, then = _source(node.condition, places), _source(node.then, places)
            return f"({then} if {condition} else {_source(node.otherwise, places)})"
        case Call():
            return f"_{node.function}({', '.join(_source(one, places) for one in node.given)})"


def _divided(one: float, other: float) -> float:
    """Divide; by nothing: endless, or nothing of nothing."""
    if other:
        return one / other
    return math.copysign(math.inf, one) if one else 0.0


def _logarithm(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _clamped(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _rounded(value: float, step: float = 1.0) -> float:
    steps = value / step if step else math.inf
    return math.floor(steps + 0.5) * step if math.isfinite(steps) else value


_KNOWN = {
    "__builtins__": {},
    "_div": _divided,
    "_min": min,
    "_max": max,
    "_clamp": _clamped,
    "_abs": abs,
    "_log": _logarithm,
    "_round": _rounded,
}


def _compiled(source: str) -> Callable[[Sequence[Value]], Any]:
    made: Callable[[Sequence[Value]], Any] = eval(f"lambda v: {source}", dict(_KNOWN))  # noqa: S307  # written above, of a checked tree
    return made
