"""The answers' shapes as /docs shows them: every field with its meaning and unit, and an example.

Answers themselves are encoded straight from the gateway's structs, as validating 10,000 devices a
request would take seconds; tests hold the two against each other.
"""

from gateway.api.schema.base import Problem
from gateway.api.schema.devices import (
    AssetType,
    Delivery,
    Device,
    Introduction,
    Latest,
    MachineHealth,
    Result,
    State,
)
from gateway.api.schema.events import (
    Acknowledged,
    Alarm,
    AlarmStatistics,
    Anomalies,
    AnomalyStatistics,
    Diagnosis,
    Due,
    Episode,
    Happening,
    Refusal,
    StateEpisode,
)
from gateway.api.schema.loads import Comparison, Power
from gateway.api.schema.machines import Enrolment, LifeOfName, Removal, WaitingBoard
from gateway.api.schema.maintenance import MaintenanceWindow
from gateway.api.schema.notifications import Notifications, NotificationTest
from gateway.api.schema.readings import DeletedReadings, RawReadings
from gateway.api.schema.registry import Limits, LogEntry, Params, Registry, Settings
from gateway.api.schema.report import Report
from gateway.api.schema.revisions import Revision
from gateway.api.schema.series import Energy, GroupedKpis, Histories, History, Kpis, KpisByLabel
from gateway.api.schema.service import AuditEntry, Health
from gateway.api.schema.system import System
from gateway.api.schema.verdicts import AlarmVerdict, JudgedAlarm
from gateway.api.schema.what_if import WhatIf

__all__ = [
    "Acknowledged",
    "Alarm",
    "AlarmStatistics",
    "AlarmVerdict",
    "Anomalies",
    "AnomalyStatistics",
    "AssetType",
    "AuditEntry",
    "Comparison",
    "DeletedReadings",
    "Delivery",
    "Device",
    "Diagnosis",
    "Due",
    "Energy",
    "Enrolment",
    "Episode",
    "GroupedKpis",
    "Happening",
    "Health",
    "Histories",
    "History",
    "Introduction",
    "JudgedAlarm",
    "Kpis",
    "KpisByLabel",
    "Latest",
    "LifeOfName",
    "Limits",
    "LogEntry",
    "MachineHealth",
    "MaintenanceWindow",
    "NotificationTest",
    "Notifications",
    "Params",
    "Power",
    "Problem",
    "RawReadings",
    "Refusal",
    "Registry",
    "Removal",
    "Report",
    "Result",
    "Revision",
    "Settings",
    "State",
    "StateEpisode",
    "System",
    "WaitingBoard",
    "WhatIf",
]
