"""SSH public keys as people paste them: read, judged, and written the one way that a server reads them. Pure."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from django.utils.translation import gettext as _

from aifactory.kit.errors import FieldError, Invalid

#: NIST SP 800-57 part 1 (rev. 5), table 2: 3072 bits of RSA are as strong as 128 bits
RSA_BITS = 3072
LONGEST = 10_000
KINDS = (
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
)  # fmt: skip


@dataclass(frozen=True)
class PublicKey:
    """A key: its kind and its content in base64, and the fingerprint that `ssh-keygen -l` prints."""

    kind: str
    content: str
    fingerprint: str

    @property
    def line(self) -> str:
        """As it stands in a file of authorised keys, without a comment: it may name a person."""
        return f"{self.kind} {self.content}"


def read(text: str) -> PublicKey:
    """Read one public key, as in a .pub file. Raises `Invalid` with what is wrong and what to do.

    Options before the key (sshd(8)) are refused: they could run a command. So are certificates.
    """
    text = text.strip()
    if "PRIVATE KEY" in text:
        raise _wrong(
            _(
                "This is a private key: nobody but you may ever have it. Make a new pair, and send its .pub file."
            ),
            "no private key",
        )
    words = text.split(None, 2)
    if len(text) > LONGEST or len(text.splitlines()) > 1 or len(words) < 2:
        raise _wrong(_("Paste one public key: one line, as in the file that ends in .pub."), "one line")
    kind, content = words[0], words[1]
    if kind not in KINDS:
        raise _wrong(
            _("We take keys of these kinds: %(kinds)s. Make one with: ssh-keygen -t ed25519")
            % {"kinds": ", ".join(KINDS)},
            "kind",
        )
    try:
        blob = base64.b64decode(content, validate=True)
        key = load_ssh_public_key(f"{kind} {content}".encode())
    except (ValueError, UnsupportedAlgorithm, UnicodeError):
        raise _wrong(_("This key is damaged: copy it again, whole."), "readable") from None
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        raise _wrong(_("This key is of a kind that we do not take."), "kind")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < RSA_BITS:
        raise _wrong(
            _("This RSA key has %(bits)s bits; at least %(least)s are needed. Better: ssh-keygen -t ed25519")
            % {"bits": key.key_size, "least": RSA_BITS},
            "SP 800-57",
        )
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return PublicKey(kind, base64.b64encode(blob).decode(), f"SHA256:{digest}")


def _wrong(message: str, rule: str) -> Invalid:
    return Invalid([FieldError("key", message, rule)])
