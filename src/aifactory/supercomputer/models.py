"""Jobs, the attempts to run them, and what each attempt used."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from aifactory.audit.record import Record
from aifactory.awards.models import AwardLine, Project
from aifactory.people.models import User
from aifactory.supercomputer.lifecycle import ATTEMPT, JOB, VERB


class Job(Record):
    """One run of a recipe for a project: what, on which data, within which limits, by when.

    Cores, GPUs and memory are of each of its nodes, and of each task of an array. `wall_seconds` is its time in all; a
    job with checkpoints may take longer than one attempt may last, and goes on in the next one. `secure` are the
    agreements that keep it, and all that it makes, in the secure environment.
    """

    PREFIX = "job"
    LIFECYCLE = JOB
    PUBLIC_FIELDS = frozenset(
        {"id", "created_at", "project_id", "recipe", "recipe_version", "recipe_digest", "cores", "gpus", "nodes",
         "tasks", "wall_seconds", "deadline", "planned_start", "plan", "state"}
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
    secure = models.JSONField(default=list, help_text="ids of agreements")
    cores = models.PositiveIntegerField(_("cores"))
    gpus = models.PositiveIntegerField(_("GPUs"), default=0)
    nodes = models.PositiveIntegerField(_("nodes"), default=1)
    tasks = models.PositiveIntegerField(_("tasks"), default=1)
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
        """The agreements under which this job gets its data, or what was made from it."""
        own = [given["agreement"] for given in self.inputs if given.get("agreement")]
        return [*own, *(agreement for agreement in self.secure if agreement not in own)]

    @property
    def is_restricted(self) -> bool:
        """Whether it reads data that it was given for a time, and so runs behind every wall there is."""
        return bool(self.agreements) or any("version_digest" in given for given in self.inputs)

    @property
    def parts(self) -> int:
        """How many times its cores, GPUs and memory are allocated."""
        return self.nodes * self.tasks


class Attempt(Record):
    """One try to run a job. Its name is unique for ever; an engine runs a name once.

    It may last `wall_seconds`, of `seconds_left` that the job had when it was ordered. `continues` is the attempt from
    whose checkpoint it goes on.
    """

    PREFIX = "run"
    LIFECYCLE = ATTEMPT
    #: what streams in while it runs is no part of the record; the end is.
    PRIVATE: ClassVar[frozenset[str]] = frozenset(
        {"progress", "log", "log_end", "forgotten", "stop_reason", "waits"}
    )
    PUBLIC_FIELDS = frozenset(
        {
            "id",
            "created_at",
            "job_id",
            "continues_id",
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
    continues = models.ForeignKey("self", models.PROTECT, related_name="continued_by", null=True)
    wall_seconds = models.PositiveIntegerField(default=0)
    seconds_left = models.PositiveIntegerField(default=0)
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
    log = models.TextField(blank=True, help_text="the end of what it printed")
    log_end = models.PositiveBigIntegerField(default=0, help_text="how many characters it has printed")
    stop_reason = models.CharField(max_length=500, blank=True, help_text="set when it has to be stopped")
    waits = models.CharField(
        max_length=300, blank=True, help_text="what the engine last said of why it waits"
    )
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


class LedgerEntries(models.QuerySet["LedgerEntry"]):
    """The ledger as it is read."""

    def standing(self) -> "LedgerEntries":
        """Return what the books say now: of each run the last revision."""
        run = {name: models.OuterRef(name) for name in ("cluster", "job_id", "submitted_at")}
        later = LedgerEntry.objects.filter(**run, revision__gt=models.OuterRef("revision"))
        return self.filter(~models.Exists(later))


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
    project = models.ForeignKey(Project, models.PROTECT, related_name="ledger", null=True, db_index=False)
    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="ledger", null=True)
    read_at = models.DateTimeField()
    digest = models.CharField(max_length=71)

    objects = LedgerEntries.as_manager()

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
    """The part of a ledger entry that fell into one month and its award lines: signed whole seconds, written once.

    A correction takes back the slices of the revision before with a minus, so that every sum is right at any time.
    A line is empty where the job used such a resource outside any award. `jobs` is 1 in the slice in which a run
    ended, so that jobs are counted once. The total that is written in the same transaction holds project and lines
    to what they point at, once for all slices.
    """

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="slices")
    project = models.ForeignKey(
        Project, models.PROTECT, related_name="slices", null=True, db_index=False, db_constraint=False
    )
    gpu_line = models.ForeignKey(
        AwardLine, models.PROTECT, related_name="+", null=True, db_index=False, db_constraint=False
    )
    core_line = models.ForeignKey(
        AwardLine, models.PROTECT, related_name="+", null=True, db_index=False, db_constraint=False
    )
    month = models.CharField(max_length=7, help_text="2026-11, in the factory's time zone")
    jobs = models.SmallIntegerField(default=0)
    seconds = models.BigIntegerField()
    gpu_seconds = models.BigIntegerField()
    core_seconds = models.BigIntegerField()
    node_seconds = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["project", "id"]),
            models.Index(fields=["gpu_line", "id"]),
            models.Index(fields=["core_line", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.month}: {self.seconds} s"


class ClusterBooks(models.Model):
    """A cluster as its agent last told of it, and a bookmark: how far its books are in the ledger.

    `partitions` are what a job can be sent to, `compared` the last comparison of the ledger with the books.
    """

    cluster = models.CharField(max_length=40, primary_key=True)
    read_until = models.DateTimeField()
    told = models.JSONField(default=dict, help_text="digest of the allocation last in force, by account")
    heard_at = models.DateTimeField(null=True)
    agent_version = models.CharField(max_length=40, blank=True)
    engine_version = models.CharField(max_length=80, blank=True)
    silence = models.CharField(
        max_length=500, blank=True, help_text="why the cluster last did not answer; empty: it did"
    )
    partitions = models.JSONField(default=list)
    compared_at = models.DateTimeField(null=True)
    compared = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.cluster


class RunningJob(models.Model):
    """A run that the books show as running: counted provisionally until its end is read, then gone from here."""

    entry = models.OneToOneField(LedgerEntry, models.PROTECT, primary_key=True, related_name="+")
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", null=True)
    started_second = models.BigIntegerField(help_text="since 1970, so that a database can sum it")
    nodes = models.PositiveIntegerField()
    cores = models.PositiveIntegerField()
    gpus = models.PositiveIntegerField()

    def __str__(self) -> str:
        return str(self.entry_id)


class UsageTotal(models.Model):
    """The sum of all slices of a project, on a cluster, in a month, of the same award lines: kept, never the truth.

    A page reads a few of these instead of a million slices; `totals.check` holds them against the slices.
    """

    id = models.CharField(max_length=200, primary_key=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="usage_totals", null=True)
    books = models.ForeignKey(ClusterBooks, models.PROTECT, related_name="totals")
    gpu_line = models.ForeignKey(AwardLine, models.PROTECT, related_name="gpu_totals", null=True)
    core_line = models.ForeignKey(AwardLine, models.PROTECT, related_name="core_totals", null=True)
    month = models.CharField(max_length=7)
    jobs = models.BigIntegerField()
    gpu_seconds = models.BigIntegerField()
    core_seconds = models.BigIntegerField()
    node_seconds = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.project_id} {self.month}"


class UsageDay(models.Model):
    """The sum of what a project used on a day of the factory's time zone, by cluster and award lines: kept like totals.

    Seconds count on the day on which they passed, so a job over midnight is in both.
    """

    id = models.CharField(max_length=200, primary_key=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="usage_days", null=True)
    books = models.ForeignKey(ClusterBooks, models.PROTECT, related_name="days")
    gpu_line = models.ForeignKey(AwardLine, models.PROTECT, related_name="gpu_days", null=True)
    core_line = models.ForeignKey(AwardLine, models.PROTECT, related_name="core_days", null=True)
    day = models.CharField(max_length=10)
    gpu_seconds = models.BigIntegerField()
    core_seconds = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["project", "day"])]

    def __str__(self) -> str:
        return f"{self.project_id} {self.day}"


class LineUse(models.Model):
    """What people's own jobs on one cluster used of an award line, in seconds, and how much of that is billed."""

    id = models.CharField(max_length=100, primary_key=True)
    line = models.ForeignKey(AwardLine, models.PROTECT, related_name="uses")
    cluster = models.CharField(max_length=40)
    used = models.BigIntegerField(default=0)
    billed = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.id


class Drift(Record):
    """Something on a cluster that somebody changed past us, or that is not ours; what was ours was set right."""

    PREFIX = "drf"
    PUBLIC_FIELDS = frozenset({"id", "created_at", "cluster", "mended"})

    cluster = models.CharField(max_length=40)
    account = models.CharField(max_length=80)
    sentence = models.CharField(max_length=500)
    mended = models.BooleanField()


class FailedVerb(Record):
    """Something that the agent beside an engine was to do and could not; it is tried again until it works.

    `verb` is what it does (provision, read_books, run, cancel, ...), `subject` on what; `command` is what the
    cluster was told. It rests until `next_at`, each time longer; replaying it only shortens that rest.
    """

    PREFIX = "vrb"
    LIFECYCLE = VERB
    PUBLIC_FIELDS = frozenset({"id", "created_at", "cluster", "verb", "times", "state"})

    cluster = models.CharField(max_length=40)
    verb = models.CharField(max_length=20)
    subject = models.CharField(max_length=120)
    key = models.CharField(max_length=71, help_text="digest of what was to be done")
    command = models.JSONField(default=list)
    error = models.CharField(max_length=500)
    times = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField()
    next_at = models.DateTimeField()
    state = models.CharField(max_length=10, default=VERB.initial, choices=list(VERB.states.items()))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "key"],
                condition=~models.Q(state="cured"),
                name="one_open_failure_of_a_verb",
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"


# The records of the room's nouns, which point at those above.
from aifactory.supercomputer.notebooks.models import NotebookVisit  # noqa: E402, F401
from aifactory.supercomputer.outages.models import Extension, Outage  # noqa: E402, F401
from aifactory.supercomputer.queue.models import QueuedJob  # noqa: E402, F401
from aifactory.supercomputer.secure.models import CodeReview, OutputFile, Release, Withheld  # noqa: E402, F401
from aifactory.supercomputer.uploads.models import Upload  # noqa: E402, F401
