"""The last two lines: what the keys do here, and where the number keys lead."""

from textual.content import Content
from textual.widget import Widget

PLACES = (
    ("1", "Board", "board"),
    ("2", "Calls", "calls"),
    ("3", "Quality", "quality"),
    ("4", "Routes", "routes"),
    ("5", "Sheets", "sheets"),
    ("6", "Plans", "plans"),
    ("8", "CDRs", "cdrs"),
    ("m", "Money", "money"),
    ("c", "Cluster", "cluster"),
)
"""Key, name and mode of each screen."""
_ELSEWHERE = (("j", "jobs"), ("^P", "all"), ("?", "keys"))
_SIGNS = {
    "slash": "/", "question_mark": "?", "escape": "Esc", "enter": "⏎", "space": "Space", "greater_than_sign": ">",
    "left": "←", "right": "→", "tab": "Tab",
}  # fmt: skip


def sign(key: str) -> str:
    """Return what is printed on a key: "slash" -> "/", "ctrl+r" -> "^R"."""
    if key.startswith("ctrl+"):
        return "^" + key.removeprefix("ctrl+").upper()
    return _SIGNS.get(key, key)


class KeyBar(Widget):
    """Reads the bindings that are active on its screen, so it can never name a key that does nothing."""

    def on_mount(self) -> None:
        """Draw again whenever other keys become active."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.refresh())

    def render(self) -> Content:
        """Draw both lines for the room there is."""
        return Content("\n").join([self._keys(), self._places()])

    def _keys(self) -> Content:
        parts: list[tuple[str, str]] = []
        room = self.size.width - 1
        for key, active in self.screen.active_bindings.items():
            if not active.binding.show:
                continue
            text = f" {active.binding.description}  "
            shown = active.binding.key_display or sign(key)
            room -= len(shown) + len(text)
            if room < 0:
                break
            # what cannot be done here is greyed, so that its key is found where it can
            parts += [(shown, "bold $accent" if active.enabled else "$faint")]
            parts += [(text, "$foreground" if active.enabled else "$faint")]
        return Content.assemble(" ", *parts)

    def _places(self) -> Content:
        words = [f" {name} " for _key, name in _ELSEWHERE]
        used = sum(len(key) + len(name) + 3 for key, name, _mode in PLACES)
        tight = used + sum(len(key) for key, _name in _ELSEWHERE) + len("".join(words)) > self.size.width
        gap, most = ("", self._letters()) if tight else (" ", 99)
        left = Content("")
        for key, name, mode in PLACES:
            here = self.app.current_mode == mode
            style = "bold $strong on $chosen" if here else "$dim"
            left = Content.assemble(left, ("▸" if here else " ", "$accent"), (f"{key} {name[:most]}", style), gap)
        keys = [(key, " " if tight else word) for (key, _name), word in zip(_ELSEWHERE, words, strict=True)]
        right = Content.assemble(*[part for key, word in keys for part in ((key, "bold $accent"), word)])
        return Content.assemble(left, " " * max(1, self.size.width - left.cell_length - right.cell_length), right)

    def _letters(self) -> int:
        """Return how many letters of each name there is room for beside the keys that work everywhere."""
        room = self.size.width - 1 - sum(len(key) + 1 for key, _name in _ELSEWHERE)
        longest = max(len(name) for _key, name, _mode in PLACES)
        fits = (
            most
            for most in range(longest, 1, -1)
            if sum(len(key) + 2 + len(name[:most]) for key, name, _mode in PLACES) <= room
        )
        return next(fits, 1)
