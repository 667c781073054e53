"""Jobs a second from a client of the API until the cluster has them, beside Slurm's own doors."""
