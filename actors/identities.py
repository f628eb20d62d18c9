"""STIR identities of calls, verified by the certificates of a folder that is looked at again every few seconds."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from domain.calls import Passport
from domain.wire.passport import passports_of
from store.certificates import Certificates, load_certificates, stamp_of


class Identities:
    """Verifies Identity headers by the certificates that lie in a folder; no call waits for the disk."""

    def __init__(self, folder: Path, age_s: int) -> None:
        self._folder, self._age_s = folder, age_s
        self._certificates = Certificates()
        self._stamp: object = None
        self._fault = ""

    def verify(self, values: Sequence[str], at_ms: int) -> tuple[Passport, ...]:
        """Verify the SHAKEN PASSporTs among Identity values at a moment (UTC ms, business time)."""
        return passports_of(values, self._certificates.find, at_ms // 1000, self._age_s)

    async def refresh(self) -> tuple[str, ...]:
        """Read the folder if it has changed; return what in it could not be read, if it was read now.

        Where the folder as a whole cannot be read, the certificates of before stay, and that is told once.
        """
        try:
            stamp = await asyncio.to_thread(stamp_of, self._folder)
            if stamp == self._stamp:
                return ()
            self._certificates = await asyncio.to_thread(load_certificates, self._folder)
        except Exception as error:  # calls do not wait for identities, and no node stops for them
            told, self._fault = self._fault, f"{self._folder}: {error or type(error).__name__}"
            return () if told == self._fault else (self._fault,)
        self._stamp, self._fault = self._certificates.stamp, ""
        return self._certificates.unread
