"""Who gets which part of the machine: published targets as Slurm shares, and whether all of a class wait alike."""
