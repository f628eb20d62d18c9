"""A promise to a client as its policies make it, and which of it can be measured in the client's own calls.

`keep` chooses vendors by their figures. What the client gets is measured against the same condition where its figures
mean something of the client's calls too; a policy may promise floors of the client's own instead (`sla_asr` …).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from domain.errors import InputError
from domain.formulas.checking import parts_of
from domain.formulas.program import Condition, condition_of
from domain.formulas.tree import Binary, Call, Choice, Named, Node, OneOf, Unary
from domain.formulas.writing import written
from domain.policies.policy import Policy

BUCKETS_S = {"15m": 900, "1h": 3_600, "24h": 86_400}
"""Stretches of time in each of which a promise is to be kept; they begin at whole multiples of their length, UTC."""
USUAL_BUCKET, LEAST_CALLS = "1h", 20
MOST_LEAST_CALLS = 100_000
MEASURED = frozenset(
    ("asr", "ner", "acd", "pdd_p50", "pdd_p95", "short_pct", "attempts", "minutes", "asr_low", "asr_high")
)
"""Figures that a client's own calls have. `client_asr` and its like mean the same."""
_OWN = (
    ("sla_asr", "asr >= {:g}"),
    ("sla_ner", "ner >= {:g}"),
    ("sla_acd", "acd >= {:g}"),
    ("sla_pdd", "pdd_p50 <= {:g}"),
)
"""Fields of a policy that promise in the client's own terms, and as which condition."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a client is promised. `measured`: conditions that its own calls of each bucket are to keep, all of them;
    `unmeasured`: what is said of vendors alone, which holds as long as no call goes without it; `keep` as written.

    Buckets with fewer than `least_calls` tell nothing.
    """

    keep: str
    measured: tuple[str, ...]
    unmeasured: tuple[str, ...]
    bucket_s: int
    least_calls: int

    @property
    def words(self) -> str:
        """The promise in the policy's words."""
        return " and ".join((*self.measured, *self.unmeasured))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The measured parts, ready to be asked."""
        return tuple(condition_of(text) for text in self.measured)


@lru_cache(maxsize=4096)
def promise_of(policies: tuple[Policy, ...]) -> Promise | None:
    """Return what policies that lie one over the other promise, None for nothing. A floor of 0 takes one away.

    Raises InputError for one that was not checked.
    """
    own = tuple(words.format(value) for name, words in _OWN if (value := _last(policies, name)))
    keep = str(_last(policies, "keep") or "")
    if not own and not keep:
        return None
    measured, unmeasured = (own, ()) if own else split_parts(keep)
    bucket, least = _last(policies, "sla_bucket"), _last(policies, "sla_least_calls")
    return Promise(keep, measured, unmeasured, BUCKETS_S[str(bucket or USUAL_BUCKET)], int(least or LEAST_CALLS))


def split_parts(keep: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the parts of a condition, joined by `and`, that a client's calls can be measured against, and the others.

    Windows are left out of the first: they are measured in each bucket. Raises InputError.
    """
    measured: list[str] = []
    unmeasured: list[str] = []
    for part in _conjuncts(condition_of(keep).root):
        named = [one for one in parts_of(part) if isinstance(one, Named)]
        if all(_own_name(one.name) in MEASURED for one in named):
            measured.append(written(_of_client(part)))
        else:
            unmeasured.append(written(part))
    return tuple(measured), tuple(unmeasured)


def check_promise(policy: Policy, where: str) -> None:
    """Raise InputError for a promise that cannot be made."""
    for name in ("sla_asr", "sla_ner"):
        value = getattr(policy, name)
        if value is not None and not 0 <= value <= 100:
            raise InputError(f"{name} {value:g}", where=where, mend="Give per cent, 0 to 100; 0 for none.")
    for name in ("sla_acd", "sla_pdd"):
        value = getattr(policy, name)
        if value is not None and not 0 <= value <= 86_400:
            raise InputError(f"{name} {value:g}", where=where, mend="Give seconds, 0 to 86,400; 0 for none.")
    if policy.sla_bucket and policy.sla_bucket not in BUCKETS_S:
        raise InputError(
            f"{policy.sla_bucket!r} is no bucket", where=where, mend=f"Take one of {', '.join(BUCKETS_S)}."
        )
    least = policy.sla_least_calls
    if least is not None and not 1 <= least <= MOST_LEAST_CALLS:
        raise InputError(f"sla_least_calls {least}", where=where, mend=f"Give 1 to {MOST_LEAST_CALLS:,}.")


def _last(policies: Sequence[Policy], name: str) -> float | int | str | None:
    """Return what the last policy says that says something: 0 is something, too."""
    for policy in reversed(policies):
        value: float | int | str | None = getattr(policy, name)
        if value not in (None, ""):
            return value
    return None


def _conjuncts(node: Node) -> list[Node]:
    if isinstance(node, Binary) and node.sign == "and":
        return [*_conjuncts(node.left), *_conjuncts(node.right)]
    return [node]


def _own_name(name: str) -> str:
    return name.removeprefix("client_")


def _of_client(node: Node) -> Node:
    """Return a part with its figures as the client's calls of one bucket have them."""
    match node:
        case Named():
            return replace(node, name=_own_name(node.name), window=None)
        case Unary() | OneOf():
            return replace(node, of=_of_client(node.of))
        case Binary():
            return replace(node, left=_of_client(node.left), right=_of_client(node.right))
        case Choice():
            then, otherwise = _of_client(node.then), _of_client(node.otherwise)
            return Choice(_of_client(node.condition), then, otherwise, node.column)
        case Call():
            return replace(node, given=tuple(_of_client(one) for one in node.given))
        case _:
            return node
