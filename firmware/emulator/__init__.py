"""The board's own program on a host: a fleet of virtual machines that publishes like a real one."""
