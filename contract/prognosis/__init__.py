"""How long until something is worn out, told from its trend: for the gateway and for reports. Pure.

Of a sign of wear that grows (or falls) towards an end: the slope of Theil and Sen, a Wiener process
around it, and the time at which that first passes the end. Learned regressions are inference's.
"""
