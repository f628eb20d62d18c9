"""Certificates and keys come to machines that joined, where the nodes there find them; a missing one is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from actors.home import Home
from actors.mirror import Mirror, Published
from actors.tls import own_certificate, server_context
from domain.errors import InputError
from domain.settings import Settings

TWO = {
    "cluster": {"address": "10.0.0.1"},
    "store": {"url": "postgresql+psycopg://db/x"},
    "node": [{"name": "node-0"}, {"name": "node-1", "machine": "second"}],
}


def home(folder: Path, **sections: object) -> Home:
    (folder / "first").mkdir(exist_ok=True)
    return Home(folder / "first", Settings.model_validate(TWO | sections))


def joined(first: Home) -> Home:
    return replace(first, data=first.data.with_name("second"), joined=True)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_the_certificate_of_the_settings_is_shown_by_nodes_on_every_machine(tmp_path: Path) -> None:
    certificate, key = own_certificate(tmp_path / "elsewhere")
    tls = {"certificate": str(certificate), "key": str(key), "clients_ca": str(certificate)}
    first = home(tmp_path, tls=tls)
    second = joined(first)
    await Mirror(second, Published(first)).refresh()
    server_context(second.tls, second.data, clients=True)
    carried = second.data / "carried"
    assert (carried / "key.pem").read_bytes() == key.read_bytes()
    assert [mode(path) for path in (carried, carried / "key.pem")] == [0o700, 0o600]
    assert first.tls == first.settings.tls


async def test_our_own_certificate_is_one_for_all_machines(tmp_path: Path) -> None:
    first = home(tmp_path)
    second = joined(first)
    await Mirror(second, Published(first)).refresh()
    assert (second.data / "carried" / "certificate.pem").read_bytes() == own_certificate(first.data)[0].read_bytes()


async def test_no_certificate_is_made_for_machines_whose_nodes_speak_no_tls(tmp_path: Path) -> None:
    nodes = [{"name": "node-0"}, {"name": "node-1", "machine": "second", "sip_tls": ""}]
    first = home(tmp_path, node=nodes)
    await Mirror(joined(first), Published(first)).refresh()
    assert not (first.data / "tls").exists()


@pytest.mark.parametrize("named", [True, False])
async def test_stir_certificates_come_over_and_go_again(tmp_path: Path, named: bool) -> None:
    folder = tmp_path / "stir" if named else tmp_path / "first" / "stir"
    first = home(tmp_path, sip={"stir_certificates": str(folder) if named else ""})
    (folder / "roots").mkdir(parents=True)
    for name in ("carrier.pem", "carrier.pem.url", "roots/sti.pem"):
        (folder / name).write_text(name)
    second = joined(first)
    mirror = Mirror(second, Published(first))
    assert await mirror.refresh()
    found = {f"{path.relative_to(second.stir)}": path.read_text() for path in second.stir.rglob("*") if path.is_file()}
    assert found == {name: name for name in ("carrier.pem", "carrier.pem.url", "roots/sti.pem")}
    assert not await mirror.refresh()
    (folder / "carrier.pem").unlink()
    assert await mirror.refresh()
    assert not (second.stir / "carrier.pem").exists() and (second.stir / "roots" / "sti.pem").exists()


async def test_a_file_that_is_missing_at_the_first_machine_is_named_at_the_second(tmp_path: Path) -> None:
    certificate, _ = own_certificate(tmp_path / "elsewhere")
    first = home(tmp_path, tls={"certificate": str(certificate), "key": str(tmp_path / "gone.pem")})
    second = joined(first)
    await Mirror(second, Published(first)).refresh()
    with pytest.raises(InputError, match=r"\[tls\] certificate: .* did not come over from the first machine"):
        server_context(second.tls, second.data, clients=False)


async def test_what_is_published_can_be_logged_without_its_secrets(tmp_path: Path) -> None:
    first = home(tmp_path)
    (first.data / "token").write_text("hush")
    news = await Published(first).news("")
    assert news is not None and "hush" not in repr(news) and "PRIVATE KEY" not in repr(news)
