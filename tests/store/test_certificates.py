"""Certificates in a folder: found by file name or whole URL, trusted by roots where there are any."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1

from domain.calls import Verdict
from domain.wire.passport import SigningKey, passports_of
from store.certificates import ROOTS, Certificates, load_certificates, stamp_of
from tests.domain.wire.identity_headers import NOW_S, X5U, Signer


def put(path: Path, *signers: Signer) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(signer.pem() for signer in signers))


def found(folder: Path, url: str = X5U) -> SigningKey | None:
    return load_certificates(folder).find(url)


def verdict(folder: Path, signer: Signer) -> Verdict:
    (one,) = passports_of([signer.identity()], load_certificates(folder).find, NOW_S, 60)
    return one.verdict


def test_a_folder_that_is_not_there_knows_nobody(tmp_path: Path) -> None:
    assert load_certificates(tmp_path / "none") == Certificates()


def test_a_certificate_is_found_by_the_last_part_of_its_url(tmp_path: Path) -> None:
    put(tmp_path / "passport.pem", Signer())
    assert found(tmp_path) is not None
    assert found(tmp_path, "https://other.example/x/passport.pem?v=1") is not None
    for url in ("https://certs.example.org/other.pem", "https://certs.example.org/passport.pem/", "", "https://["):
        assert found(tmp_path, url) is None


def test_two_signers_with_one_file_name_are_told_apart_by_their_whole_urls(tmp_path: Path) -> None:
    one, two = Signer("one"), Signer("two")
    put(tmp_path / "one.pem", one)
    (tmp_path / "one.pem.url").write_text(X5U + "\n")
    put(tmp_path / "two.pem", two)
    (tmp_path / "two.pem.url").write_text("https://two.example/passport.pem")
    assert verdict(tmp_path, one) is Verdict.VALID
    assert verdict(tmp_path, two) is Verdict.INVALID
    assert found(tmp_path, "https://three.example/passport.pem") is None


def test_with_roots_only_what_leads_to_one_is_trusted(tmp_path: Path) -> None:
    root = Signer("root")
    middle = Signer("middle", by=root)
    leaf, stranger = Signer("leaf", by=middle), Signer("stranger")
    put(tmp_path / "passport.pem", leaf)
    assert verdict(tmp_path, leaf) is Verdict.VALID, "it lies there"
    put(tmp_path / ROOTS / "root.pem", root)
    assert verdict(tmp_path, leaf) is Verdict.UNSUPPORTED, "what leads to the root is missing"
    put(tmp_path / "passport.pem", leaf, middle)
    assert verdict(tmp_path, leaf) is Verdict.VALID
    put(tmp_path / "passport.pem", stranger)
    assert verdict(tmp_path, stranger) is Verdict.UNSUPPORTED
    put(tmp_path / "passport.pem", Signer("direct", by=root))
    assert load_certificates(tmp_path).by_name["passport.pem"].trusted


def test_one_bad_file_is_named_and_harms_no_other(tmp_path: Path) -> None:
    put(tmp_path / "passport.pem", Signer())
    (tmp_path / "bad.pem").write_text("no certificate")
    loaded = load_certificates(tmp_path)
    assert loaded.find(X5U) is not None
    assert [line.partition(":")[0] for line in loaded.unread] == ["bad.pem"]


ODD_CURVES = ("secp224k1", "SM2")


@pytest.mark.parametrize("curve", ODD_CURVES)
@pytest.mark.parametrize("place", ["", ROOTS])
def test_a_key_that_nothing_supports_harms_no_other_file(tmp_path: Path, curve: str, place: str) -> None:
    """Certificates of telling curves are no wrong texts: they are read, and only their keys cannot be."""
    root = Signer("root")
    put(tmp_path / "passport.pem", signer := Signer(by=root))
    put(tmp_path / ROOTS / "root.pem", root)
    (tmp_path / place / "an-odd.pem").write_bytes(odd_certificate(tmp_path, curve))
    loaded = load_certificates(tmp_path)
    assert [line.partition(":")[0] for line in loaded.unread] == ([] if place else ["an-odd.pem"])
    assert verdict(tmp_path, signer) is Verdict.VALID


def odd_certificate(folder: Path, curve: str) -> bytes:
    key, cert = folder / "key", folder / "cert"
    subprocess.run(["openssl", "ecparam", "-name", curve, "-genkey", "-noout", "-out", key], check=True)
    subject = ["-subj", "/CN=odd", "-days", "30", *(["-sm3"] if curve == "SM2" else [])]
    subprocess.run(["openssl", "req", "-x509", "-new", "-key", key, "-out", cert, *subject], check=True)
    return cert.read_bytes()


def test_a_key_of_another_curve_is_known_but_supports_nothing(tmp_path: Path) -> None:
    put(tmp_path / "passport.pem", Signer(curve=SECP384R1()))
    key = found(tmp_path)
    assert key is not None and key.key is None


def test_the_stamp_changes_with_any_file(tmp_path: Path) -> None:
    stamps = [stamp_of(tmp_path)]
    for path in (tmp_path / "a.pem", tmp_path / ROOTS / "r.pem"):
        put(path, Signer())
        stamps.append(stamp_of(tmp_path))
    (tmp_path / "a.pem.url").write_text("https://x.example/a.pem")
    stamps.append(stamp_of(tmp_path))
    assert len(set(stamps)) == 4
    assert load_certificates(tmp_path).stamp == stamps[-1]
