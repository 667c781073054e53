"""The configuration files of a pretended cluster. What each line is for stands beside it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Setting:
    """Where everything of one cluster is, and who runs it."""

    root: Path
    name: str
    host: str
    user: str
    password: str
    ports: dict[str, int]
    nodes: dict[str, int]
    cpus: int
    gpus: int


def authentication(at: Setting) -> str:
    """Return the lines that both daemons share: they sign for each other, and know clients by their token."""
    return f"""AuthType=auth/munge
AuthInfo=socket={at.root}/run/munge.socket,cred_expire=10
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={at.root}/etc/jwt.key
SlurmUser={at.user}
CommunicationParameters=NoInAddrAny
"""


def slurm(at: Setting) -> str:
    """Return slurm.conf: quick to schedule, with the books kept and the budget enforced."""
    return f"""ClusterName={at.name}
SlurmctldHost={at.host}(127.0.0.1)
SlurmctldPort={at.ports["slurmctld"]}
SlurmdUser={at.user}
{authentication(at)}CredType=cred/munge
MailProg=/bin/true
StateSaveLocation={at.root}/state
SlurmdSpoolDir={at.root}/spool/%n
SlurmctldPidFile={at.root}/run/slurmctld.pid
SlurmdPidFile={at.root}/run/slurmd-%n.pid
SlurmctldLogFile={at.root}/log/slurmctld.log
SlurmdLogFile={at.root}/log/slurmd-%n.log
# Nodes are pretended: no control groups, and more processors than there are.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/linux
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
KillWait=5
# Quick: somebody waits for it.
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,bf_continue
# What no node can ever run is refused at once, and does not wait for ever.
EnforcePartLimits=ALL
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=100
PriorityType=priority/multifactor
PriorityCalcPeriod=1
# Books and budgets: nothing starts that does not fit in what is left, counting what runs.
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={at.ports["slurmdbd"]}
AccountingStoragePass={at.root}/run/munge.socket
AccountingStorageEnforce=associations,limits,qos,safe
AccountingStoreFlags=job_comment
AccountingStorageTRES=gres/gpu
GresTypes=gpu
{"".join(_node(at, name, port) for name, port in at.nodes.items())}\
PartitionName=main Nodes={",".join(list(at.nodes)[:-1])} Default=YES State=UP MaxTime=7-0 DefaultTime=10
PartitionName=small Nodes={list(at.nodes)[-1]} State=UP MaxTime=1-0 DefaultTime=10
"""


def _node(at: Setting, name: str, port: int) -> str:
    """The last node is a small one of two processors and a single GPU."""
    is_last = name == list(at.nodes)[-1]
    return (
        f"NodeName={name} NodeHostname={at.host} NodeAddr=127.0.0.1 Port={port} "
        f"CPUs={2 if is_last else at.cpus} RealMemory=64000 Gres=gpu:{1 if is_last else at.gpus}\n"
    )


def gres(at: Setting) -> str:
    """Return gres.conf: a GPU is counted by its device file, and a link to /dev/null is good enough."""
    *big, last = at.nodes
    return f"""AutoDetect=off
NodeName={",".join(big)} Name=gpu File={at.root}/dev/gpu[0-{at.gpus - 1}]
NodeName={last} Name=gpu File={at.root}/dev/gpu0
"""


def slurmdbd(at: Setting) -> str:
    """Return slurmdbd.conf: who keeps the books, and in which database."""
    return f"""{authentication(at)}DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={at.ports["slurmdbd"]}
PidFile={at.root}/run/slurmdbd.pid
LogFile={at.root}/log/slurmdbd.log
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={at.ports["mariadbd"]}
StorageUser=slurm
StoragePass={at.password}
StorageLoc=slurm_acct_db
"""


def database(at: Setting) -> str:
    """Return the SQL that makes the database of the books."""
    return f"""CREATE DATABASE IF NOT EXISTS slurm_acct_db;
CREATE USER IF NOT EXISTS slurm@'127.0.0.1' IDENTIFIED BY '{at.password}';
GRANT ALL ON slurm_acct_db.* TO slurm@'127.0.0.1';
"""
