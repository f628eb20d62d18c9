"""One figure with its name above and a note below."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class Tile(Widget):
    """Name, figure, note: three lines. The figure is the loudest thing on the screen."""

    figure: reactive[str] = reactive("–")
    note: reactive[str] = reactive("")
    tone: reactive[str] = reactive("$strong")

    def __init__(self, title: str, *, id: str) -> None:
        super().__init__(id=id)
        self.title = title

    def show(self, figure: str, note: str = "", tone: str = "$strong", title: str = "") -> None:
        """Show another figure; `tone` is a theme colour and only repeats what figure and note say."""
        self.title = title or self.title
        self.figure, self.note, self.tone = figure, note, tone
        self.refresh()

    def render(self) -> Content:
        """Draw the three lines."""
        figure = self.figure
        if len(figure) > self.size.width - 1:  # a large amount on a narrow screen: the minor unit goes first
            figure = figure.partition(".")[0]
        return Content.assemble((self.title, "$dim"), "\n", (figure, f"bold {self.tone}"), "\n", (self.note, "$dim"))
