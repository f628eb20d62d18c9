"""What two machines say to each other before one joins the other: whether they are of one program, and who is who.

The first machine writes it into Ray's own store, where one that is no part of the cluster yet can read it with the
cluster's token.
"""

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from ray.experimental.internal_kv import _internal_kv_put

from actors.home import Home
from actors.program import program

KEY, SPACE = b"greeting", b"switchboard"
ANSWER_S = 5.0
LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the first machine is: its program, and the machines that its settings name, itself first."""

    program: str
    machines: tuple[str, ...]

    def pack(self) -> bytes:
        """Return it as JSON: programs that are not the same must read it all the same."""
        return json.dumps({"program": self.program, "machines": self.machines}).encode()

    @classmethod
    def unpack(cls, said: bytes) -> "Greeting":
        """Read it; one of another shape is that of a program which is none of ours."""
        try:
            plain = json.loads(said)
            return cls(str(plain["program"]), tuple(map(str, plain["machines"])))
        except (ValueError, KeyError, TypeError):
            return cls("", ())


@dataclass(frozen=True, slots=True)
class Present:
    """A part of the cluster: the machine it says it is, and where it answers.

    `name` is what this part alone is called, `since_ms` when it joined, by its machine's clock.
    """

    machine: str
    address: str
    port: int
    name: str = ""
    since_ms: int = 0

    def answers(self) -> bool:
        """Return whether it is there still: one that was just lost is named for some seconds more."""
        try:
            socket.create_connection((self.address, self.port), LOOK_S).close()
        except OSError:
            return False
        return True


def greet(home: Home) -> None:
    """Say at the first machine, within the cluster, what it is."""
    greeting = Greeting(program(), tuple(home.settings.machines()))
    _internal_kv_put(KEY, greeting.pack(), overwrite=True, namespace=SPACE)  # Ray has no public name for its store


def refusal(greeting: Greeting | None, machine: str, present: Iterable[Present], ours: str) -> str:
    """Return why a machine whose program is `ours` cannot join under a name, in a sentence; "": it can."""
    if greeting is None:
        return "the first machine is not ready yet, or its program is older than this one"
    if greeting.program != ours:
        return (
            "the first machine runs another program than this one: what they tell each other would be misread. "
            "Install the same on both; this one joins by itself then"
        )
    first, *others = greeting.machines
    if machine == first:
        return f"{machine} is the first machine itself. Give this one the name that [[node]] or [[shard]] machine says"
    if machine not in others:
        named = ", ".join(others) or "none"
        return f"the first machine's settings do not name {machine} (they name: {named}). See [[node]] and [[shard]]"
    there = next((one for one in present if one.machine == machine and one.answers()), None)
    return taken(there) if there is not None else ""


def taken(by: Present) -> str:
    """Return in a sentence that a machine's name is another one's."""
    return f"{by.machine} has joined already, from {by.address}. Stop `join` there, or give another name"


def earlier(present: Iterable[Present], name: str) -> Present | None:
    """Return the part that joined before the one called `name`, as the same machine, and answers; None: none did.

    Of two, each of which looks, exactly one finds the other.
    """
    there = list(present)
    ours = next((one for one in there if one.name == name), None)
    if ours is None:
        return None
    former = (one for one in there if one.machine == ours.machine)
    return next((it for it in former if (it.since_ms, it.name) < (ours.since_ms, ours.name) and it.answers()), None)
