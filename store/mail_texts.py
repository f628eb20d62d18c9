"""What mail says: Jinja2 templates in its sandbox, ours, or an operator's own in <data>/templates/mail/<kind>.j2.

The first line is the subject, the rest the body. Templates are given the fields of `Told`, those of notices of rates
(rates-<language>.j2) the fields of `RatesTold`, those of answers to sheets (answer-<language>.j2) the fields of
store.notice_texts.AnswerTold.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from domain.credit import Notice, OnLimit
from domain.directory import Partner
from domain.money import decimal_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

TEST = "test"
"""The kind of the mail by which somebody tries the mail server."""
LONGEST = 20_000
"""Characters of a mail; a template of an operator's may have gone wild."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a template may say. Amounts are decimals in `currency`; `funds`: what a prepaid partner has left;
    `at`: UTC."""

    at: str
    partner: str = ""
    name: str = ""
    percent: int = 0
    owed: str = ""
    limit: str = ""
    left: str = ""
    funds: str = ""
    low_balance: str = ""
    currency: str = ""
    prepaid: bool = False
    suspends: bool = False
    reinstate_below: int = 100
    text: str = ""


@dataclass(frozen=True, slots=True)
class RatesTold:
    """What the mail of a notice of rates may say. `changes`: words and count of each kind; `first`: the day on which
    the first change begins, "" for none; `anew`: the client was told no rates of this plan before."""

    at: str
    name: str
    plan: str
    currency: str
    file: str
    rows: int
    changes: tuple[tuple[str, int], ...] = ()
    first: str = ""
    anew: bool = False
    comment: str = ""


def told_by(notice: Notice, terms: Partner | None) -> Told:
    """Return what there is to say of a notice; `terms` None: the partner is gone by now."""
    options = terms.options if terms is not None else None
    return Told(
        at=moment(notice.at_ms),
        partner=notice.partner,
        name=(terms.name if terms is not None else "") or notice.partner,
        percent=notice.percent,
        owed=decimal_text(notice.owed),
        limit=decimal_text(notice.limit),
        left=decimal_text(notice.limit - notice.owed),
        funds=decimal_text(-notice.owed),
        low_balance=decimal_text(options.low_balance) if options is not None else "",
        currency=notice.currency,
        prepaid=notice.prepaid,
        suspends=options is not None and options.on_limit is OnLimit.SUSPEND,
        reinstate_below=options.reinstate_below if options is not None else 100,
        text=notice.text,
    )


def moment(at_ms: int) -> str:
    """Return a moment (UTC ms) as mail gives it."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def mail_text(data: Path, kind: str, told: "DataclassInstance") -> tuple[str, str]:
    """Return subject and body. Where an operator's own template fails, ours speaks, and says that it did."""
    own = data / "templates" / "mail" / f"{kind}.j2"
    ours = files("store").joinpath("templates", "mail", f"{kind}.j2").read_text("utf-8")
    try:
        return _rendered(own.read_text("utf-8"), told)
    except FileNotFoundError:
        return _rendered(ours, told)
    except Exception as error:  # a template is a program: it may fail in any way
        subject, body = _rendered(ours, told)
        return subject, f"{body}\n({own} fails and was not used: {type(error).__name__}: {error})\n"


def _rendered(template: str, told: "DataclassInstance") -> tuple[str, str]:
    sandbox = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    text = sandbox.from_string(template).render(asdict(told))[:LONGEST]
    subject, _, body = text.partition("\n")
    return " ".join(subject.split())[:200], body.strip("\n") + "\n"
