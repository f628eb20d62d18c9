"""A share with the interval in which it truly lies, drawn on a line from 0 to 100: by signs, not by colour."""


def interval(low: float, value: float, high: float, width: int) -> str:
    """Draw per cents on `width` cells: ━ up to the interval, ├──●──┤ the interval and the value in it, · beyond.

    Where the interval is narrower than three cells only the value's ● stands.
    """
    first, at, last = (_cell(one, width) for one in (low, value, high))
    cells = ["━" if cell < at else "·" for cell in range(width)]
    for cell in range(first, last + 1):
        cells[cell] = "─"
    if last - first >= 2:
        cells[first], cells[last] = "├", "┤"
    cells[at] = "●"
    return "".join(cells)


def _cell(value: float, width: int) -> int:
    return max(0, min(width - 1, int(value * width / 100)))
