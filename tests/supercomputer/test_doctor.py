"""What the doctor says of Slurm's words: every word that Slurm's own documentation lists has an explanation."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.supercomputer.doctor import diagnose, rules

# Names from slurm.schedmd.com/job_reason_codes.html (25.05) and sacct(1), "Job State Codes".
WORDS = {
    "gpu-budget": "QOSGrpGRESMinutes AssocGrpGRESMinutes QOSGrpGRESRunMinutes AssocGrpBillingMinutes",
    "core-budget": "QOSGrpCPUMinutesLimit AssocGrpCPUMinutesLimit AssocGrpCPURunMinutesLimit QOSGrpCPUMinutes",
    "other-budget": "AssocGrpMemMinutes QOSGrpNodeMinutes AssocGrpWallLimit QOSGrpWallLimit QOSUsageThreshold "
    "AssociationTimeLimit QOSTimeLimit AssocGrpEnergyMinutes",
    "suspended": "QOSGrpJobsLimit AssocGrpJobsLimit QOSGrpSubmitJobsLimit AssocGrpSubmitJobsLimit",
    "needs-gpu": "QOSMinGRES QOSMinCpuNotSatisfied QOSMinMemory",
    "too-long-for-the-limit": "QOSMaxWallDurationPerJobLimit AssocMaxWallDurationPerJobLimit PartitionTimeLimit "
    "QOSMaxCpuMinutesPerJobLimit QOSMaxGRESMinutesPerJob",
    "too-many-jobs": "QOSMaxJobsPerUserLimit AssocMaxJobsLimit QOSMaxSubmitJobPerUserLimit "
    "JobArrayTaskLimit QOSJobLimit",
    "too-large": "QOSMaxGRESPerUser QOSMaxCpuPerJobLimit QOSMaxNodePerUserLimit AssocMaxMemPerJob QOSGrpGRES "
    "QOSGrpCpuLimit AssocGrpNodeLimit PartitionNodeLimit PartitionConfig AssociationResourceLimit MaxMemPerLimit",
    "account": "InvalidAccount InvalidQOS AccountNotAllowed QOSNotAllowed",
    "no-such-node": "BadConstraints",
    "never": "DependencyNeverSatisfied",
    "dependency": "Dependency",
    "node-not-available": "ReqNodeNotAvail NodeDown FrontEndDown",
    "reservation": "Reservation ReservationDeleted",
    "partition-down": "PartitionDown PartitionInactive",
    "licence": "Licenses",
    "held-by-you": "JobHeldUser",
    "held": "JobHeldAdmin JobHoldMaxRequeue JobLaunchFailure REQUEUE_HOLD SPECIAL_EXIT",
    "begin-time": "BeginTime",
    "out-of-memory": "OUT_OF_MEMORY OutOfMemory",
    "time-limit": "TIMEOUT TimeLimit DEADLINE",
    "node-failed": "NODE_FAIL BOOT_FAIL SystemFailure",
    "preempted": "PREEMPTED REVOKED",
    "started-over": "REQUEUED REQUEUE_FED",
    "cancelled": "CANCELLED",
    "failed": "FAILED NonZeroExitCode RaisedSignal",
    "priority": "Priority",
    "resources": "Resources",
    "looking": "None WaitingForScheduling SchedDefer Cleaning BurstBufferResources BurstBufferStageIn",
    "running": "RUNNING COMPLETING SUSPENDED",
    "completed": "COMPLETED",
}

# As Slurm 22.05 and programs print them; names and numbers made up.
MESSAGES = {
    "account": "sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified",
    "partition": "sbatch: error: invalid partition specified: nope",
    "no-such-node": "sbatch: error: Batch job submission failed: Requested node configuration is not available",
    "too-long-for-the-limit": "sbatch: error: Requested time limit is invalid (missing or exceeds some limit)",
    "too-large": "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
    "out-of-memory": "slurmstepd: error: Detected 1 oom-kill event(s) in StepId=7.batch. Some of your processes may "
    "have been killed by the cgroup out-of-memory handler.",
    "gpu-memory": "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
    "time-limit": "slurmstepd: error: *** JOB 5 ON n1 CANCELLED AT 2026-11-23T01:00:00 DUE TO TIME LIMIT ***",
    "node-failed": "slurmstepd: error: *** JOB 5 ON n1 CANCELLED AT 2026-11-23T01:00:00 DUE TO NODE FAILURE ***",
    "cancelled-by-other": "CANCELLED by 1001",
    "not-found": "FAILED exit code 127",
    "killed": "FAILED signal 9",
    "crashed": "Segmentation fault (core dumped)",
    "failed": "FAILED exit code 3",
    "silent": "slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
    "unknown": "Brexit",
}


@pytest.mark.parametrize("rule", WORDS)
def test_every_word_of_slurms_has_an_explanation(rule):
    said = {word: diagnose(word).rule for word in WORDS[rule].split()}
    assert said == dict.fromkeys(said, rule)


def test_messages_are_explained_and_what_they_name_is_told():
    found = {rule: diagnose(message).rule for rule, message in MESSAGES.items()}
    # A refusal for a job limit and for a size share one message in Slurm; the first is the likelier.
    assert found == {rule: rule for rule in MESSAGES} | {"too-large": "suspended"}
    away = diagnose("(ReqNodeNotAvail, UnavailableNodes:n[1-2])")
    assert away.plain("nl")["figures"] == "Niet beschikbaar: n[1-2]."
    assert diagnose("FAILED exit code 3").figures.en == "It ended with 3."


def test_a_job_over_its_budget_is_told_the_figures_and_what_would_fit():
    told = diagnose(
        "It waits (QOSGrpGRESMinutes).", asked="2 GPU-h", left="0.5 GPU-h", gpus=2, minutes=15
    ).plain("en")
    assert told == {
        "rule": "gpu-budget",
        "kind": "waits",
        "said": "It waits (QOSGrpGRESMinutes).",
        "means": "The GPU hours that are left would not last for this job's whole time limit. Slurm starts a job only "
        "if it fits in the budget to the end.",
        "figures": "It asks for 2 GPU-h; 0.5 GPU-h is left. With 2 GPUs it fits with --time=15 (minutes) or less.",
        "do": "Ask for a shorter time limit (--time) or fewer GPUs, or wait until running jobs give back what they do "
        "not use. If the award is used up, ask the factory office.",
    }
    assert diagnose("QOSGrpGRESMinutes", asked="2 GPU-h", left=None, gpus=2, minutes=15).figures is None


def test_the_table_is_whole():
    ids = [rule.id for rule in rules()]
    assert len(ids) == len(set(ids))
    assert {*WORDS, *MESSAGES} <= set(ids)
    for rule in rules():
        if rule.figures:
            places = [set(re.findall(r"{(\w+)}", text)) for text in (rule.figures.en, rule.figures.nl)]
            assert places[0] == places[1], rule.id


@given(st.text())
def test_whatever_is_asked_there_is_one_answer(said):
    found = diagnose(said, left="{", nodes=said)
    assert found.rule in {rule.id for rule in rules()}
    assert found.plain("nl")["do"]
