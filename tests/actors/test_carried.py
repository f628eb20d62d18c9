"""Certificates and keys come to machines that joined, where the nodes there find them; a missing one is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from actors import carried as carried_files
from actors import read_files
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


async def test_what_is_too_much_is_left_out_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried_files, "MOST_BYTES", 10)
    monkeypatch.setattr(carried_files, "MOST_OF_ALL", 25)
    first = home(tmp_path, node=[{"name": "node-0"}, {"name": "node-1", "machine": "second", "sip_tls": ""}])
    first.stir.mkdir()
    for name, size in (("a.pem", 10), ("b.pem", 11), ("c.pem", 10), ("d.pem", 6), ("e.pem", 5)):
        (first.stir / name).write_bytes(b"x" * size)
    published = Published(first)
    news = await published.news("")
    assert news is not None
    assert [name for name in news.small if "stir" in name] == [f"carried/stir/{name}.pem" for name in "ace"]
    assert [path.name for path in published.left_out] == ["b.pem", "d.pem"]


async def test_files_are_read_again_only_when_they_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = home(tmp_path)
    first.stir.mkdir()
    file = first.stir / "carrier.pem"
    file.write_text("one")
    monkeypatch.setattr(read_files, "YOUNG_NS", -1)
    published, honest = Published(first), Path.read_bytes
    read: list[str] = []
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.name) or honest(path))  # type: ignore[func-returns-value]
    news = await published.news("")
    assert news is not None and "carrier.pem" in read and "key.pem" in read
    read.clear()
    assert await published.news(news.stamp) is None
    assert read == []
    file.write_text("two")
    later = await published.news(news.stamp)
    assert later is not None and later.small["carried/stir/carrier.pem"] == b"two"
    assert read == ["carrier.pem"]
