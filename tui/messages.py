"""What the link tells the screens, as Textual messages."""

from textual.message import Message

from protos import operators_pb2


class StatusArrived(Message):
    """The newest figures are in; `first` after a connection was made."""

    def __init__(self, status: operators_pb2.Status, *, first: bool) -> None:
        self.status, self.first = status, first
        super().__init__()


class LinkChanged(Message):
    """The connection was made or lost; `trouble` is empty while it lives, else one sentence."""

    def __init__(self, trouble: str) -> None:
        self.trouble = trouble
        super().__init__()
