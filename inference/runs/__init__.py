"""Runs of machines, simulated or recorded: what is learned from and tested on."""
