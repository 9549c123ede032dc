"""How good the outputs are: against what the simulator planted, on later sessions, on published cases."""
