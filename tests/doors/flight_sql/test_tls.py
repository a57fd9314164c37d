"""``--flight-tls``: Flight SQL over TLS, with a certificate made for the test."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import adbc_driver_flightsql.dbapi as adbc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from golconda.node.open import init_node

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLCONDA = Path(sys.executable).with_name("golconda")
SQL = "adbc.flight.sql."


def self_signed() -> tuple[bytes, bytes]:
    """Return a certificate for 127.0.0.1 and its key, both PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    written = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return certificate.public_bytes(serialization.Encoding.PEM), written


@pytest.fixture
def node(tmp_path: Path) -> tuple[Path, str]:
    """Give a node's folder, with certificate and key beside it, and a token."""
    with init_node(tmp_path / "city", organisation="city", titles={"en": "City"}) as made:
        token = str(made.owner_session("cli").new_token("city/li", roles=["reader"])["token"])
    for file, content in zip(("certificate.pem", "key.pem"), self_signed(), strict=True):
        (tmp_path / file).write_bytes(content)
    return tmp_path, token


def command(certificate: str, key: str) -> list[str]:
    return [str(GOLCONDA), "serve", "--port", "0", "--flight-tls", certificate, key]


@pytest.fixture
def address(node: tuple[Path, str]) -> Iterator[str]:
    """Serve the node, and give where Flight SQL is."""
    folder, _ = node
    arguments = command("../certificate.pem", "../key.pem")
    with subprocess.Popen(arguments, cwd=folder / "city", stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield [server.stdout.readline() for _ in range(2)][1].split()[-1]
        server.terminate()


def asked(address: str, token: str, **options: str) -> list[tuple[int]]:
    given = {f"{SQL}authorization_header": f"Bearer {token}"} | {
        f"{SQL}{name}": value for name, value in options.items()
    }
    with adbc.connect(address, db_kwargs=given, autocommit=True) as opened, opened.cursor() as cursor:
        cursor.execute("SELECT 1 AS n")
        rows: list[tuple[int]] = cursor.fetchall()
    return rows


def test_who_trusts_the_certificate_is_answered_and_others_tell_nothing(node: tuple[Path, str], address: str) -> None:
    folder, token = node
    assert address.startswith("grpc+tls://127.0.0.1:")
    trusted = (folder / "certificate.pem").read_text()
    assert asked(address, token, **{"client_option.tls_root_certs": trusted}) == [(1,)]
    with pytest.raises(adbc.Error, match="certificate"):
        asked(address, token)
    with pytest.raises(adbc.Error):
        asked(address.replace("grpc+tls", "grpc"), token)


@pytest.mark.parametrize("file", ["nowhere.pem", "city/golconda.toml", "key.pem", "city"])
def test_what_is_no_certificate_is_refused_before_anything_is_served(node: tuple[Path, str], file: str) -> None:
    folder, _ = node
    ran = subprocess.run(
        command(f"../{file}", "../key.pem"), cwd=folder / "city", capture_output=True, text=True, timeout=20
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Traceback" not in ran.stderr
    assert "--flight-tls" in ran.stderr
