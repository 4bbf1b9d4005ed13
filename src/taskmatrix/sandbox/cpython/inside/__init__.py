"""What runs in the processes of programs: the standard library and nothing else."""
