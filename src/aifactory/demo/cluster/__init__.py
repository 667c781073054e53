"""A real Slurm on one machine, in one folder: for the demonstration, for tests, and to learn by.

All four daemons run, with the database that keeps the books and the program that signs between them; nodes and
GPUs are pretended. Needs no systemd, no cgroups and nothing in /etc, and listens on the loopback address alone.
"""

from aifactory.demo.cluster.cluster import Cluster, NotInstalled, Shape, cluster

__all__ = ["Cluster", "NotInstalled", "Shape", "cluster"]
