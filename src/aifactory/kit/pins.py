"""Requirements that name every package exactly: `name==version` with the hashes of its files, and nothing else.

That is what `uv pip compile --generate-hashes` and `pip-compile --generate-hashes` write. No line may name an
address, a folder or an option: those would decide where code comes from.
"""

import re

MOST_BYTES = 1_000_000
MOST_PACKAGES = 500
_PIN = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(\[[A-Za-z0-9._, -]{1,100}\])?==[A-Za-z0-9._+!-]{1,60}"
    r"( *; *[A-Za-z0-9_.<>=!'\"() ]{1,200})?( +--hash=sha256:[0-9a-f]{64})+"
)


def mistakes(text: str) -> list[str]:
    """Return what is wrong with requirements, in sentences; empty: everything is pinned."""
    if len(text) > MOST_BYTES:
        return [f"It may hold {MOST_BYTES} bytes."]
    lines = [line.partition(" #")[0].strip() for line in text.replace("\\\n", " ").splitlines()]
    wanted = [line for line in lines if line and not line.startswith("#")]
    if len(wanted) > MOST_PACKAGES:
        return [f"It may name {MOST_PACKAGES} packages; it names {len(wanted)}."]
    return [
        f"{line[:60]!r} is not a package with its version and hashes. Write the file with: "
        "uv pip compile --generate-hashes."
        for line in wanted
        if not _PIN.fullmatch(line)
    ]
