"""Orders by hand about a route: the reason and the end are asked for, and the switchboard is told."""

from collections.abc import Mapping
from typing import Any

from textual.app import App

from protos import routes_pb2
from tui.link import Link
from tui.moments import moment_of, said
from tui.screens.form import FormScreen, Line
from tui.tabs.route_tab import Route

_TITLES = {"out": "Take {} out", "in": "Bring {} back in", "probe": "Try {} now"}
_WORDS = {
    "out": "No call goes there, whatever its calls say, until then or until another order.",
    "in": "Without an end it is watched as before; with one it stays in until then, whatever its calls say.",
    "probe": "It is given its part of the calls until a batch is full, and judged by that.",
}
_UNTIL = Line("until", hint="+30m, +2h, +1d, 2026-11-20 18:00 (UTC); empty: until another order")
_WHY = Line("why", hint="the reason, for who reads the events")


async def give(app: App[Any], link: Link, order: str, route: Route, now_ms: int) -> str:
    """Ask why and until when, then give the order; return what was done, "" where the reader left it."""
    lines = (_WHY,) if order == "probe" else (_WHY, _UNTIL)
    named = f"{route.vendor} to {route.destination}"

    async def do(values: Mapping[str, str]) -> str:
        if not values["why"]:
            raise ValueError("say why: who reads the events wants to know")
        until_ms = moment_of(values.get("until", ""), now_ms)
        if until_ms is not None and until_ms <= now_ms:
            raise ValueError(f"{said(until_ms)} is over already")
        request = routes_pb2.RouteOrder(
            vendor=route.vendor, destination=route.destination, order=order, why=values["why"], until_ms=until_ms
        )
        return (await link.ask(lambda services: services.routes.Order, request)).what

    form = FormScreen(_TITLES[order].format(named), _WORDS[order], lines, do)
    return await app.push_screen_wait(form)
