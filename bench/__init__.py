"""edgetwin measured beside what people would otherwise use, on this machine, in one run."""
