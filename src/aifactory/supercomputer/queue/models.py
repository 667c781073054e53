"""The last that a cluster said of the jobs that people submitted themselves."""

from django.db import models

from aifactory.awards.models import Project


class QueuedJob(models.Model):
    """One job of a project on a cluster, as its queue last showed it. No record of the log: the ledger is that.

    `wall_minutes` is its time limit; `reason` is the cluster's own word; ended ones stay for a while.
    """

    id = models.BigAutoField(primary_key=True)
    cluster = models.CharField(max_length=40)
    job_id = models.CharField(max_length=40)
    submitted_at = models.DateTimeField()
    project = models.ForeignKey(Project, models.CASCADE, related_name="queued")
    user = models.CharField(max_length=80)
    partition = models.CharField(max_length=80)
    state = models.CharField(max_length=20)
    reason = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField(null=True)
    cores = models.PositiveIntegerField()
    gpus = models.PositiveIntegerField()
    nodes = models.PositiveIntegerField()
    memory_bytes = models.BigIntegerField(null=True)
    wall_minutes = models.PositiveIntegerField(null=True)
    exit_code = models.IntegerField(null=True)
    signal = models.PositiveSmallIntegerField(default=0)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cluster", "job_id", "submitted_at"], name="once_in_a_queue")
        ]
        indexes = [
            models.Index(fields=["project", "-submitted_at"]),
            models.Index(fields=["cluster", "seen_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.cluster} {self.job_id}"
