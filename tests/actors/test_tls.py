"""Certificates of our listeners: made once, and every wrong file told with its place."""

import ssl
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from actors.tls import certificate_files, own_certificate, server_context
from domain.errors import InputError
from domain.settings import TlsSettings


def own(folder: Path, name: str = "own") -> TlsSettings:
    certificate, key = own_certificate(folder / name)
    return TlsSettings(certificate=str(certificate), key=str(key))


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    """Connect both in memory. Raises ssl.SSLError."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    asks = client.wrap_bio(down, up, server_hostname=name)
    answers = server.wrap_bio(up, down, server_side=True)
    for _ in range(3):
        for side in (asks, answers):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue


def test_the_own_certificate_is_made_once_and_its_key_is_ours_alone(tmp_path: Path) -> None:
    certificate, key = own_certificate(tmp_path)
    before = certificate.read_bytes(), key.read_bytes()
    assert own_certificate(tmp_path) == (certificate, key)
    assert (certificate.read_bytes(), key.read_bytes()) == before
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_who_trusts_the_own_certificate_may_call_us_by_any_local_name(tmp_path: Path, name: str) -> None:
    certificate, _ = own_certificate(tmp_path)
    shake_hands(
        server_context(TlsSettings(), tmp_path, clients=False), ssl.create_default_context(cafile=certificate), name
    )


def test_a_client_without_a_certificate_is_let_in_only_where_none_is_wanted(tmp_path: Path) -> None:
    named = own(tmp_path)
    tls = named.model_copy(update={"clients_ca": named.certificate})
    bare = ssl.create_default_context(cafile=named.certificate)
    bare.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        shake_hands(server_context(tls, tmp_path, clients=True), bare, "localhost")
    bare.load_cert_chain(named.certificate, named.key)
    shake_hands(server_context(tls, tmp_path, clients=True), bare, "localhost")


def test_named_files_are_used_and_nothing_is_made(tmp_path: Path) -> None:
    named = own(tmp_path)
    assert certificate_files(named, tmp_path / "other") == (Path(named.certificate), Path(named.key))
    assert not (tmp_path / "other").exists()


def missing(folder: Path) -> TlsSettings:
    return own(folder).model_copy(update={"key": str(folder / "nowhere.pem")})


def mismatching(folder: Path) -> TlsSettings:
    return own(folder).model_copy(update={"key": own(folder, "other").key})


def garbled(folder: Path) -> TlsSettings:
    (folder / "text.pem").write_text("hello")
    return own(folder).model_copy(update={"certificate": str(folder / "text.pem")})


def no_authority(folder: Path) -> TlsSettings:
    return own(folder)


def odd_authority(folder: Path) -> TlsSettings:
    (folder / "text.pem").write_text("hello")
    return own(folder).model_copy(update={"clients_ca": str(folder / "text.pem")})


@pytest.mark.parametrize("wrong", [missing, mismatching, garbled, no_authority, odd_authority])
def test_a_wrong_file_is_told_with_its_place_and_how_to_mend_it(
    tmp_path: Path, wrong: Callable[[Path], TlsSettings]
) -> None:
    with pytest.raises(InputError) as caught:
        server_context(wrong(tmp_path), tmp_path, clients=True)
    assert "[tls]" in caught.value.where
    assert caught.value.mend.startswith("Name ")
    assert str(tmp_path) in caught.value.what or "clients_ca" in caught.value.what


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("a file")
    with pytest.raises(InputError, match="cannot be written"):
        own_certificate(tmp_path)
