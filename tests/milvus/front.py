"""A door in front of a Milvus server: it passes requests on that come over TLS with a password."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Door(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Passes on every request whose token is right; Milvus uses requests with one reply only."""

    def __init__(self, target: str, token: str) -> None:
        self._channel = grpc.insecure_channel(target)
        self._expected = base64.b64encode(token.encode()).decode()

    def service(self, details: Any) -> Any:
        token = dict(details.invocation_metadata).get("authorization", "")

        def pass_on(request: bytes, context: Any) -> Any:
            if token != self._expected:
                # The words of Milvus 2.6.
                context.abort(
                    grpc.StatusCode.UNAUTHENTICATED,
                    "auth check failure, please check username and password are correct",
                )
            try:
                return self._channel.unary_unary(details.method)(request)
            except grpc.RpcError as failure:
                context.abort(failure.code(), failure.details())

        return grpc.unary_unary_rpc_method_handler(pass_on)


@contextmanager
def opened_door(port: int, token: str, folder: Path) -> Iterator[tuple[int, Path]]:
    """The port of a door before the server at another port, and the file of its certificate."""
    key, certificate = self_signed()
    authority = folder / "authority.pem"
    authority.write_bytes(certificate)
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((Door(f"127.0.0.1:{port}", token),))
    credentials = grpc.ssl_server_credentials([(key, certificate)])
    own = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    try:
        yield own, authority
    finally:
        server.stop(None).wait()


def self_signed() -> tuple[bytes, bytes]:
    """A private key, and a certificate for 127.0.0.1, both as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, certificate.public_bytes(pem)
