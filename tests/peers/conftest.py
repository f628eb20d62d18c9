"""The peers' programs, and a market for each: two vendors of one code, the cheaper one first."""

import shutil

import pytest


def program(name: str, package: str) -> str:
    """Return where a program is; the test is skipped, with the package that has it, where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: {package})")
    return found


@pytest.fixture(scope="session")
def sipp() -> str:
    return program("sipp", "sip-tester")


@pytest.fixture(scope="session")
def radclient() -> str:
    return program("radclient", "freeradius-utils")
