"""Jobs that take longer than one attempt may last: the next attempt goes on from the checkpoint of the last.

Everything is asked again each time: budget, agreements, and whether project and people may still run something.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from aifactory.audit.actions import fire
from aifactory.kit.errors import Refused
from aifactory.people.terms import standing
from aifactory.supercomputer import gate, recipes
from aifactory.supercomputer.actions import order
from aifactory.supercomputer.models import Attempt
from aifactory.supercomputer.rules import DESK


def go_on(attempt: Attempt) -> str | None:
    """Order the next attempt of a job whose last one ran out of time; return None, or why there is none, in words.

    Called within the transaction that ends the attempt; where the answer is no, nothing of it stays.
    """
    job, left = attempt.job, attempt.seconds_left - attempt.wall_seconds
    recipe = recipes.find(job.recipe)
    if left <= 0 or not recipe.checkpoints:
        return ""
    if recipe.digest != job.recipe_digest:
        return _("The recipe was changed meanwhile, so it cannot go on.")
    if not gate.checkpoint(attempt):
        return _("It left no checkpoint to go on from.")
    try:
        with transaction.atomic():
            people = f"people.user:{job.submitted_by_id}"
            organisation = f"people.organisation:{job.project.organisation_id}"
            standing.require_not_suspended([job.project.thing, organisation, people])
            job.refresh_from_db()
            inputs = gate.choose_again(job, recipe)
            fire(job, "go_on", by=DESK, inputs=inputs, secure=job.secure, data={"seconds_left": left})
            order(job, engine=attempt.engine, seconds_left=left, continues=attempt)
    except Refused as refusal:
        return _("It cannot go on: %(why)s") % {"why": refusal.message}
    return None
