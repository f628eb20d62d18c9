"""What a formula means, and whether it may: kinds of its parts, what of it is better, and how much of it there is."""

from collections.abc import Iterator

from domain.errors import InputError
from domain.formulas.figures import FIGURES, FUNCTIONS
from domain.formulas.tree import (
    Binary,
    Call,
    Choice,
    Direction,
    Kind,
    Named,
    Node,
    Number,
    OneOf,
    Term,
    Text,
    Unary,
    children,
)

MOST_PARTS, HIGHEST = 200, 60
"""Parts of a formula, and parts one within the other, at most: each vendor of each call costs some 20 ns a part."""
_TRUTHS = ("and", "or")
_ORDERS = ("<", "<=", ">", ">=")


def check_terms(terms: tuple[Term, ...], where: str) -> tuple[Term, ...]:
    """Return the terms, each with its direction. Raises InputError where one has none, or means nothing."""
    _bound([term.of for term in terms], where)
    checked = []
    for term in terms:
        kind = kind_of(term.of, where)
        if kind is Kind.TEXT:
            raise InputError(f"the term in column {term.column} is a text", where=where, mend="Compare it with one.")
        if not any(isinstance(part, Named) for part in parts_of(term.of)):
            mend = "Name a figure in it, or leave it out."
            raise InputError(f"the term in column {term.column} is the same for all vendors", where=where, mend=mend)
        checked.append(Term(term.of, term.direction or _direction(term, where), term.column))
    return tuple(checked)


def check_condition(node: Node, where: str) -> Node:
    """Return a condition that is one. Raises InputError where it is a number or a text."""
    _bound([node], where)
    kind = kind_of(node, where)
    if kind is not Kind.TRUTH:
        mend = "Compare it with something: asr >= 35."
        raise InputError(f"what begins in column {node.column} is a {kind}, no condition", where=where, mend=mend)
    return node


def parts_of(node: Node) -> Iterator[Node]:
    """Yield a part and all that it is made of, in the order of the text."""
    yield node
    for child in children(node):
        yield from parts_of(child)


def _bound(nodes: list[Node], where: str) -> None:
    """Raise InputError where a formula is too long or too deep: level by level, for depth is what is in question."""
    count = height = 0
    level = list(nodes)
    while level:
        count, height = count + len(level), height + 1
        if count > MOST_PARTS or height > HIGHEST:
            mend = f"{MOST_PARTS} parts are the most, {HIGHEST} one within the other."
            raise InputError("the formula is too long", where=where, mend=mend)
        level = [child for node in level for child in children(node)]


def kind_of(node: Node, where: str) -> Kind:
    """Return what a part is. Raises InputError where something of it is given what it does not take."""
    match node:
        case Number():
            return Kind.NUMBER
        case Text():
            return Kind.TEXT
        case Named():
            return FIGURES[node.name].kind
        case Unary():
            wanted = Kind.TRUTH if node.sign == "not" else Kind.NUMBER
            _want(node.of, wanted, node.sign, where)
            return wanted
        case Binary():
            return _binary(node, where)
        case OneOf():
            kind = kind_of(node.of, where)
            for value in node.values:
                _want(value, kind, "in", where)
            return Kind.TRUTH
        case Choice():
            _want(node.condition, Kind.TRUTH, "if", where)
            kind = kind_of(node.then, where)
            _want(node.otherwise, kind, "else", where)
            return kind
        case Call():
            return _call(node, where)


def _binary(node: Binary, where: str) -> Kind:
    if node.sign in _TRUTHS:
        _want(node.left, Kind.TRUTH, node.sign, where)
        _want(node.right, Kind.TRUTH, node.sign, where)
        return Kind.TRUTH
    if node.sign in ("=", "!="):
        _want(node.right, kind_of(node.left, where), node.sign, where)
        return Kind.TRUTH
    _want(node.left, Kind.NUMBER, node.sign, where)
    _want(node.right, Kind.NUMBER, node.sign, where)
    return Kind.TRUTH if node.sign in _ORDERS else Kind.NUMBER


def _call(node: Call, where: str) -> Kind:
    least, most, words = FUNCTIONS[node.function]
    if not least <= len(node.given) <= most:
        much = f"{least}" if least == most else f"{least} to {most}"
        what = f"{node.function!r} in column {node.column} is given {len(node.given)} values, it takes {much}"
        raise InputError(what, where=where, mend=f"{node.function}: {words}.")
    for given in node.given:
        _want(given, Kind.NUMBER, node.function, where)
    return Kind.NUMBER


def _want(node: Node, wanted: Kind, by: str, where: str) -> None:
    kind = kind_of(node, where)
    if kind is not wanted:
        name = f"{node.name}, " if isinstance(node, Named) else ""
        mend = "Compare it: asr >= 35." if wanted is Kind.TRUTH and kind is Kind.NUMBER else ""
        what = f"{by!r} takes a {wanted}; in column {node.column} stands {name}a {kind}"
        raise InputError(what, where=where, mend=mend)


def _direction(term: Term, where: str) -> Direction:
    if _is_place(term.of):
        return Direction.LEAST
    better = _better(term.of)
    if not better:
        mend = "Write least or most before it."
        raise InputError(
            f"which end of the term in column {term.column} is better is not clear", where=where, mend=mend
        )
    return Direction.MOST if better > 0 else Direction.LEAST


def _is_place(node: Node) -> bool:
    """Say whether plain numbers are chosen from: "if … then 0 else 1" names places, and 0 stands before 1."""
    if isinstance(node, Choice):
        return all(isinstance(one, Number) or _is_place(one) for one in (node.then, node.otherwise))
    return False


def _better(node: Node) -> int | None:
    """Return 1 where more of a part is better, -1 where less is, 0 where nothing is, None where that is unclear."""
    match node:
        case Named():
            return FIGURES[node.name].better
        case Unary():
            return _turned(_better(node.of))
        case Binary("and" | "or") | Binary("+"):
            return _both(_better(node.left), _better(node.right))
        case Binary("-"):
            return _both(_better(node.left), _turned(_better(node.right)))
        case Binary("*" | "/"):
            return _product(node)
        case Binary(">" | ">="):
            return _both(_better(node.left), _turned(_better(node.right)))
        case Binary("<" | "<="):
            return _both(_turned(_better(node.left)), _better(node.right))
        case Choice():
            return _both(_better(node.then), _better(node.otherwise))
        case Call("abs"):
            return None if _better(node.given[0]) != 0 else 0
        case Call():
            found: int | None = 0
            for given in node.given:
                found = _both(found, _better(given))
            return found
        case _:
            return 0


def _product(node: Binary) -> int | None:
    right = _better(node.right)
    found = _both(_better(node.left), _turned(right) if node.sign == "/" else right)
    for factor in (node.left, node.right):
        value = _constant(factor)
        if value is None:
            return None
        found = _turned(found) if value < 0 else found
    return found


def _constant(node: Node) -> float | None:
    """Return the value of sums and products of numbers, None of what else has no figure in it; 1 of all with one:
    figures are taken to be above zero."""
    match node:
        case Number():
            return node.value
        case Unary("-"):
            its = _constant(node.of)
            return its if its is None or not _is_constant(node.of) else -its
        case _ if not _is_constant(node):
            return 1.0
        case Binary("+" | "-" | "*" | "/"):
            left, right = _constant(node.left), _constant(node.right)
            if left is None or right is None or (node.sign == "/" and not right):
                return None
            return {"+": left + right, "-": left - right, "*": left * right, "/": left / (right or 1.0)}[node.sign]
        case _:
            return None


def _is_constant(node: Node) -> bool:
    return not any(isinstance(part, Named) for part in parts_of(node))


def _both(one: int | None, other: int | None) -> int | None:
    if one is None or other is None or one * other < 0:
        return None
    return one or other


def _turned(better: int | None) -> int | None:
    return None if better is None else -better
