"""What people run on a cluster past the portal: their own jobs, why each waits, and the flags to submit one with."""
