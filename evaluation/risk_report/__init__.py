"""One page of a session's risk, for the risk team: what the lake says, with plots, in one file that needs nothing else."""
