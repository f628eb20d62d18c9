"""What to say where nobody can tell whether an order was carried out that is carried out once by its reference."""

from collections.abc import Iterator
from contextlib import contextmanager
from shlex import quote

import grpc
import typer

_REFUSALS = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED,
)


@contextmanager
def fate(reference: str) -> Iterator[None]:
    """Where nobody can tell whether it was posted, say how to repeat it without posting it twice."""
    try:
        yield
    except (grpc.RpcError, KeyboardInterrupt) as error:
        if not (isinstance(error, grpc.Call) and error.code() in _REFUSALS):
            typer.echo(f"It may be posted or not: repeat it with --reference {quote(reference)}", err=True)
        raise
