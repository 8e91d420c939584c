"""Authorities and certificates of servers, made with openssl."""

import ssl
import subprocess
from pathlib import Path

_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def authority(directory: Path, name: str) -> bytes:
    """A new authority's certificate in DER; its files are ``name``.pem and ``name``.key."""
    files = ("-keyout", directory / f"{name}.key", "-out", directory / f"{name}.pem")
    openssl("req", "-x509", *_CURVE, "-subj", f"/CN={name}", "-days", 2, *files)
    return ssl.PEM_cert_to_DER_cert((directory / f"{name}.pem").read_text())


def certify(directory: Path, *, by: str, host: str) -> None:
    """server.pem and server.key for ``host``, signed by the authority ``by``."""
    key, request = directory / "server.key", directory / "server.csr"
    openssl("req", *_CURVE, "-keyout", key, "-out", request, "-subj", f"/CN={host}")
    names = directory / "names"
    names.write_text(f"subjectAltName=DNS:{host}")
    signer = ("-CA", directory / f"{by}.pem", "-CAkey", directory / f"{by}.key", "-CAcreateserial")
    out = ("-out", directory / "server.pem", "-days", 2, "-extfile", names)
    openssl("x509", "-req", "-in", request, *signer, *out)
