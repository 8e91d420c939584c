"""Zones whose clocks are put in odd ways, and the nights in which they are."""

from hypothesis import strategies as st

from contract.site_time import SiteTime

HOUR_MS = 3_600_000
ZONES = [
    "UTC",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",  # until 2011 put back at 00:01, to the evening before
    "America/Havana",  # put back at 01:00, to midnight: two of them a night
    "America/Sao_Paulo",  # put forward at midnight: days that began at 01:00
    "America/Scoresbysund",
    "Africa/Casablanca",  # put back for Ramadan
    "Antarctica/Troll",  # by two hours
    "Asia/Kathmandu",  # +5:45
    "Asia/Kolkata",  # +5:30
    "Asia/Gaza",
    "Australia/Lord_Howe",  # put by half an hour
    "Pacific/Apia",  # had no 2011-12-30
    "Pacific/Auckland",
    "Pacific/Chatham",  # +12:45
    "Pacific/Kwajalein",  # had no 1993-08-21
]
zones = st.sampled_from(ZONES).map(SiteTime)
times_ms = st.integers(0, 4_000_000_000_000)
# Around the nights in which a clock is put, where the mistakes are.
nights_ms = st.builds(
    lambda zone_time, offset_ms: zone_time + offset_ms,
    st.sampled_from(
        [
            1_774_746_000_000,  # 2026-03-29T01:00Z, London forward
            1_792_890_000_000,  # 2026-10-25T01:00Z, London back
            1_775_311_200_000,  # 2026-04-04T14:00Z, Auckland back
            1_790_431_200_000,  # 2026-09-26T14:00Z, Auckland forward
            1_325_239_200_000,  # 2011-12-30T10:00Z, Apia skips a day
            1_289_097_060_000,  # 2010-11-07T02:31Z, St Johns back at 00:01
            1_775_314_800_000,  # 2026-04-04T15:00Z, Lord Howe back
            745_934_400_000,  # 1993-08-21T12:00Z, Kwajalein skips a day
            1_541_300_400_000,  # 2018-11-04T03:00Z, Sao Paulo forward at midnight
        ]
    ),
    st.integers(-2 * HOUR_MS, 2 * HOUR_MS),
)
moments_ms = times_ms | nights_ms
