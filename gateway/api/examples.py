"""One true-to-life answer for each path, as /docs shows it; tests hold them against the models."""

from typing import Any, Final

_NOON: Final = 1763640000000

CHANNEL: Final = {
    "name": "temperature",
    "title": "Temperature",
    "unit": "°C",
    "low": -40.0,
    "high": 150.0,
    "normal": [20.0, 55.0],
    "decimals": 1,
    "optional": False,
    "hold": "linear",
    "limits": [
        {
            "side": "high",
            "at": 70.0,
            "hysteresis": 5.0,
            "delay_s": 3.0,
            "severity": "High",
            "advice": "Reduce the load and check that the air path and filter are free.",
            "while_stopped": False,
            "kind": "",
        }
    ],
    "rolling": {"window": 60, "threshold": 6.0, "robust": True, "least": 0.0},
}
ASSET_TYPE: Final = {
    "name": "fan",
    "title": "Cooling fan",
    "icon": "mdi-fan",
    "origin": "built_in",
    "channels": [CHANNEL],
    "counters": [
        {"name": "litres", "title": "Litres", "unit": "L", "decimals": 2, "wraps_at": None}
    ],
    "states": [
        {
            "name": "state",
            "title": "State",
            "values": [{"name": "idle", "title": "", "time_element": "standby"}],
        }
    ],
    "labels": [{"name": "operator", "title": "Operator", "personal": True}],
    "events": [
        {
            "name": "service",
            "title": "Service",
            "fields": [{"name": "volume", "unit": "L"}],
            "words": ["user"],
        }
    ],
    "kpis": [
        {
            "name": "power_w",
            "title": "Power",
            "unit": "W",
            "decimals": 1,
            "headline": True,
            "definition": "P = V x I in W, with the supply voltage the catalogue states.",
            "formula": "supply_voltage * latest(current)",
            "source": "",
            "role": "power",
            "goal": {"at_least": None, "at_most": 40.0},
            "planned": False,
            "by": "",
        }
    ],
    "services": [
        {
            "name": "descaling",
            "title": "Descaling",
            "every": "increase(litres) / 2000",
            "reset_by": "descaled",
            "advice": "Run the descaling programme and rinse twice.",
        }
    ],
    "wears": [
        {
            "name": "bearing",
            "title": "Bearing",
            "sign": "vibration while it turns",
            "shown_by": "mean(vibration) * duration() / time(rpm > 200)",
            "unit": "mm/s",
            "ends_at": "vibration",
            "falls": False,
            "reset_by": "bearing_changed",
            "decimals": 2,
            "advice": "Clean the blades; if it still grows, order a fan or a bearing.",
        }
    ],
    "faults": [
        {
            "code": 1,
            "name": "overcurrent",
            "label": "Overcurrent Fault",
            "severity": "High",
            "advice": "Switch the fan off, turn the rotor by hand.",
        }
    ],
    "inputs": [
        {
            "name": "set_point",
            "title": "Set point",
            "unit": "rpm",
            "low": 600.0,
            "high": 1600.0,
            "decimals": 0,
            "default": 1200.0,
            "choices": [],
            "channel": "",
            "setting": "set_point",
            "param": "",
        }
    ],
    "stale_after_s": 5.0,
    "nominal_rate_hz": 5.0,
}
SETTING: Final = {
    "desired": 2.0,
    "reported": 5.0,
    "differs_since_ms": _NOON - 60_000,
    "refused": None,
    "set_by": "Sam",
    "set_ms": _NOON - 60_000,
}
STATE: Final = {
    "device": "fan-01",
    "asset": "fan",
    "time_ms": _NOON,
    "published_ms": _NOON + 12,
    "status": "online",
    "fresh": True,
    "sequenced": True,
    "values": {"temperature": 58.4, "rpm": 1187.0, "current": 2.9, "vibration": 0.82},
    "kpis": {
        "power_w": {"value": 34.8, "unit": "W", "coverage": 1.0},
        "energy_wh": {"value": 612.5, "unit": "Wh", "coverage": 0.98},
    },
    "open_alarms": 1,
    "truth": None,
    "period_ms": 200,
    "clock": {"offset_ms": 12, "uncertainty_ms": 40, "corrected": False},
    "troubles": {},
    "catalogue": None,
    "stopped": False,
    "maintenance": None,
    "not_judged": None,
    "times_ms": {},
    "settings": {"rate_hz": SETTING},
    "events": {},
}
LATEST: Final = STATE | {
    "channels": {
        "temperature": {
            "value": 58.4,
            "unit": "°C",
            "time_ms": _NOON,
            "age_ms": 12,
            "reason": None,
        },
        "ambient": {
            "value": None,
            "unit": "°C",
            "time_ms": None,
            "age_ms": None,
            "reason": "It was not sent yet.",
        },
    }
}
SETTINGS: Final = {"device": "fan-01", "settings": {"rate_hz": SETTING}}
REGISTRY: Final = {
    "device": "fan-01",
    "revision": 12,
    "name": "Extract fan",
    "place": "hall 2",
    "group": "ventilation",
    "model": "EC fan 92 mm",
    "notes": "",
    "tags": ["night"],
    "asset": None,
    "asset_in_use": "fan",
    "asset_from": "birth",
    "stage": {
        "name": "in_use",
        "note": "",
        "since_ms": _NOON - 600_000,
        "by": "Sam",
        "counts_from_ms": _NOON - 600_000,
    },
    "life": {"of": "fan-01", "number": 2, "began_ms": _NOON - 900_000, "ended_ms": None},
    "photo": "18797a2e6c1f0a00-2f1b",
    "changed_ms": _NOON - 60_000,
    "changed_by": "Sam",
    "changes": [
        {
            "kind": "field",
            "name": "place",
            "value": "hall 2",
            "valid_from_ms": None,
            "source": "",
            "changed_ms": _NOON - 60_000,
            "changed_by": "Sam",
        }
    ],
}
_BAND: Final = {"name": "night", "value": 0.19, "from": "22:00", "to": "06:00", "days": []}
LIVES: Final = [
    {
        "device": "fan-01",
        "number": 2,
        "began_ms": _NOON - 900_000,
        "ended_ms": None,
        "stage": "in_use",
        "by": None,
        "note": "",
    },
    {
        "device": "fan-01.life1",
        "number": 1,
        "began_ms": None,
        "ended_ms": _NOON - 900_000,
        "stage": "replaced",
        "by": "Sam",
        "note": "bearing seized",
    },
]
ENROLMENT: Final = {
    "device": "my-fan",
    "username": "my-fan",
    "password": "0f3c9a52e7d14b86a1905dc27e48f63b",
    "site_toml": 'site = "workshop"\n[device]\nid = "my-fan"\nasset = "fan"\n[broker]\n…',
    "flash": ".venv/bin/python -m firmware flash --port /dev/ttyUSB0 --image ESP32_GENERIC.bin",
    "publish": "mosquitto_pub -h 192.168.1.10 -p 1883 -u my-fan -P 0f3c… -q 1 -t …",
    "is_reachable": True,
}
WAITING_BOARD: Final = {
    "device": "my-fan",
    "name": "Extract fan",
    "place": "hall 2",
    "group": "",
    "asset": "fan",
}
REMOVAL: Final = {
    "device": "my-fan",
    "confirm": "my-fan",
    "lost": {
        "readings": 41_200,
        "events": 0,
        "minutes": 138,
        "diagnoses": 140,
        "alarms": 2,
        "open_alarms": 1,
        "refused": 0,
        "registry": 3,
        "photos": 1,
        "first_ms": _NOON - 8_280_000,
    },
    "stays": ["What was carried to InfluxDB or exported stays there."],
    "is_removed": False,
}
_VERSION: Final = {
    "value": 0.31,
    "bands": [_BAND],
    "valid_from_ms": 1767225600000,
    "source": "contract of 2026",
    "changed_ms": _NOON,
    "changed_by": "Sam",
}
_PRICE: Final = {
    "title": "Price of electricity",
    "unit": "GBP/kWh",
    "value": 0.2635,
    "scope": "type",
    "source": "Ofgem price cap, October to December 2025",
    "valid_from_ms": None,
    "band": None,
    "versions": [{"scope": "site", **_VERSION}],
}
PARAMS: Final = {"device": None, "time_ms": _NOON, "params": {"price_per_kwh": _PRICE}}
DEVICE_PARAMS: Final = {**PARAMS, "device": "fan-01"}
_OWN: Final = [20.0, 45.0]
LIMITS: Final = {
    "device": "fan-01",
    "time_ms": _NOON,
    "channels": [
        {word: CHANNEL[word] for word in ("name", "title", "unit", "low", "high", "limits")}
        | {"normal": _OWN, "type_normal": CHANNEL["normal"], "type_limits": CHANNEL["limits"]}
        | {"is_own": True}
        | {
            "versions": [
                {
                    "normal": _OWN,
                    "limits": None,
                    "valid_from_ms": _NOON - 60_000,
                    "source": "data sheet of the motor",
                    "changed_ms": _NOON - 60_000,
                    "changed_by": "Sam",
                }
            ]
        }
    ],
}
DIAGNOSIS: Final = {
    "device": "fan-01",
    "time_ms": _NOON,
    "judged_ms": _NOON + 8,
    "stale": False,
    "fault_code": 1,
    "fault_label": "Overcurrent Fault",
    "fault": "overcurrent",
    "confidence": 0.92,
    "severity": "High",
    "advice": "Switch the fan off, turn the rotor by hand.",
    "reasons": [
        {
            "channel": "current",
            "weight": 0.61,
            "text": "current is 2.9 A; in healthy machines 0.8 to 1.3 A",
        }
    ],
    "anomaly_score": 0.12,
    "model": "fan-3f2a91c0",
    "channel": None,
    "reconstruction": None,
}
ALARM: Final = {
    "id": 1,
    "device": "fan-01",
    "name": "current_high",
    "kind": "limit",
    "severity": "High",
    "text": "Current 2.90 A is above 2.2 A: switch off and check the rotor for drag.",
    "raised_ms": _NOON - 4000,
    "acknowledged_ms": None,
    "acknowledged_by": None,
    "cleared_ms": None,
    "count": 1,
    "note": None,
    "word_ms": None,
    "shelved_until_ms": None,
    "shelved_by": None,
    "shelved_note": None,
    "over": None,
    "suppressed_ms": None,
    "suppressed_until_ms": None,
    "suppressed_by": None,
    "part_of": None,
    "findings": 2,
    "cause": "current_high",
    "cost_per_hour": 0.0036,
    "cost_unit": "GBP/h",
    "cost_reason": None,
    "verdict": None,
    "evidence": [
        {
            "name": "fault_overcurrent",
            "kind": "fault",
            "severity": "High",
            "text": "Overcurrent Fault (92 % sure): switch the fan off, turn the rotor by hand.",
            "time_ms": _NOON - 3000,
            "over_ms": None,
        }
    ],
}
SHELVED: Final = ALARM | {
    "word_ms": _NOON,
    "shelved_until_ms": _NOON + 28_800_000,
    "shelved_by": "Sam",
    "shelved_note": "Spare part comes tomorrow.",
}
ACKNOWLEDGED: Final = ALARM | {
    "acknowledged_ms": _NOON,
    "acknowledged_by": "Sam",
    "note": "Rotor is being cleaned.",
    "word_ms": _NOON,
}
UNACKNOWLEDGED: Final = ALARM | {"word_ms": _NOON + 60_000}
MANY_ACKNOWLEDGED: Final = {
    "acknowledged": [ACKNOWLEDGED],
    "left": [{"id": 2, "detail": "Alarm 2 was cleared already (at 1763639990000)."}],
}
_ALARM_SUMS: Final = {
    "device": None,
    "name": "current_high",
    "kind": None,
    "severity": None,
    "count": 3,
    "times": 7,
    "duration_ms": 840_000,
    "mtta": {"value_ms": 95_000, "of": 2, "reason": None},
    "mttr": {"value_ms": 420_000, "of": 2, "reason": None},
    "open": 1,
    "open_ms": 4000,
    "oldest_open_ms": 4000,
    "suppressed": 0,
    "judged": {"right": 1, "nothing": 0, "normal_here": 1, "cause": 0},
    "precision": {"value": 0.5, "of": 2, "reason": None},
}
ALARM_STATISTICS: Final = {
    "from_ms": _NOON - 604_800_000,
    "to_ms": _NOON,
    "by": "name",
    "total": _ALARM_SUMS | {"name": None},
    "groups": [_ALARM_SUMS],
}
_SAID: Final = {
    "verdict": "cause",
    "cause": "thermal_drift",
    "note": "Filter.",
    "decided_ms": _NOON + 120_000,
    "decided_by": "Sam",
}
_FORMER: Final = _SAID | {"verdict": "right", "cause": None, "decided_ms": _NOON + 60_000}
ALARM_VERDICT: Final = {"alarm": 1, "verdict": _SAID, "former": [_FORMER]}
NO_VERDICT: Final = {
    "alarm": 1,
    "verdict": None,
    "former": [_SAID | {"verdict": None, "cause": None, "note": ""}, _FORMER],
}
JUDGED_ALARM: Final = {
    "id": 7,
    "alarm": 1,
    "device": "fan-01",
    "asset": "fan",
    **{key: ALARM[key] for key in ("kind", "name", "cause", "severity", "text")},
    **{key: ALARM[key] for key in ("raised_ms", "cleared_ms")},
    "verdict": _SAID,
}
DELIVERY: Final = {
    "device": "fan-01",
    "stored": 36000,
    "duplicates": 12,
    "conflicts": 0,
    "quarantined": 0,
    "gaps": 0,
    "missing": 0,
    "over_budget": 0,
    "epoch": "9f2c41aa-7",
    "watermark": 1041,
    "pending": 0,
    "last_seen_ms": _NOON,
}
DEVICE: Final = {
    "device": "fan-01",
    "asset": "fan",
    "stage": "in_use",
    "first_seen_ms": _NOON - 86_400_000,
    "status": "online",
    "sequenced": True,
    "birth": {
        "asset": "fan",
        "model": "virtual fan, 12 V",
        "firmware": "0.1.0",
        "epoch": "9f2c41aa-7",
        "channels": [{"name": "temperature", "unit": "°C"}, {"name": "rpm", "unit": "rpm"}],
        "rate_hz": 5.0,
        "location": "cabinet 1",
        "virtual": True,
        "faults": ["overcurrent", "thermal_drift"],
        "update": {"state": "good", "version": "0.1.0", "reason": ""},
    },
    "birth_refused": None,
    "imported_ms": None,
    "state": STATE,
    "diagnosis": DIAGNOSIS,
    "alarms": [ALARM],
    "delivery": DELIVERY,
}
INTRODUCTION: Final = {
    **{
        key: DEVICE[key]
        for key in ("device", "asset", "stage", "first_seen_ms", "birth", "birth_refused")
    },
    "name": "Extract fan",
    "place": "Hall 2",
    "group": "cooling",
    "photo": "18797a2e6c1f0a00-2f1b",
    "imported_ms": None,
}
RESULT: Final = {"id": "5f0c9d3e8a714b62", "ok": True, "error": None, "time_ms": _NOON}
HISTORY: Final = {
    "device": "fan-01",
    "from_ms": _NOON - 4000,
    "to_ms": _NOON,
    "bucket_ms": 2000,
    "read_from": "readings",
    "time_ms": [_NOON - 4000, _NOON - 2000],
    "count": [10, 10],
    "coverage": [None, None],
    "channels": {
        "temperature": {"min": [41.0, 41.1], "mean": [41.2, 41.25], "max": [41.3, 41.4]},
        "current": {"min": [1.06, 1.05], "mean": [1.08, 1.07], "max": [1.1, 1.1]},
    },
    "counters": {"litres": {"last": [1058.0, 1058.24], "increase": [0.0, 0.24]}},
    "kpis": {},
    "as_of": None,
}
REVISION: Final = {
    "id": 41,
    "first_changed_ms": _NOON - 120_000,
    "last_changed_ms": _NOON - 90_000,
    "from_ms": _NOON - 7_200_000,
    "to_ms": _NOON - 3_600_000,
    "minutes": 60,
    "unknown": 58,
    "reason": "late",
    "by": "",
    "text": "Readings came late.",
    "energy_wh": {"before": 0.4, "after": 12.9},
}
HISTORIES: Final = {
    "from_ms": _NOON - 7200000,
    "to_ms": _NOON,
    "bucket_ms": 3600000,
    "devices": [
        {
            "device": "fan-01",
            "from_ms": _NOON - 7200000,
            "to_ms": _NOON,
            "bucket_ms": 3600000,
            "read_from": "hours",
            "time_ms": [_NOON - 7200000, _NOON - 3600000],
            "count": [18000, 17460],
            "coverage": [1.0, 0.97],
            "channels": {
                "temperature": {"min": [40.1, 40.3], "mean": [41.2, 41.4], "max": [43, 44]}
            },
            "counters": {},
            "kpis": {
                "power_w": {
                    "unit": "W",
                    "value": [12.9, 12.8],
                    "low": [12.9, 12.5],
                    "high": [12.9, 13.1],
                    "coverage": [1.0, 0.97],
                    "reason": [None, None],
                }
            },
        }
    ],
}
_COLUMNS: Final = {
    "energy_wh": [12.9, 12.4],
    "co2_g": [2.28, 2.19],
    "cost": [0.0034, 0.0033],
    "coverage": [1.0, 0.97],
}
_BUCKETS: Final = {
    "bucket": "hour",
    "time_zone": "Europe/London",
    "time_ms": [_NOON - 7200000, _NOON - 3600000],
    "end_ms": [_NOON - 3600000, _NOON],
    "label": ["2025-11-20T10:00+00:00", "2025-11-20T11:00+00:00"],
}
KPIS: Final = {
    "device": "fan-01",
    **_BUCKETS,
    "kpis": {
        "energy_wh": {
            "unit": "Wh",
            "value": [12.9, 12.4],
            "low": [12.9, 12.4],
            "high": [12.9, 12.98],
            "coverage": [1.0, 0.97],
            "reason": [None, None],
        },
        "oee_percent": {
            "unit": "%",
            "value": [None, None],
            "low": [None, None],
            "high": [None, None],
            "coverage": [0.0, 0.0],
            "reason": ["no plan", "no plan"],
        },
    },
}
GROUPED_KPIS: Final = {
    "group": "asset",
    **_BUCKETS,
    "groups": [
        {
            "name": "fan",
            "devices": ["fan-01", "fan-02"],
            "kpis": {
                "running_h": {
                    "unit": "h",
                    "value": [2.0, 1.97],
                    "low": [2.0, 1.97],
                    "high": [2.0, 2.0],
                    "coverage": [1.0, 0.985],
                    "reason": [None, None],
                }
            },
        }
    ],
}
KPIS_BY_LABEL: Final = {
    "label": "operator",
    "from_ms": 1_763_553_600_000,
    "to_ms": 1_763_640_000_000,
    "types": [
        {
            "asset": "instrument",
            "devices": ["lab-01", "lab-02"],
            "kept_from_ms": 1_763_035_200_000,
            "coverage": 0.97,
            "values": [
                {
                    "value": "P-6K2QX4MTJA",
                    "measured_ms": 41_000_000,
                    "kpis": {
                        "samples_per_h": {
                            "unit": "1/h",
                            "value": 47.2,
                            "low": 47.2,
                            "high": 47.2,
                            "coverage": 1.0,
                            "reason": None,
                        }
                    },
                }
            ],
        }
    ],
}
ENERGY: Final = {
    **_BUCKETS,
    "devices": {"fan-01": _COLUMNS},
    "measured": {
        "fan-01": {"began_ms": 1762700000000, "expected_ms": 7_200_000, "measured_ms": 7_092_000}
    },
    "totals": {"energy_wh": 25.3, "co2_g": 4.47, "cost": 0.0067, "coverage": 0.08},
    "factors": {
        "co2_kg_per_kwh": 0.177,
        "price_per_kwh": 0.2635,
        "currency": "GBP",
        "source": "CO2: UK Government GHG conversion factors 2025. Price: Ofgem price cap.",
        "co2": {
            "value": 0.177,
            "unit": "kg CO2e/kWh",
            "valid_from": "2025-06-10",
            "source": "UK Government GHG conversion factors 2025",
            "bands": [],
        },
        "price": {
            "value": 0.2635,
            "unit": "GBP/kWh",
            "valid_from": "2025-10-01",
            "source": "Ofgem price cap",
            "bands": [],
        },
        "versions": [
            {
                "from_ms": _NOON - 3_600_000,
                "co2_kg_per_kwh": 0.177,
                "price_per_kwh": 0.2635,
                "bands": {"co2": [], "price": []},
            }
        ],
    },
}
_LOADS: Final = {
    "peak": {"w": 41.2, "time_ms": _NOON - 7_200_000, "is_least": False},
    "base": {"w": 12.8, "time_ms": _NOON - 36_000_000, "is_least": False, "quarters": 95},
    "mean_w": 24.5,
    "mean_is_least": True,
    "quarters": 96,
    "whole": 95,
    "of": 96,
    "coverage": 0.99,
    "reason": None,
}
POWER: Final = {
    "time_zone": "Europe/London",
    "step_ms": 900_000,
    "time_ms": [_NOON - 1_800_000, _NOON - 900_000],
    "power_w": [24.1, 9.6],
    "is_least": [False, True],
    "measured": [1.0, 0.4],
    **_LOADS,
    "devices": {"fan-01": _LOADS},
}
_THIS: Final = {"energy_wh": 812.4, "co2_g": 143.8, "cost": 0.214, "coverage": 0.98}
_LAST: Final = {"energy_wh": 903.0, "co2_g": 159.8, "cost": 0.238, "coverage": 0.97}
_CHANGE: Final[dict[str, Any]] = {
    "energy_wh": -10.0,
    "co2_g": -10.0,
    "cost": -10.1,
    "reason": None,
    "came": [],
}
COMPARISON: Final = {
    "period": "week",
    "bucket": "day",
    "time_zone": "Europe/London",
    "currency": "GBP",
    "this": {"from_ms": 1763337600000, "to_ms": _NOON, "label": "2025-W47", **_THIS},
    "last": {
        "from_ms": 1762732800000,
        "to_ms": _NOON - 604_800_000,
        "label": "2025-W46",
        **_LAST,
    },
    "change": _CHANGE,
    "bars": [{"label": "2025-11-17", "time_ms": 1763337600000, "this": _THIS, "last": _LAST}],
}
EPISODE: Final = {
    "fault": "overcurrent",
    "fault_label": "Overcurrent Fault",
    "fault_code": 1,
    "severity": "High",
    "confidence": 0.97,
    "start_ms": _NOON - 600000,
    "end_ms": None,
}
RAW_READINGS: Final = {
    "device": "fan-01",
    "readings": [
        {
            "time_ms": _NOON,
            "epoch": "9f2c41aa-7",
            "seq": 1041,
            "values": {"temperature": 58.4, "rpm": 1187.0, "vibration": 0.82},
            "received_ms": _NOON + 12,
            "board_ms": _NOON,
            "stamped": "board",
            "period_ms": None,
            "truth": None,
            "aside": {
                "current": {
                    "value": 1e6,
                    "reason": "out_of_range",
                    "detail": "current cannot be 1000000 A",
                }
            },
        }
    ],
    "cursor": "WzEsMTc2MzY0MDAwMDAwMCw0NzExLDI1MzQwMjMwMDc5OTk5OV0",
    "more": True,
}
DELETED_READINGS: Final = {
    "device": "fan-01",
    "from_ms": _NOON - 7_200_000,
    "to_ms": _NOON - 5_400_000,
    "lost": {"readings": 9_000, "events": 0, "minutes": 30},
    "stays": ["What was carried to InfluxDB or Kafka, exported or backed up."],
    "is_done": True,
}
HAPPENING: Final = {
    "id": 4711,
    "time_ms": _NOON,
    "received_ms": _NOON + 12,
    "epoch": "9f2c41aa-7",
    "seq": 1042,
    "event": "service",
    "values": {"volume": 0.24, "user": "u7"},
    "aside": None,
}
ANOMALIES: Final = {
    "device": "fan-01",
    "method": "rolling",
    "from_ms": _NOON - 86_400_000,
    "to_ms": _NOON,
    "anomalies": [
        {
            "id": None,
            "method": "rolling",
            "name": "rolling_current",
            "kind": None,
            "channel": "current",
            "severity": "Low",
            "text": "Current is 2.90 A, 31.4 times its usual spread above the 60 looks before.",
            "score": 31.4,
            "threshold": 6.0,
            "start_ms": _NOON - 120_000,
            "end_ms": _NOON - 60_000,
            "alarm": None,
            "evidence": [],
        }
    ],
    "judged_ms": 86_040_000,
    "mtba": {"unit": "h", "value": 23.9, "low": 4.3, "high": None, "of": 1, "reason": None},
    "response_index": {
        "unit": "min", "value": 1.0, "low": None, "high": None, "of": 1, "reason": None,
    },
    "learning": {"stage": "learned", "share": 1.0, "looks": 2880, "needed": 1440},
}  # fmt: skip
_ANOMALY_SUMS: Final = {
    "count": 3,
    "lasting": 1,
    "judged_ms": 604_800_000,
    "mtba": {"unit": "h", "value": 56.0, "low": 19.1, "high": 271.5, "of": 3, "reason": None},
    "response_index": {
        "unit": "min", "value": 4.5, "low": 0.0, "high": 9.4, "of": 2, "reason": None,
    },
}  # fmt: skip
ANOMALY_STATISTICS: Final = {
    "from_ms": _NOON - 604_800_000,
    "to_ms": _NOON,
    "method": None,
    "total": _ANOMALY_SUMS,
    "machines": [_ANOMALY_SUMS | {"device": "fan-01"}],
}
STATE_EPISODE: Final = {"state": "dispensing", "start_ms": _NOON - 9_000, "end_ms": None}
LOG_ENTRY: Final = {
    "id": "0123456789ab",
    "device": "dispenser-01",
    "time_ms": _NOON - 3_600_000,
    "until_ms": None,
    "text": "With the new agent.",
    "event": "descaled",
    "changed_ms": _NOON,
    "changed_by": "Sam",
}
_BAND_NOW: Final = {"value": 96.1, "low": 91.3, "high": 100.8}
_BAND_THEN: Final = {"value": 61.9, "low": 58.2, "high": 65.0}
_BAND_DELTA: Final = {"value": -34.2, "low": -36.4, "high": -32.0}
WHAT_IF: Final = {
    "device": "fan-01",
    "asset": "fan",
    "hours": 8.0,
    "seeds": 12,
    "from_ms": _NOON,
    "to_ms": _NOON + 8 * 3_600_000,
    "inputs": {"set_point": {"now": 1200.0, "then": 900.0}},
    "delta": {
        "kwh": {"value": -0.0342, "low": -0.0364, "high": -0.032, "unit": "kWh"},
        "cost": {"value": -0.009, "low": -0.0096, "high": -0.0084, "unit": "GBP"},
        "co2_kg": {"value": -0.0061, "low": -0.0064, "high": -0.0057, "unit": "kg"},
    },
    "figures": [
        {
            "name": "energy_wh",
            "title": "Energy",
            "unit": "Wh",
            "role": "energy",
            "decimals": 1,
            "now": _BAND_NOW,
            "then": _BAND_THEN,
            "delta": _BAND_DELTA,
            "reason": None,
        }
    ],
    "channels": [
        {
            "name": "temperature",
            "title": "Temperature",
            "unit": "°C",
            "decimals": 1,
            "now": {"value": 40.2, "low": 38.0, "high": 42.1},
            "then": {"value": 44.6, "low": 42.0, "high": 47.0},
            "delta": {"value": 4.4, "low": 3.9, "high": 5.0},
        }
    ],
    "chances": [
        {
            "kind": "limit",
            "name": "temperature_high",
            "label": "Temperature high",
            "now": None,
            "then": {"value": 0.083, "low": 0.02, "high": 0.29},
        }
    ],
    "left_out": [],
    "note": "All of the simulated time is taken to be planned time. No virtual machine breaks or"
    " wears by itself: a fault is among the chances only where what it is told leads there, so that"
    " none among them says nothing of how likely one is.",
}
HEALTH_PARTS: Final = {
    "value": 42.5,
    "parts": [
        {
            "of": "limits",
            "points": 7.5,
            "text": "Vibration has gone 25% of the way to its limit (2.3 to 4.5 mm/s).",
        },
        {"of": "alarm", "points": 50.0, "text": "Overcurrent Fault (92% sure)."},
        {
            "of": "diagnosis",
            "points": 0.0,
            "text": "Overcurrent Fault (92% sure). It counts once, as it tells of the same.",
        },
    ],
    "reason": None,
}
DUE: Final = {
    "name": "bearing",
    "title": "Bearing",
    "advice": "Clean the blades; if it still grows, order a fan or a bearing.",
    "kind": "wear",
    "share": None,
    "low": None,
    "high": None,
    "coverage": 1.0,
    "since_ms": _NOON - 2_592_000_000,
    "done_by": "Sam",
    "reason": None,
    "reset_by": "bearing_changed",
    "sign": {
        "title": "vibration while it turns",
        "unit": "mm/s",
        "decimals": 2,
        "value": 2.41,
        "ends_at": 4.5,
        "falls": False,
    },
    "left": {
        "hours": 288.0,
        "low": 216.0,
        "high": 408.0,
        "reason": None,
        "level": 0.9,
        "method": "slope of Theil and Sen, first passage of a Wiener process",
        "points": 60,
        "seen_h": 720.0,
    },
}
REFUSAL: Final = {
    "id": 7,
    "received_ms": _NOON,
    "device": "fan-01",
    "topic": "edgetwin/v1/workshop/fan-01/telemetry",
    "reason": "out_of_range",
    "detail": "rpm is -1, possible is 0 to 6000 rpm",
    "epoch": "9f2c41aa-7",
    "seq": 1042,
    "raw": '{"epoch":"9f2c41aa-7","seq":1042,"values":{"rpm":-1}}',
}
AUDIT_ENTRY: Final = {
    "id": 42,
    "time_ms": _NOON,
    "who": "unknown",
    "origin": "192.168.1.77",
    "what": "login_refused",
    "detail": "the broker let nobody in under that name and password",
    "count": 10,
}
_OK: Final = {"status": "ok", "detail": "connected", "since_ms": _NOON - 3600000}
HEALTH: Final = {
    "status": "ok",
    "version": "0.1.0",
    "uptime_s": 3600.5,
    "dependencies": {
        "broker": _OK,
        "journal": _OK | {"detail": "writable"},
        "archive": _OK | {"detail": "412 days of machines, 1640.2 MB"},
        "inference": _OK | {"detail": "answers"},
        "influxdb": _OK | {"detail": "delivering", "behind": 0},
        "kafka": _OK | {"detail": "Kafka at 127.0.0.1:9092", "behind": 0},
    },
    "time_zone": "Europe/London",
    "shifts": ["early", "late", "night"],
    "processes": [
        {"name": "broker", "state": "RUNNING", "restarts": 0, "last_exit_ms": None, "down": False}
    ],
}
SYSTEM: Final = {
    "uptime_s": 3600.5,
    "disk": {
        "journal": 734003200,
        "reserve": 33554432,
        "free": 21474836480,
        "total": 31268536320,
    },
    "kept": {
        "reading_days": 7.0,
        "minute_days": 365.0,
        "alarm_days": 400.0,
        "oldest_reading_ms": _NOON - 604800000,
    },
    "clock": {
        "now_ms": _NOON,
        "time_zone": "Europe/London",
        "offset_ms": -12,
        "within_ms": 3000,
        "boards": 5,
    },
    "work": {
        "queue": 0,
        "messages": 18000,
        "readings_stored": 90000,
        "duplicates": 3,
        "dropped": 0,
        "diagnoses": 7200,
    },
    "versions": {
        "gateway": "0.1.0",
        "inference": "0.1.0",
        "models": {
            "fan": {
                "status": "ok",
                "model": "fan-35173396",
                "trained_at": "2025-11-18T08:12:00+00:00",
                "macro_f1": 0.978,
                "verdicts": 12,
            }
        },
        "boards": {"0.1.0": 5},
    },
    "budgets": {"readings_per_s": 200, "mb_a_day": 2000, "over": {"press-01": 40}},
    "refused": {
        "by_reason": {"out_of_range": 12, "over_budget": 40},
        "kept": 12,
        "kept_bytes": 1908,
        "newest_ms": _NOON - 60000,
    },
    "learning": {"machines": 10, "learned": 8, "oldest_look_s": 41.5},
}

_DETAILS: Final = {
    401: "This needs the header 'Authorization: Bearer TOKEN' with the token of"
    " EDGETWIN_API_TOKEN.",
    404: "No device 'fan-99' has reported to this gateway.",
    409: "fan-01 is offline; send the command again when it is back.",
    413: "The body is too large: at most 2097152 bytes are taken.",
    415: "This needs a picture as its body and the header 'Content-Type' that says of what kind:"
    " image/png, image/jpeg, image/webp.",
    422: "The query parameter 'points' does not fit: Input should be greater than or equal to 2.",
    503: "The journal cannot be read at the moment.",
    504: "fan-01 did not answer 'identify' within 5 s.",
}


def problem(status: int, title: str) -> dict[str, Any]:
    """What an answer with this status may look like."""
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": _DETAILS[status],
        "instance": "/devices/fan-01",
    }


NOTIFICATIONS: Final = {
    "mistake": None,
    "targets": [
        {
            "name": "office",
            "address": "mailtos://…",
            "failure": None,
            "told_ms": _NOON,
            "waiting": 0,
            "due_ms": None,
            "failing_since_ms": None,
            "last_failure": "Connection refused",
            "last_failed_ms": _NOON - 3_600_000,
            "expired": 0,
            "expired_ms": None,
        }
    ],
    "routes": [{"name": "all", "tell": ["office"], "severity": "High", "doubt": None}],
}
NOTIFICATION_TEST: Final = {"target": "office", "told": True, "detail": ""}
WINDOW: Final = {
    "id": "9f2c41aa",
    "device": "fan-01",
    "group": None,
    "place": None,
    "from_ms": _NOON,
    "to_ms": None,
    "weekly": {"weekdays": ["sat"], "from": "22:00", "to": "02:30"},
    "note": "New bearing",
    "by": "Sam",
    "made_ms": _NOON,
    "stands": False,
    "stands_until_ms": None,
    "next_ms": _NOON + 212_400_000,
}
_REPORT_FIGURE: Final = {
    "name": "oee_percent",
    "title": "OEE",
    "unit": "%",
    "value": 61.3,
    "low": 58.0,
    "high": 64.1,
    "coverage": 0.97,
    "reason": None,
}
REPORT: Final = {
    "site": "workshop",
    "time_zone": "Europe/London",
    "currency": "GBP",
    "made_ms": _NOON,
    "period": {
        "from_ms": 1762732800000,
        "to_ms": 1762819200000,
        "until_ms": 1762819200000,
        "kind": "day",
        "label": "2025-11-10",
        "is_over": True,
    },
    "filter": {"asset": None, "place": None, "group": None, "tag": None, "devices": None},
    "measured": {
        "coverage": 0.98,
        "holed_below": 0.95,
        "with_holes": ["water-01"],
        "not_there": [],
    },
    "machines": [
        {
            "device": "water-01",
            "name": "Kitchen",
            "asset": "dispenser",
            "title": "Water dispenser",
            "place": "hall 2",
            "group": "",
            "first_seen_ms": 1762700000000,
            "began_ms": 1762700000000,
            **_THIS,
            "by_bucket": [1.0, 0.92],
        }
    ],
    "energy": {
        "totals": _THIS,
        "before": {"from_ms": 1762646400000, "to_ms": 1762732800000, **_LAST},
        "change": _CHANGE,
        "buckets": {
            "bucket": "hour",
            "time_zone": "Europe/London",
            "time_ms": [1762732800000, 1762736400000],
            "end_ms": [1762736400000, 1762740000000],
            "label": ["2025-11-10T00:00+00:00", "2025-11-10T01:00+00:00"],
            "energy_wh": [410.2, 402.2],
            "co2_g": [72.6, 71.2],
            "cost": [0.108, 0.106],
            "coverage": [1.0, 0.92],
        },
        "power": _LOADS,
        "factors": ENERGY["factors"],
        "untold": [],
    },
    "alarms": {
        "total": _ALARM_SUMS | {"name": None},
        "by_kind": [_ALARM_SUMS | {"name": None, "kind": "limit"}],
        "by_severity": [_ALARM_SUMS | {"name": None, "severity": "High"}],
        "by_name": [_ALARM_SUMS],
        "by_device": [_ALARM_SUMS | {"name": None, "device": "water-01"}],
        "longest": [ALARM],
        "note": None,
    },
    "operation": {
        "machines": [{"device": "water-01", "figures": {"oee": _REPORT_FIGURE}}],
        "types": [
            {
                "asset": "dispenser",
                "title": "Water dispenser",
                "devices": ["water-01"],
                "figures": {"oee": _REPORT_FIGURE},
            }
        ],
        "without": [],
    },
    "doubts": {
        "refused": [{"device": "water-01", "reason": "out_of_range", "count": 3}],
        "kept_from_ms": None,
        "clocks": [{"device": "water-01", "times": 1, "off_ms": 600_000}],
        "reason": None,
    },
    "as_of": None,
    "since": None,
}
