"""How a code of a sell plan leaks money once a sheet of a buy plan is in force."""

from enum import StrEnum


class Leaking(StrEnum):
    """It is sold below cost (LOSS), below the least margin of the terms (THIN), or it costs more than the rest of the
    code that sells it (UNEVEN). MORE stands for codes of both last kinds that are not listed one by one."""

    LOSS = "loss"
    THIN = "thin"
    UNEVEN = "uneven"
    MORE = "more"
