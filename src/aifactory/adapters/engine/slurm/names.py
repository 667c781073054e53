"""Names that Slurm can bear: it folds case, and its commands read commas, spaces and line ends as their own."""

import hashlib
import re

_PLAIN = re.compile(r"[a-z][a-z0-9_]{0,39}")


class SlurmNames:
    """Implements `ports.cluster.Naming`: accounts and people are called in the same way."""

    def account(self, project: str) -> str:
        """Return the name of a project's account."""
        return account(project)

    def user(self, person: str) -> str:
        """Return the name of a person."""
        return account(person)


def account(project: str) -> str:
    """Return the name of a project's account and QoS: the id itself where it is plain, else one made from it.

    Ids that differ in case alone are told apart, for Slurm would not.
    """
    folded = project.lower()
    # Our ids hold a ULID, which is written in capitals and means the same in any case.
    if _PLAIN.fullmatch(folded) and re.fullmatch(r"[a-z]{3}_[0-9A-Z]{26}|[a-z0-9_]+", project):
        return folded
    return "x" + hashlib.sha256(project.encode(errors="surrogatepass")).hexdigest()[:31]
