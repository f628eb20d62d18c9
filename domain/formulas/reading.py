"""Reading a formula: words become a tree. The grammar, loosest first:

order      := term (("," | "then" | ", then") term)*
term       := ["least" | "most"] expression
expression := "if" expression "then" expression "else" expression | or
or         := and ("or" and)*
and        := not ("and" not)*
not        := "not" not | comparison
comparison := sum [("<" | "<=" | ">" | ">=" | "=" | "!=") sum | "in" "(" value ("," value)* ")"]
sum        := product (("+" | "-") product)*
product    := sign (("*" | "/") sign)*
sign       := "-" sign | primary
primary    := number | text | function "(" … ")" | figure ["(" window ")"] | "(" expression ")"
"""

from domain.errors import InputError
from domain.formulas.figures import FIGURES, FUNCTIONS, figure
from domain.formulas.tree import Binary, Call, Choice, Direction, Named, Node, Number, OneOf, Term, Text, Unary
from domain.formulas.words import Sort, Word, words_of
from domain.quality_windows import MOST_CALLS, SPANS, Window, window_of

DEEPEST = 24
"""Parts within parts at most."""
MOST_TERMS = 8
LARGEST = 1e12
_COMPARED = ("<", "<=", ">", ">=", "=", "!=")


def read_order(text: str, where: str) -> tuple[Term, ...]:
    """Read what routes are ordered by: terms, of which the first counts, on equals the next. Raises InputError."""
    reader = _Reader(text, where)
    terms = [reader.term()]
    while reader.takes(",", "then"):
        reader.takes("then")
        terms.append(reader.term())
    reader.ends()
    if len(terms) > MOST_TERMS:
        raise InputError(f"{len(terms)} terms", where=where, mend=f"{MOST_TERMS} are the most.")
    return tuple(terms)


def read_condition(text: str, where: str) -> Node:
    """Read what is to be true of a vendor. Raises InputError."""
    reader = _Reader(text, where)
    node = reader.expression()
    reader.ends()
    return node


class _Reader:
    """Goes through the words once. Invariant: `depth` is how many expressions the reader is within."""

    def __init__(self, text: str, where: str) -> None:
        self._where, self._words, self._at, self._depth = where, words_of(text, where), 0, 0

    @property
    def _word(self) -> Word:
        return self._words[self._at]

    def takes(self, *texts: str) -> Word | None:
        """Take the next word if it is one of these."""
        word = self._word
        if word.sort in (Sort.SIGN, Sort.RESERVED) and word.text in texts:
            self._at += 1
            return word
        return None

    def ends(self) -> None:
        """Raise InputError where more is written."""
        if self._word.sort is not Sort.END:
            raise self._wrong(self._word, "is not expected there", _missing(self._word))

    def term(self) -> Term:
        """Read one term of an order."""
        column = self._word.column
        word = self.takes("least", "most")
        return Term(self.expression(), Direction(word.text) if word else None, column)

    def expression(self) -> Node:
        """Read an expression."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(self._word, f"is within {DEEPEST} others", "Write it simpler.")
        found = self._choice() if self._word.text == "if" and self._word.sort is Sort.RESERVED else self._either()
        self._depth -= 1
        return found

    def _choice(self) -> Node:
        column = self._needs("if").column
        condition = self.expression()
        self._needs("then")
        then = self.expression()
        self._needs("else")
        return Choice(condition, then, self.expression(), column)

    def _either(self) -> Node:
        node = self._both()
        while word := self.takes("or"):
            node = Binary("or", node, self._both(), word.column)
        return node

    def _both(self) -> Node:
        node = self._not()
        while word := self.takes("and"):
            node = Binary("and", node, self._not(), word.column)
        return node

    def _not(self) -> Node:
        signs = []
        while word := self.takes("not"):
            signs.append(word)
        node = self._comparison()
        for word in reversed(signs):
            node = Unary("not", node, word.column)
        return node

    def _comparison(self) -> Node:
        node = self._sum()
        if word := self.takes(*_COMPARED):
            node = Binary(word.text, node, self._sum(), word.column)
            if again := self.takes(*_COMPARED):
                raise self._wrong(again, "is a second comparison", "Write a < b and b < c.")
        elif word := self.takes("in"):
            node = OneOf(node, self._values(), word.column)
        return node

    def _values(self) -> tuple[Text | Number, ...]:
        self._needs("(")
        values = [self._value()]
        while self.takes(","):
            values.append(self._value())
        self._needs(")")
        return tuple(values)

    def _value(self) -> Text | Number:
        found = self._primary()
        if not isinstance(found, Text | Number):
            raise self._wrong(self._words[self._at - 1], "is no value", 'Write in ("a", "b").')
        return found

    def _sum(self) -> Node:
        node = self._product()
        while word := self.takes("+", "-"):
            node = Binary(word.text, node, self._product(), word.column)
        return node

    def _product(self) -> Node:
        node = self._signed()
        while word := self.takes("*", "/"):
            node = Binary(word.text, node, self._signed(), word.column)
        return node

    def _signed(self) -> Node:
        signs = []
        while word := self.takes("-"):
            signs.append(word)
        node = self._primary()
        for word in reversed(signs):
            node = Unary("-", node, word.column)
        return node

    def _primary(self) -> Node:
        word = self._word
        if self.takes("("):
            node = self.expression()
            self._needs(")")
            return node
        self._at += word.sort is not Sort.END
        if word.sort is Sort.NUMBER:
            return self._number(word)
        if word.sort is Sort.TEXT:
            return Text(word.text[1:-1], word.column)
        if word.sort is Sort.NAME:
            return self._call(word) if word.text in FUNCTIONS else self._figure(word)
        mend = "A window belongs to a figure: asr(1h)." if word.sort is Sort.WINDOW else "Write a figure or a number."
        raise self._wrong(word, "stands where a figure is expected", mend)

    def _number(self, word: Word) -> Number:
        value = float(word.text)
        if value > LARGEST:
            raise self._wrong(word, "is too large", f"{LARGEST:,.0f} is the largest number.")
        return Number(value, word.column)

    def _call(self, word: Word) -> Node:
        self._needs("(")
        given = [self.expression()]
        while self.takes(","):
            given.append(self.expression())
        self._needs(")")
        return Call(word.text, tuple(given), word.column)

    def _figure(self, word: Word) -> Node:
        known = figure(word.text, self._where, word.column)
        if not self.takes("("):
            return Named(known.name, None, word.column)
        if not known.windowed:
            raise self._wrong(word, "is not counted over a window", f"Write {word.text} alone.")
        window = self._window(word)
        self._needs(")")
        return Named(known.name, window, word.column)

    def _window(self, figure: Word) -> Window:
        word = self._word
        text = word.text
        self._at += word.sort is not Sort.END
        if word.sort is Sort.NUMBER and self._word.text in ("call", "calls"):
            self._at += 1
        found = window_of(text) if word.sort in (Sort.NUMBER, Sort.WINDOW) else None
        if found is None:
            mend = f"Take one of {', '.join(SPANS)}, or up to {MOST_CALLS} calls: {figure.text}(100 calls)."
            raise self._wrong(word, "is no window", mend)
        return found

    def _needs(self, text: str) -> Word:
        word = self._word
        if self.takes(text) is None:
            raise self._wrong(word, f"stands where {text!r} is expected", "")
        return word

    def _wrong(self, word: Word, what: str, mend: str) -> InputError:
        return InputError(f"{word.said} in column {word.column} {what}", where=self._where, mend=mend)


def _missing(word: Word) -> str:
    if word.sort is Sort.NAME and word.text in FIGURES:
        return "Put a sign or a comma before it."
    return ""
