"""What all sections of the settings share, and what values in them look like."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MailAddress = Annotated[str, Field(pattern=r"^[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\\]+$")]
"""a@b.c"""


class Section(BaseModel):
    """One section: frozen; a name that is none of its settings is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
