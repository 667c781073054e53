"""Having code reviewed before it goes in, and results checked before they come out."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import enter, fire, note
from aifactory.datasets import output_check
from aifactory.datasets.contracts import NoValidAgreement
from aifactory.datasets.guards import verdict
from aifactory.datasets.models import Agreement, DatasetFile
from aifactory.datasets.vault import opening
from aifactory.kit import clock
from aifactory.kit.errors import FieldError, Invalid, NotFound, Refused
from aifactory.people.models import User
from aifactory.people.rules import require
from aifactory.ports.desk import OutputFile as Written
from aifactory.ports.identity import Actor
from aifactory.ports.object_store import NoSuchObject, ObjectStore
from aifactory.ports.registry import get
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.queries import Result
from aifactory.supercomputer.secure import resting, walls
from aifactory.supercomputer.secure.lifecycle import TAKEN
from aifactory.supercomputer.secure.models import CodeReview, OutputFile, Release, Withheld
from aifactory.supercomputer.secure.permissions import Permission
from aifactory.supercomputer.uploads.models import Upload

#: What a job printed, as a file that can be asked for like any other.
LOG = "log.txt"
MOST_FILES = 50
LONGEST_PATH = 500
#: Bytes of a result that can be checked, and of a file of the data that results are compared with.
LARGEST, LARGEST_INPUT = 500_000_000, 2_000_000_000


class AskedAlready(Refused):
    """It waits for a decision already, or got one that stands."""


class NotSecure(Refused):
    """Nothing needs to be asked: the terms do not keep the data from who brings code along."""


# Code that goes in.


def ask_review(agreement: Agreement, upload: Upload, *, by: User, explanation: str) -> CodeReview:
    """Ask the holder of data to read files before they run on it.

    Raises `NotSecure`, `Invalid`, `NotAllowed`, `AskedAlready`.
    """
    if not agreement.unseen:
        raise NotSecure(_("The terms of this agreement ask for no review of code."))
    if upload.project_id != agreement.project:
        told = _("Choose files that were brought along for the project of the agreement.")
        raise Invalid([FieldError("upload", told, "known files")])
    review = CodeReview(
        agreement=agreement,
        upload=upload,
        digest=walls.digest_of_upload(upload),
        asked_by=by,
        explanation=_said("explanation", explanation, 2_000),
    )
    try:
        with transaction.atomic():
            return enter(
                review,
                "code:ask",
                by=by,
                permission=Permission.ASK_CODE,
                data={"agreement": agreement.pk, "upload": upload.pk, "digest": review.digest},
            )
    except IntegrityError as problem:
        raise AskedAlready(
            _("These files wait for a review under this agreement, or were approved."),
            next_step=_("Open it on the page of the agreement."),
        ) from problem


def decide_review(review: CodeReview, step: str, *, by: User, reason: str) -> CodeReview:
    """`approve`, `refuse`, or `withdraw` an approval; from then on no job starts with these files.

    Raises `Invalid`, `NotAllowed`, `NotIndependent`.
    """
    reason = _said("reason", reason, 500)
    _one_of(step, ("approve", "refuse", "withdraw"))
    return fire(
        review,
        step,
        by=by,
        data={"digest": review.digest},
        decided_by=by,
        decided_at=clock.now(),
        reason=reason,
    )


def read_code(review: CodeReview, path: str, *, by: User) -> Result:
    """Open one of the files under review, for the holder's stewards. Raises `NotAllowed`, `NotFound`."""
    require(by, Permission.REVIEW, review)
    note("code:read", by=by, data={"review": review.pk})
    return _opened(review.upload.files, path, lambda file: get(ObjectStore).open(file["key"]))


# Results that come out.


def withhold(
    attempt: Attempt, outputs: Sequence[Written], *, log: str, facts: dict[str, Any], by: Actor
) -> None:
    """Keep what an attempt wrote and printed apart from it. Called where its end is written down."""
    files = [
        {"path": f.path, "key": f.key, "digest": f.digest, "size": f.size, "salt": f.salt} for f in outputs
    ]
    if log:
        names = {file["path"] for file in files}
        path = LOG if LOG not in names else f"printed-{LOG}"
        files.append(resting.sealed_log(attempt, path, log))
    agreements = Agreement.objects.filter(pk__in=attempt.job.secure).select_related("offer__dataset")
    kept = Withheld(
        attempt=attempt,
        holder_id=agreements[0].offer.dataset.holder_id,
        checkers=max(walls.CHECKERS[agreement.environment] for agreement in agreements),
        files=files,
        facts=facts,
        state="sealed" if all(file["salt"] for file in files) else "plain",
    )
    enter(kept, "output:withhold", by=by, data={"attempt": attempt.pk})


def ask_release(withheld: Withheld, paths: Sequence[str], *, by: User, reason: str) -> Release:
    """Ask to take out files by their names, and have the rules look at each.

    Raises `Invalid`, `NotAllowed`, `NoValidAgreement` where the terms let no results leave, `AskedAlready`.
    """
    require(by, Permission.ASK, withheld)
    reason = _said("reason", reason, 2_000)
    _may_export(withheld)
    wanted = _wanted(withheld, paths)
    files = _looked_at(withheld, wanted)
    with transaction.atomic():
        Withheld.objects.select_for_update().get(pk=withheld.pk)
        _not_twice(withheld, wanted)
        release = Release(withheld=withheld, asked_by=by, reason=reason)
        enter(
            release,
            "output:ask",
            by=by,
            permission=Permission.ASK,
            data={"attempt": withheld.attempt_id, "files": len(files)},
        )
        for file in files:
            file.release = release
            enter(file, "output:examine", by=by, data={"release": release.pk})
    return release


def _may_export(withheld: Withheld) -> None:
    for agreement in withheld.agreements().select_related("organisation"):
        decision = verdict(agreement, actions=("export-results",))
        if agreement.state != "in_force" or not decision.allowed:
            raise NoValidAgreement(
                _("No results leave under the agreement %(id)s.") % {"id": agreement.pk},
                rule="export-results",
                next_step=_("Ask the holder for terms that let results leave, or for a renewal."),
            )


def _wanted(withheld: Withheld, paths: Sequence[str]) -> list[dict[str, Any]]:
    known = {file["path"]: file for file in withheld.files}
    asked = list(dict.fromkeys(path.strip() for path in paths if path.strip()))
    if not 1 <= len(asked) <= MOST_FILES:
        told = _("Name 1 to %(most)s files.") % {"most": MOST_FILES}
        raise Invalid([FieldError("paths", told, f"1 ≤ files ≤ {MOST_FILES}")])
    if strange := [path for path in asked if path not in known or len(path) > LONGEST_PATH]:
        told = _("This run kept no file called %(name)s.") % {"name": strange[0][:100]}
        raise Invalid([FieldError("paths", told, "known file")])
    if large := [path for path in asked if known[path]["size"] > LARGEST]:
        told = _("%(name)s is larger than %(most)s MB: nobody can check it.")
        told %= {"name": large[0], "most": LARGEST // 10**6}
        raise Invalid([FieldError("paths", told, f"size ≤ {LARGEST} bytes")])
    return [known[path] for path in asked]


def _not_twice(withheld: Withheld, wanted: list[dict[str, Any]]) -> None:
    taken = OutputFile.objects.filter(
        release__withheld=withheld, state__in=TAKEN, path__in=[file["path"] for file in wanted]
    ).first()
    if taken is not None:
        raise AskedAlready(
            _("%(name)s was released, or waits for a check already.") % {"name": taken.path},
            next_step=_("Leave it out, and ask for the others."),
        )


def _looked_at(withheld: Withheld, wanted: list[dict[str, Any]]) -> list[OutputFile]:
    """Return a record for each file, with what the rules saw in it beside the data that the job ran on."""
    versions = withheld.agreements().values("version")
    data = DatasetFile.objects.filter(version__in=versions).select_related("version").order_by("pk")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="output-check-")))
        inputs = [_input(file, folder / f"input-{number}") for number, file in enumerate(data)]
        files = []
        for number, file in enumerate(wanted):
            copy = folder / f"output-{number}"
            if not resting.fetch(withheld, file, copy):
                raise _cannot_compare()
            found = output_check.signs(copy, name=file["path"], digest=file["digest"], inputs=inputs)
            signs = [{"rule": s.rule, "blocks": s.blocks, **s.text.plain()} for s in found]
            files.append(OutputFile(**{k: file[k] for k in ("path", "key", "digest", "size")}, signs=signs))
        return files


def _input(file: DatasetFile, to: Path) -> output_check.Given:
    if file.size > LARGEST_INPUT:
        return output_check.Given(None, file.path, file.digest)
    if not opening.fetch(file, to):
        raise _cannot_compare()
    return output_check.Given(to, file.path, file.digest)


def _cannot_compare() -> NotFound:
    return NotFound(
        _("A file is no longer kept as it was, so nothing can be checked."),
        next_step=_("Look at the data of the project for when it was deleted."),
    )


def decide_file(file: OutputFile, step: str, *, by: User, reason: str) -> OutputFile:
    """`approve` as the first of two checkers, `release`, or `refuse` with what to do instead; `withdraw` by who asked.

    A released file joins the results of its run, and rests as they do. Raises `Invalid`, `NotAllowed`,
    `NotIndependent`, `OnePersonIsEnough`, `TwoPeopleMustLook`, `CannotBeReleased`.
    """
    _one_of(step, ("approve", "release", "refuse", "withdraw"))
    if step == "withdraw":
        return fire(file, step, by=by, decided_at=clock.now())
    reason = _said("reason", reason, 500)
    facts = {"digest": file.digest} if step == "release" else {}
    if step == "approve":
        return fire(file, step, by=by, first_checker=by, first_reason=reason)
    with transaction.atomic():
        file = fire(file, step, by=by, data=facts, checker=by, reason=reason, decided_at=clock.now())
        if step == "release":
            _add_result(file, by=by)
    return file


def _add_result(file: OutputFile, *, by: Actor) -> None:
    kept = file.release.withheld
    attempt = Attempt.objects.select_for_update().get(pk=kept.attempt_id)
    found = kept.file(file.path)
    assert found is not None  # noqa: S101 - its guard looked
    place = f"attempts/{attempt.name}/{file.path}"
    stored = get(ObjectStore).put(place, resting.content(kept, found), limit=file.size)
    result = {"path": file.path, "key": stored.key, "digest": stored.digest, "size": stored.size}
    attempt.outputs = [*(one for one in attempt.outputs if one["path"] != file.path), result]
    enter(attempt, "attempt:add_released", by=by, fields=["outputs"], data={"file": file.pk})


def look(file: OutputFile, *, by: User) -> Result:
    """Open a file that waits for a check, for checkers alone; that they looked is an event. Raises `NotAllowed`."""
    require(by, Permission.CHECK, file)
    note("output:look", by=by, data={"file": file.pk})
    kept = file.release.withheld
    return _opened(kept.files, file.path, partial(resting.content, kept))


def _opened(files: Sequence[dict[str, Any]], path: str, read: Callable[[Any], Iterator[bytes]]) -> Result:
    file = next((file for file in files if file["path"] == path), None)
    if file is None:
        raise NotFound(_("There is no such file."))
    try:
        chunks = read(file)
    except NoSuchObject as problem:
        raise NotFound(_("This file is no longer kept.")) from problem
    return Result(path.rsplit("/", 1)[-1], file["size"], chunks)


def _said(field: str, text: str, most: int) -> str:
    text = text.strip()
    if not 3 <= len(text) <= most:
        told = _("Say why, in at most %(most)s characters.") % {"most": most}
        raise Invalid([FieldError(field, told, f"3 ≤ characters ≤ {most}")])
    return text


def _one_of(step: str, steps: Sequence[str]) -> None:
    if step not in steps:
        raise Invalid([FieldError("step", _("There is no such step."), "closed list")])
