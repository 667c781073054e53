"""Runs attempts as batch jobs of a Slurm cluster, and keeps its accounts and books in step with ours."""
