"""The line above a list: the names of the screen's lists, and at the right what is shown and how old it is."""

from textual.content import Content
from textual.widgets import Static

from tui import formats


class Caption(Static):
    """One line."""

    def show(self, names: list[str], active: int, right: str, trouble: str) -> None:
        """Show the names, the active one marked by a sign as well as by weight."""
        parts: list[tuple[str, str]] = []
        gap = "  " if sum(len(name) + 3 for name in names) + len(right) + 2 <= self.size.width else " "
        for index, name in enumerate(names):
            here = index == active
            if len(names) > 1:
                parts.append(("▾" if here else " ", "$accent"))
            parts.append((name, "bold $strong" if here else "$dim"))
            parts.append((gap, ""))
        left = Content.assemble(" ", *parts)
        end = Content.styled(f"▲ {formats.plain(trouble)}", "$warning") if trouble else Content.styled(right, "$dim")
        room = self.size.width - left.cell_length - 1
        if end.cell_length > room and trouble:
            end = end.truncate(max(0, room), ellipsis=True)
        elif end.cell_length > room:
            end = Content.styled(last_words(right, room), "$dim")
        self.update(Content.assemble(left, " " * max(0, room - end.cell_length), end))


def last_words(text: str, room: int) -> str:
    """Return as much of the end as fits, in whole words: how old the list is stands last, and stays."""
    words = text.split(" ")
    age = text.rpartition(" · ")[2]
    whole = [" ".join(words[at:]).removeprefix("· ") for at in range(len(words) - age.count(" "))]
    return next(
        (one for one in (*whole, age.removesuffix(" old"), words[-1] if age == "just now" else "") if len(one) <= room),
        "",
    )
