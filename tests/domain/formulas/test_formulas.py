"""Formulas: what they say, what is refused, and that what is compiled equals a walk over the tree."""

import math
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.formulas.figures import FIGURES, FUNCTIONS
from domain.formulas.program import Asked, Value, condition_of, order_of, value_text
from domain.formulas.reading import read_condition, read_order
from domain.formulas.tree import Binary, Call, Choice, Direction, Kind, Named, Node, Number, OneOf, Text, Unary
from domain.formulas.words import RESERVED
from domain.quality_windows import MOST_CALLS, SPANS, Window, window_of

LEAST, MOST = Direction.LEAST, Direction.MOST


def wrong(text: str) -> str:
    with pytest.raises(InputError) as raised:
        order_of(text, "policy p")
    return str(raised.value)


def test_the_classic_example_is_price_first_and_on_equal_price_quality() -> None:
    order = order_of("price, then asr * acd / pdd_p50")
    assert [str(one) for one in order.asked] == ["price", "asr", "acd", "pdd_p50"]
    cheap_bad, cheap_good, dear = (0.02, 30.0, 90.0, 4.0), (0.02, 50.0, 90.0, 4.0), (0.03, 99.0, 200.0, 1.0)
    assert sorted([dear, cheap_bad, cheap_good], key=order.key) == [cheap_good, cheap_bad, dear]
    assert order.worth(cheap_good) == (0.02, 1125.0)


@pytest.mark.parametrize(
    ("text", "directions"),
    [
        ("price", [LEAST]),
        ("real_cost, asr", [LEAST, MOST]),
        ("asr * acd / real_cost", [MOST]),
        ("asr - 0.5 * price", [MOST]),
        ("-asr", [LEAST]),
        ("asr * -1", [LEAST]),
        ("asr * (1 - 2)", [LEAST]),
        ("price / (3 - 2 * 2)", [MOST]),
        ("asr * (0.5 + 0.5)", [MOST]),
        ("asr >= 35, price", [MOST, LEAST]),
        ("pdd_p95 <= 8, price", [MOST, LEAST]),
        ("least share", [LEAST]),
        ("most share then price", [MOST, LEAST]),
        ("if hour >= 18 then price else real_cost", [LEAST]),
        ("if asr > 40 then 0 else if acd > 60 then 1 else 2", [LEAST]),
        ("min(price, real_cost)", [LEAST]),
        ("clamp(asr, 20, 60)", [MOST]),
        ("not cli_guaranteed", [LEAST]),
    ],
)
def test_what_is_better_follows_from_the_figures(text: str, directions: list[Direction]) -> None:
    assert [term.direction for term in order_of(text).terms] == directions


@pytest.mark.parametrize(
    "text",
    [
        "share",
        "asr + price",
        "asr * price",
        "hour",
        "abs(margin)",
        "if hour > 3 then asr else price",
        "asr * min(-1, 2)",
        "asr * (if 1 > 2 then 1 else -1)",
    ],
)
def test_where_it_is_not_clear_what_is_better_the_writer_says_so(text: str) -> None:
    assert "Write least or most before it" in wrong(text)
    assert order_of(f"most {text}").terms[0].direction is MOST


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the end in column 1"),
        ("prise", "'prise' in column 1 is no figure. Did you mean price"),
        ("price asr", "'asr' in column 7 is not expected there. Put a sign or a comma"),
        ("price, asr * (acd", "the end in column 18 stands where ')' is expected"),
        ("asr < 35 %", "'%' in column 10. asr, ner and margin_pct are per cent already"),
        ("price ^ 2", "'^' in column 7. There are no powers"),
        ("price ** 2", "'*' in column 8 stands where a figure is expected"),
        ("asr.real", "'.' in column 4"),
        ("asr(2h)", "'2h' in column 5 is no window. Take one of 5m, 15m, 1h, 24h, 7d"),
        ("asr(251)", "up to 250 calls"),
        ("price(1h)", "'price' in column 1 is not counted over a window"),
        ("1 + 2", "the same for all vendors"),
        ("vendor", "is a text"),
        ("vendor + 1", "'+' takes a number; in column 1 stands vendor, a text"),
        ("if asr then price else 1", "Compare it: asr >= 35"),
        ("asr < acd < 3", "'<' in column 11 is a second comparison"),
        ("min(price)", "is given 1 values, it takes 2 to 8"),
        ("clamp(price, 1)", "it takes 3"),
        ('vendor = "kestrel', "A text stands between two quotes"),
        ("price, " * 9 + "asr", "10 terms: 8 are the most"),
        ("(" * 30 + "price" + ")" * 30, "in column 25 is within 24 others"),
        ("price + " * 70 + "price", "60 one within the other"),
        ("min(price, " + "1 * price, " * 7 + "1)", "it takes 2 to 8"),
        ("price" + " " * 1_000, "1,005 characters"),
        (f"price * {'9' * 400}", "is too large"),
        ("price # dear", "'#' in column 7. It has no meaning"),
        ("price in (1, asr)", "is no value"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_column(text: str, said: str) -> None:
    assert said.replace(": 8 are", ". 8 are") in wrong(text)
    assert wrong(text).startswith("policy p: ")


def test_a_condition_is_true_or_not() -> None:
    condition = condition_of('asr >= 35 and (acd >= 90 or vendor in ("kestrel", "savanna")) and not hour < 6')
    assert [str(one) for one in condition.asked] == ["asr", "acd", "vendor", "hour"]
    assert condition.holds((35.0, 60.0, "kestrel", 6.0))
    assert not condition.holds((34.9, 120.0, "kestrel", 6.0))
    assert not condition.holds((35.0, 60.0, "bluewire", 6.0))
    with pytest.raises(InputError, match="is a number, no condition"):
        condition_of("asr")


def test_windows_are_parts_of_what_is_asked() -> None:
    order = order_of("most asr(100 calls) - asr(24h) + asr(5) - asr")
    assert [one.window for one in order.asked] == [Window(calls=100), SPANS["24h"], Window(calls=5), None]
    assert [str(one) for one in order.asked] == ["asr(100 calls)", "asr(24h)", "asr(5 calls)", "asr"]


def test_windows_are_written_and_read_back() -> None:
    windows = [*SPANS.values(), Window(calls=1), Window(calls=MOST_CALLS)]
    assert [window_of(str(window)) for window in windows] == windows
    assert [window_of(text) for text in ("", "0", "251", "1w", "-5", "٣")] == [None] * 6


def test_what_cannot_be_worked_out_stands_last_and_never_fails() -> None:
    nothing = order_of("most asr / acd - asr / pdd_p50")
    endless, usual = nothing.key((50.0, 0.0, 0.0)), nothing.key((50.0, 100.0, 2.0))
    assert endless == (math.inf,)
    assert usual < endless
    assert order_of("log(minutes_today) * price").key((0.0, 0.0)) == (math.inf,)
    assert order_of("least round(price, weight)").key((0.5, 1e-320)) == (0.5,)


def test_every_figure_can_be_asked_and_says_what_it_is() -> None:
    for name, its in FIGURES.items():
        assert its.words, name
        if its.kind is Kind.NUMBER:
            assert order_of(f"most {name}").asked == (Asked(name),)
        if its.windowed:
            assert order_of(f"most {name}(1h)").asked == (Asked(name, SPANS["1h"]),)
    assert not FIGURES.keys() & FUNCTIONS.keys()
    assert not (FIGURES.keys() | FUNCTIONS.keys()) & RESERVED


numbers = st.one_of(st.integers(0, 1000).map(float), st.sampled_from([0.5, 0.0246, 1e6]))
asked = st.sampled_from(["price", "asr", "acd", "asr(1h)", "asr(100 calls)", "share", "weight"])


def _pair(inner: st.SearchStrategy[str], signs: str) -> st.SearchStrategy[str]:
    return st.tuples(inner, st.sampled_from(signs.split()), inner).map(lambda its: f"({its[0]} {its[1]} {its[2]})")


def _deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    truths = _pair(inner, "< <= > >= = !=")
    both = st.one_of(truths, _pair(truths, "and or"), truths.map(lambda one: f"(not {one})"))
    three = st.tuples(inner, inner, inner)
    return st.one_of(
        _pair(inner, "+ - * /"),
        inner.map(lambda one: f"(-{one})"),
        st.tuples(both, inner, inner).map(lambda its: f"(if {its[0]} then {its[1]} else {its[2]})"),
        three.map(lambda its: f"clamp({', '.join(its)})"),
        three.map(lambda its: f"min({', '.join(its)})"),
        inner.map(lambda one: f"log({one})"),
        inner.map(lambda one: f"abs({one})"),
    )


formulas = st.recursive(st.one_of(asked, numbers.map(str)), _deeper, max_leaves=12)


@given(formulas, st.lists(numbers, min_size=7, max_size=7))
def test_what_is_compiled_equals_a_walk_over_the_tree(text: str, values: list[float]) -> None:
    try:
        order = order_of(f"most {text}, weight")
    except InputError as refused:
        error = str(refused)
    else:
        error = ""
    if error:
        assert "same for all vendors" in error or "within" in error
        return
    given = values[: len(order.asked)]
    expected = walk(read_order(f"most {text}", "")[0].of, dict(zip(order.asked, given, strict=True)))
    assert isinstance(expected, float | int)
    got = order.worth(given)[0]
    assert got == expected or (math.isnan(got) and math.isnan(expected))
    assert not any(math.isnan(one) for one in order.key(given))


@given(st.text(alphabet="pricea s(+-*/<>=,)1.5h\"'%^_thenifelse", max_size=40))
def test_any_text_is_a_formula_or_refused_in_words(text: str) -> None:
    for read in (order_of, condition_of):
        with suppress(InputError):
            read(text)


@given(st.lists(st.integers(0, 2**53 - 1), min_size=2, max_size=10))
def test_prices_in_whole_units_keep_their_order_and_equality(units: list[int]) -> None:
    key = order_of("price").key
    assert sorted(units, key=lambda one: key((one / 10**8,))) == sorted(units)
    assert len({key((one / 10**8,)) for one in units}) == len(set(units))


def walk(node: Node, values: Mapping[Asked, Value]) -> Value:
    """What a formula is worth, word for word."""
    match node:
        case Number() | Text():
            return node.value
        case Named():
            return values[Asked(node.name, node.window)]
        case Unary("not"):
            return not walk(node.of, values)
        case Unary():
            return -number(node.of, values)
        case Binary("and"):
            return bool(walk(node.left, values)) and bool(walk(node.right, values))
        case Binary("or"):
            return bool(walk(node.left, values)) or bool(walk(node.right, values))
        case Binary():
            return reckoned(node.sign, number(node.left, values), number(node.right, values))
        case OneOf():
            return any(walk(node.of, values) == one.value for one in node.values)
        case Choice():
            return walk(node.then if walk(node.condition, values) else node.otherwise, values)
        case Call():
            return called(node.function, [number(one, values) for one in node.given])


def number(node: Node, values: Mapping[Asked, Value]) -> float:
    found = walk(node, values)
    assert not isinstance(found, str)
    return found


def reckoned(sign: str, one: float, other: float) -> Value:
    if sign == "/" and not other:
        return math.copysign(math.inf, one) if one else 0.0
    results: dict[str, Value] = {
        "+": one + other, "-": one - other, "*": one * other, "/": one / other if other else 0.0,
        "<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other,
        "=": one == other, "!=": one != other,
    }  # fmt: skip
    return results[sign]


def called(function: str, given: list[float]) -> float:
    if function == "log":
        return math.log(given[0]) if given[0] > 0 else -math.inf
    if function == "clamp":
        return min(max(given[0], given[1]), given[2])
    return abs(given[0]) if function == "abs" else min(given)


def test_a_condition_is_read_as_it_is_written() -> None:
    assert read_condition("asr > 1 or asr > 2 and asr > 3", "") == read_condition("asr > 1 or asr > 2 and asr > 3", "")
    root = read_condition("asr > 1 or asr > 2 and asr > 3", "")
    assert isinstance(root, Binary)
    assert root.sign == "or"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1_000_000.0, "1000000"), (-2_500_000.5, "-2500000"), (37.27091, "37.2709"), (0.0768, "0.0768"),
        (math.inf, "inf"), (True, "yes"), ("", "none"),
    ],
)  # fmt: skip
def test_a_value_is_written_without_powers_of_ten(value: Value, text: str) -> None:
    assert value_text(value) == text
