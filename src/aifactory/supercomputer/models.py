"""Jobs, the attempts to run them, and what each attempt used."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.awards.models import Project
from aifactory.people.models import User
from aifactory.supercomputer.lifecycle import ATTEMPT, JOB


class Job(Record):
    """One run of a recipe for a project: what, on which data, within which limits, by when."""

    PREFIX = "job"
    LIFECYCLE = JOB
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "project_id", "recipe", "recipe_version", "recipe_digest", "cores", "gpus", "wall_seconds",
         "deadline", "planned_start", "plan", "state"}
    )  # fmt: skip

    project = models.ForeignKey(Project, models.PROTECT, related_name="jobs")
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="jobs")
    title = models.CharField(_("title"), max_length=200)
    recipe = models.CharField(_("recipe"), max_length=80)
    recipe_version = models.CharField(max_length=20)
    recipe_digest = models.CharField(max_length=71)
    parameters = models.JSONField(default=dict)
    inputs = models.JSONField(
        default=list, help_text='[{"role", "dataset_version", "agreement"} or {"role", "attempt", "files"}]'
    )
    cores = models.PositiveIntegerField(_("cores"))
    gpus = models.PositiveIntegerField(_("GPUs"), default=0)
    memory_bytes = models.BigIntegerField(_("memory"))
    wall_seconds = models.PositiveIntegerField(_("time limit"))
    deadline = models.DateTimeField(_("deadline"))
    planned_start = models.DateTimeField()
    plan = models.JSONField(
        default=dict, help_text="what the green planner expected, with its signal's source"
    )
    reason = models.CharField(
        max_length=500, blank=True, help_text="why it failed or was stopped, in a sentence"
    )
    state = models.CharField(max_length=12, default=JOB.initial, choices=list(JOB.states.items()))
    request_key = models.CharField(max_length=80, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "request_key"], name="one_job_for_a_request")
        ]
        indexes = [models.Index(fields=["state", "planned_start"]), models.Index(fields=["project", "id"])]

    def __str__(self) -> str:
        return self.title

    @property
    def agreements(self) -> list[str]:
        """The agreements under which this job gets its data."""
        return [given["agreement"] for given in self.inputs if given.get("agreement")]


class Attempt(Record):
    """One try to run a job. Its name is unique for ever; an engine runs a name once."""

    PREFIX = "run"
    LIFECYCLE = ATTEMPT
    #: what streams in while it runs is no part of the record; the end is.
    PRIVATE: ClassVar[frozenset[str]] = frozenset({"progress", "log", "forgotten", "stop_reason"})
    PUBLIC_FIELDS = frozenset(
        {
            "id",
            "created_at",
            "job_id",
            "name",
            "engine",
            "simulated",
            "started_at",
            "ended_at",
            "state",
            "outputs",
        }
    )

    job = models.ForeignKey(Job, models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=60, unique=True)
    engine = models.CharField(max_length=40)
    simulated = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    exit_code = models.IntegerField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    outputs = models.JSONField(default=list, help_text="[{path, key, digest, size}]")
    facts = models.JSONField(default=dict, help_text="what the agent found: node, environment digest")
    state = models.CharField(max_length=14, default=ATTEMPT.initial, choices=list(ATTEMPT.states.items()))
    progress = models.JSONField(default=dict)
    log = models.TextField(blank=True)
    stop_reason = models.CharField(max_length=500, blank=True, help_text="set when it has to be stopped")
    forgotten = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="attempts_are_numbered")]
        indexes = [models.Index(fields=["engine", "state"])]

    def __str__(self) -> str:
        return self.name


class Usage(Record):
    """What one attempt used: written once, never changed (the database refuses it).

    Times in seconds; energy in kWh and carbon in gCO2eq, each as value, low and high, or all three empty:
    "no reading" is never zero. `method` names how energy was found, `signal` where the carbon intensity is from.
    """

    PREFIX = "use"
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "attempt_id", "project_id", "gpu_seconds", "core_seconds", "wall_seconds",
         "kwh", "kwh_low", "kwh_high", "method", "grams", "grams_low", "grams_high", "signal", "simulated"}
    )  # fmt: skip

    attempt = models.OneToOneField(Attempt, models.PROTECT, related_name="usage")
    project = models.ForeignKey(Project, models.PROTECT, related_name="usage")
    gpu_seconds = models.BigIntegerField()
    core_seconds = models.BigIntegerField()
    wall_seconds = models.FloatField()
    cpu_seconds = models.FloatField(null=True)
    peak_memory_bytes = models.BigIntegerField(null=True)
    kwh = models.FloatField(null=True)
    kwh_low = models.FloatField(null=True)
    kwh_high = models.FloatField(null=True)
    method = models.CharField(max_length=200, blank=True)
    grams = models.FloatField(null=True)
    grams_low = models.FloatField(null=True)
    grams_high = models.FloatField(null=True)
    signal = models.CharField(max_length=300, blank=True)
    readings = models.JSONField(default=dict, help_text="what the energy was computed from")
    simulated = models.BooleanField(default=False)


class LedgerEntry(models.Model):
    """What a cluster's books said of one run of one job: written once; a correction is a new revision.

    The run is (cluster, job id, moment of submission), for a cluster may use an id again. Times in UTC, amounts as
    allocated, in whole seconds. `energy_joules` is the cluster's own reading, empty where it has no meter.
    A million of them may come in one read, so they are no records of the log; each read is one event with a digest.
    """

    id = models.BigAutoField(primary_key=True)
    cluster = models.CharField(max_length=40)
    job_id = models.CharField(max_length=40)
    submitted_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=200)
    account = models.CharField(max_length=80)
    user = models.CharField(max_length=80)
    qos = models.CharField(max_length=80)
    partition = models.CharField(max_length=80)
    state = models.CharField(max_length=20)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    elapsed_seconds = models.BigIntegerField()
    nodes = models.PositiveIntegerField()
    cores = models.PositiveIntegerField()
    gpus = models.PositiveIntegerField()
    tres = models.JSONField(default=dict)
    energy_joules = models.BigIntegerField(null=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="ledger", null=True)
    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="ledger", null=True)
    read_at = models.DateTimeField()
    digest = models.CharField(max_length=71)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "job_id", "submitted_at", "revision"], name="one_entry_a_revision"
            )
        ]
        indexes = [
            models.Index(fields=["cluster", "account"]),
            models.Index(fields=["project", "started_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.cluster} {self.job_id} ({self.revision})"


class UsageSlice(models.Model):
    """The part of a ledger entry that fell into one month and one award line: signed seconds, written once.

    A correction takes back the slices of the revision before with a minus, so that every sum is right at any time.
    """

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="slices")
    project = models.ForeignKey(Project, models.PROTECT, related_name="slices", null=True)
    line_ended = models.BooleanField(
        default=False, help_text="after the last award line of the project had ended"
    )
    month = models.CharField(max_length=7, help_text="2026-11, in the factory's time zone")
    seconds = models.BigIntegerField()
    gpu_seconds = models.BigIntegerField()
    core_seconds = models.BigIntegerField()
    node_seconds = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["project", "month"])]

    def __str__(self) -> str:
        return f"{self.month}: {self.seconds} s"


class ClusterBooks(models.Model):
    """A bookmark: how far a cluster's books are in the ledger, and what its accounts were last told to be."""

    cluster = models.CharField(max_length=40, primary_key=True)
    read_until = models.DateTimeField()
    told = models.JSONField(default=dict, help_text="digest of the allocation last in force, by account")

    def __str__(self) -> str:
        return self.cluster


class Drift(Record):
    """Something on a cluster that somebody changed past us, or that is not ours; what was ours was set right."""

    PREFIX = "drf"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "cluster", "mended"})

    cluster = models.CharField(max_length=40)
    account = models.CharField(max_length=80)
    sentence = models.CharField(max_length=500)
    mended = models.BooleanField()
