"""SSH keys: which are taken, which are refused and why, and that a key is of one person."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from aifactory.audit.models import Event
from aifactory.kit.errors import Invalid, NotAllowed
from aifactory.people.models import Role
from aifactory.people.rules import visible
from aifactory.people.ssh import actions, openssh
from aifactory.people.ssh.models import SshKey
from tests.people.factories import person


def written(private) -> str:
    return private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def fresh() -> str:
    return written(ed25519.Ed25519PrivateKey.generate())


@pytest.mark.parametrize(
    "make",
    [
        ed25519.Ed25519PrivateKey.generate,
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: rsa.generate_private_key(public_exponent=65537, key_size=3072),
    ],
)
def test_good_keys_are_read_without_their_comment(make):
    line = written(make())
    key = openssh.read(f"  {line} noor@laptop of Noor\n")
    digest = hashlib.sha256(base64.b64decode(line.split()[1])).digest()
    assert key.line == line
    assert key.fingerprint == "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


WEAK = written(rsa.generate_private_key(public_exponent=65537, key_size=2048))
GOOD = written(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)))  # the same in every process


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("-----BEGIN OPENSSH " + "PRIVATE KEY-----\nabc", "no private key"),
        ("", "one line"),
        (f"{GOOD}\n{GOOD}", "one line"),
        (f'command="rm -rf /" {GOOD}', "kind"),
        (f"no-pty,{GOOD}", "kind"),
        ("ssh-dss AAAAB3NzaC1kc3M=", "kind"),
        ("ssh-ed25519-cert-v01@openssh.com AAAA", "kind"),
        (GOOD[:60], "readable"),
        ("ssh-ed25519 not!base64", "readable"),
        (GOOD.replace("ssh-ed25519", "ssh-rsa"), "readable"),
        (WEAK, "SP 800-57"),
    ],
    ids=range(11),
)
def test_bad_keys_are_refused_with_what_to_do(text, rule):
    with pytest.raises(Invalid) as refused:
        openssh.read(text)
    (error,) = refused.value.errors
    assert (error.field, error.rule) == ("key", rule)


@pytest.mark.django_db
def test_a_key_is_of_one_person_until_it_is_removed():
    noor, daan, operator = person(), person(), person(Role.OPERATOR)
    key = actions.add_key(noor, GOOD, label="laptop")
    assert actions.add_key(noor, f"{GOOD} again").pk == key.pk
    with pytest.raises(actions.KeyIsInUse):
        actions.add_key(daan, GOOD)
    with pytest.raises(NotAllowed):
        actions.remove_key(key, by=daan)
    assert [[one.pk for one in visible(SshKey, who)] for who in (noor, daan, operator, None)] == [
        [key.pk], [], [key.pk], []
    ]  # fmt: skip
    actions.remove_key(key, by=noor)
    actions.remove_key(key, by=noor)
    assert actions.add_key(daan, GOOD).user_id == daan.pk
    assert list(Event.objects.filter(thing=key.thing).order_by("pk").values_list("name", flat=True)) == [
        "ssh_key:add",
        "ssh_key:remove",
    ]


@pytest.mark.django_db
def test_ten_keys_are_enough():
    noor = person()
    for _ in range(actions.MOST):
        actions.add_key(noor, fresh())
    with pytest.raises(actions.TooManyKeys):
        actions.add_key(noor, fresh())
