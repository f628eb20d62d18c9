"""What a formula is made of. `column` is where it stands in the text, 1 the first."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.quality_windows import Window


class Kind(StrEnum):
    """What a part of a formula is: a number, a truth, or a text that is compared only."""

    NUMBER = "number"
    TRUTH = "truth"
    TEXT = "text"


class Direction(StrEnum):
    """Which end of a term stands first."""

    LEAST = "least"
    MOST = "most"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written."""

    value: float
    column: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes."""

    value: str
    column: int


@dataclass(frozen=True, slots=True)
class Named:
    """A figure by its name; `window`: over which calls, None: over the policy's own."""

    name: str
    window: Window | None
    column: int


@dataclass(frozen=True, slots=True)
class Unary:
    """`-` of a number or `not` of a truth."""

    sign: str
    of: "Node"
    column: int


@dataclass(frozen=True, slots=True)
class Binary:
    """Two parts with `+ - * / < <= > >= = != and or` between them."""

    sign: str
    left: "Node"
    right: "Node"
    column: int


@dataclass(frozen=True, slots=True)
class OneOf:
    """`x in ("a", "b")`."""

    of: "Node"
    values: "tuple[Text | Number, ...]"
    column: int


@dataclass(frozen=True, slots=True)
class Choice:
    """`if condition then x else y`."""

    condition: "Node"
    then: "Node"
    otherwise: "Node"
    column: int


@dataclass(frozen=True, slots=True)
class Call:
    """One of the functions with what it is given."""

    function: str
    given: "tuple[Node, ...]"
    column: int


Node: TypeAlias = Number | Text | Named | Unary | Binary | OneOf | Choice | Call


@dataclass(frozen=True, slots=True)
class Term:
    """One part of an order; `direction` None: what is better follows from its figures."""

    of: Node
    direction: Direction | None
    column: int


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts that a part is made of, in the order of the text."""
    match node:
        case Unary():
            return (node.of,)
        case Binary():
            return node.left, node.right
        case OneOf():
            return (node.of, *node.values)
        case Choice():
            return node.condition, node.then, node.otherwise
        case Call():
            return node.given
        case _:
            return ()
