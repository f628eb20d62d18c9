"""A part of a formula written as text again: what it was read from, but for spaces and needless brackets."""

from decimal import Decimal

from domain.formulas.tree import Binary, Call, Choice, Named, Node, Number, OneOf, Text, Unary

_BINDS = {"or": 1, "and": 2, "<": 4, "<=": 4, ">": 4, ">=": 4, "=": 4, "!=": 4, "+": 5, "-": 5, "*": 6, "/": 6}
"""How tight a sign binds; `not` stands between `and` and comparisons."""
_NOT, _MINUS, _ALONE = 3, 7, 8


def written(node: Node) -> str:
    """Return the text of a part; reading it gives an equal part."""
    match node:
        case Number():
            return f"{Decimal(repr(node.value)).normalize():f}"
        case Text():
            quote = "'" if '"' in node.value else '"'
            return f"{quote}{node.value}{quote}"
        case Named():
            return f"{node.name}({node.window})" if node.window else node.name
        case Unary():
            return f"not {_within(node.of, _NOT)}" if node.sign == "not" else f"-{_within(node.of, _MINUS)}"
        case Binary():
            binds = _BINDS[node.sign]
            left = binds + (binds == _BINDS["="])  # comparisons make no chains
            return f"{_within(node.left, left)} {node.sign} {_within(node.right, binds + 1)}"
        case OneOf():
            return f"{_within(node.of, _ALONE)} in ({', '.join(written(one) for one in node.values)})"
        case Choice():
            return f"if {written(node.condition)} then {written(node.then)} else {written(node.otherwise)}"
        case Call():
            return f"{node.function}({', '.join(written(one) for one in node.given)})"


def _within(node: Node, binds: int) -> str:
    text = written(node)
    return text if _tightness(node) >= binds else f"({text})"


def _tightness(node: Node) -> int:
    match node:
        case Binary():
            return _BINDS[node.sign]
        case Unary():
            return _NOT if node.sign == "not" else _MINUS
        case OneOf():
            return _BINDS["="]
        case Choice():
            return 0
        case _:
            return _ALONE
