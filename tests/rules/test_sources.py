"""Rules that can be read off the source, whoever writes it."""

import re
import subprocess
import sys
from pathlib import Path

from django.core.management import call_command
from docs import facts

VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "core", "common", "misc", "base"}
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|AKIA[0-9A-Z]{16}"
    r"|\b(?:ghp|gho|ghs|glpat|xox[abp])[_-][A-Za-z0-9_-]{20,}"
    r"|\b(?:password|passwd|secret|token|api_key)\b[\"']?\s*[:=]\s*[\"'][A-Za-z0-9+/_=-]{24,}[\"']",
    re.IGNORECASE,
)
CLOCKS = re.compile(r"\b(?:datetime|timezone|dt)\.(?:now|utcnow|today)\(|\bdate\.today\(")


def tracked() -> list[Path]:
    """Return every text file that git knows or would add."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=facts.ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\0"
    )
    paths = [facts.ROOT / name for name in names if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8000]]


def test_modules_are_called_what_they_are():
    vague = {path for path in facts.sources() if path.stem in VAGUE or path.parent.name in VAGUE}
    # Django loads the module `base` of a database engine, and no other.
    assert {path.relative_to(facts.ROOT).as_posix() for path in vague} == {
        "src/aifactory/config/postgresql/base.py"
    }


def test_there_is_one_clock():
    asked = [str(path) for path in facts.sources() if CLOCKS.search(path.read_text())]
    assert asked == [str(facts.PACKAGE / "kit/clock.py")]


def test_no_secret_is_written_down():
    lines = (
        (path, number, line)
        for path in tracked()
        if path.name not in {"uv.lock", "package-lock.json"}
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
    )
    assert [f"{path}:{number}" for path, number, line in lines if SECRETS.search(line)] == []


def test_records_are_written_through_the_one_door_only():
    kinds = "|".join(model.__name__ for model in facts.records())
    rooms = {model._meta.app_label for model in facts.records()}
    past_it = re.compile(
        rf"\.save\(|\.bulk_update\(|\b(?:{kinds})\.objects\.(?:create|bulk_create|get_or_create)\("
    )
    found = {
        str(path.relative_to(facts.PACKAGE)): past_it.findall(path.read_text())
        for path in facts.sources()
        if path.relative_to(facts.PACKAGE).parts[0] in rooms and past_it.search(path.read_text())
    }
    assert found == {
        "people/signin.py": [".save("],  # allauth's own, which keeps the link to a provider
        "awards/used.py": [
            ".bulk_update("
        ],  # counters of award lines, in no document; the holds have the events
        "supercomputer/totals.py": [".bulk_update("],  # sums kept beside the ledger, no records
    }


def test_who_may_import_whom():
    contracts = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(contracts, cwd=facts.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_migrations_are_up_to_date(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
