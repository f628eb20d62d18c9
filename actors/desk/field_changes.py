"""What the calls that change fields have in common: what was given, and the sentence that says what changed."""

from domain.errors import InputError
from domain.switch_fields import SECRETS, differences
from protos import operators_pb2 as pb


def given(request: pb.FieldChanges) -> dict[str, str]:
    """Return the fields that are to change. Raises InputError where there are none."""
    if not request.values:
        raise InputError("nothing to change is given", where=request.id, mend="Give FIELD=VALUE; `show` lists fields.")
    return dict(request.values)


def changed(what: str, before: dict[str, str], after: dict[str, str], texts: dict[str, str]) -> pb.Changed:
    """Say what changed; of a secret only that it was given."""
    said = differences(before, after) + [f"{name} given anew" for name in sorted(SECRETS & texts.keys())]
    return pb.Changed(what=f"{what}: {', '.join(said)}" if said else f"{what} is so already")
