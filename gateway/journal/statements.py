"""The longer SQL of the journal's writer."""

from typing import Final

# What has no greater one yet, as far as rows tell; see ``newest``.
NEWEST_OF: Final = {
    "least_reading": (
        "max((SELECT coalesce(max(id), 0) FROM reading),"
        " (SELECT coalesce(max(folded_id), 0) FROM twin))"
    ),
    "least_revision": (
        "max((SELECT coalesce(max(revision), 0) FROM minute),"
        " (SELECT coalesce(max(revision), 0) FROM alarm),"
        " (SELECT coalesce(max(revision), 0) FROM anomaly))"
    ),
    "least_device": "(SELECT coalesce(max(id), 0) FROM device)",
    "least_epoch": "(SELECT coalesce(max(id), 0) FROM epoch)",
}


def newest(key: str) -> str:
    """SQL of the greatest id or revision that was ever given, also where its row was removed."""
    kept = f"coalesce((SELECT value FROM meta WHERE key = '{key}'), 0)"  # noqa: S608
    return f"max({NEWEST_OF[key]}, {kept})"


ADD_DEVICE: Final = (
    "INSERT INTO device(id,name,asset,first_seen_ms,last_seen_ms)"  # noqa: S608
    f" VALUES ({newest('least_device')} + 1,?,?,?,?) RETURNING id"
)
ADD_EPOCH: Final = (
    f"INSERT INTO epoch(id,device,name) VALUES ({newest('least_epoch')} + 1,?,?) RETURNING id"  # noqa: S608
)
INSERT_READING: Final = "INSERT OR IGNORE INTO reading VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
INSERT_QUARANTINE: Final = (
    "INSERT INTO quarantine(received_ms,device,topic,reason,detail,epoch,seq,raw)"
    " VALUES (?,?,?,?,?,?,?,?)"
)
COUNT_REFUSAL: Final = (
    "INSERT INTO refusal VALUES (?,?,?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
)
PUT_MINUTE: Final = (
    "INSERT INTO minute VALUES (?,?,?,?)"
    " ON CONFLICT DO UPDATE SET body = excluded.body, revision = excluded.revision"
)
_WORDS: Final = (
    "acknowledged_ms", "acknowledged_by", "note", "word_ms",
    "shelved_until_ms", "shelved_by", "shelved_note",
    "suppressed_ms", "suppressed_until_ms", "suppressed_by",
)  # fmt: skip
_IS_LATER: Final = "excluded.word_ms > coalesce(word_ms, -1)"
_LATER_WORD: Final = ", ".join(
    f"{word} = CASE WHEN {_IS_LATER} THEN excluded.{word} ELSE {word} END" for word in _WORDS
)
RANK: Final = (
    "CASE {}.severity WHEN 'Critical' THEN 0 WHEN 'High' THEN 1 WHEN 'Medium' THEN 2 ELSE 3 END"
)


def _of_greater_count(column: str) -> str:
    return (
        f"{column} = CASE WHEN excluded.count > count THEN excluded.{column}"
        f" WHEN excluded.count < count THEN {column}"
        f" ELSE coalesce({column}, excluded.{column}) END"
    )


def _told_last(column: str) -> str:
    return (
        f" {column} = CASE WHEN excluded.count < count OR excluded.findings < findings"
        f" THEN {column} ELSE excluded.{column} END"
    )


# Of an alarm ``a``: what else was found of its cause.
PARTS: Final = (
    "(SELECT json_group_array(json_object('name', p.name, 'kind', p.kind, 'severity', p.severity,"
    " 'text', p.text, 'time_ms', p.raised_ms, 'over_ms', p.cleared_ms))"
    " FROM alarm p WHERE p.part_of = a.id)"
)
EVIDENCE: Final = f"SELECT a.name, a.cause, a.text, a.own, {PARTS} FROM alarm a WHERE a.id = ?"  # noqa: S608
STORED_OF_ALARM: Final = (
    "id", "severity", "text", "cleared_ms", "over", "count", "part_of", "findings", "cause",
    *_WORDS,
)  # fmt: skip
# An alarm's life is told as often as a crash wants, in any order: a greater count is later, and of
# one count the clearing. Of people's words the later one holds, whatever it comes with. Texts are
# told anew by what this process sees only: the last one holds, unless it knows of fewer findings,
# as readings that are folded again know of no diagnosis. What is part of another stays so.
PUT_ALARM: Final = (
    "INSERT INTO alarm(device,name,kind,severity,text,raised_ms,cleared_ms,over,count,revision,"  # noqa: S608
    f" part_of,own,findings,cause,graver_ms,changed_ms,{','.join(_WORDS)})"
    " VALUES (:device,:name,:kind,:severity,:text,:raised_ms,:cleared_ms,:over,:count,:revision,"
    "(SELECT p.id FROM alarm p WHERE"
    " p.device = :device AND p.name = :lead_name AND p.raised_ms = :lead_ms),:own,:findings,"
    ":cause,:graver_ms,:changed_ms,"
    f"{','.join(f':{word}' for word in _WORDS)})"
    " ON CONFLICT DO UPDATE SET revision = excluded.revision,"
    f" severity = CASE WHEN {RANK.format('excluded')} < {RANK.format('alarm')}"
    " THEN excluded.severity ELSE severity END,"
    f"{_told_last('text')}, {_told_last('cause')},"
    " changed_ms = coalesce(excluded.changed_ms, changed_ms),"
    " graver_ms = max(coalesce(graver_ms, excluded.graver_ms),"
    " coalesce(excluded.graver_ms, graver_ms)),"
    " own = coalesce(own, excluded.own), findings = max(findings, excluded.findings),"
    " part_of = coalesce(excluded.part_of, part_of),"
    " count = max(count, excluded.count),"
    f" asked_ms = CASE WHEN suppressed_ms IS NOT NULL AND excluded.suppressed_ms IS NULL"
    f" AND {_IS_LATER} THEN excluded.word_ms"
    f" WHEN acknowledged_ms IS NOT NULL AND excluded.acknowledged_ms IS NULL AND {_IS_LATER}"
    " AND excluded.graver_ms > coalesce(graver_ms, -1) THEN excluded.graver_ms"
    " ELSE asked_ms END,"
    f" {_LATER_WORD}, {_of_greater_count('cleared_ms')}, {_of_greater_count('over')}"
    f" RETURNING {', '.join(STORED_OF_ALARM)}"
)
# Told as often as a crash wants; what has ended began when it began, and its peak only grows.
PUT_ANOMALY: Final = (
    "INSERT INTO anomaly(device,method,name,channel,severity,text,score,threshold,start_ms,end_ms,"
    "alarm,evidence,revision) VALUES (:device,:method,:name,:channel,:severity,:text,:score,"
    ":threshold,:start_ms,:end_ms,:alarm,:evidence,:revision) ON CONFLICT DO UPDATE SET"
    " end_ms = excluded.end_ms, alarm = coalesce(excluded.alarm, alarm),"
    " channel = iif(excluded.score > coalesce(score, 0), excluded.channel, channel),"
    " text = iif(excluded.score > coalesce(score, 0), excluded.text, text),"
    " evidence = iif(excluded.score > coalesce(score, 0), excluded.evidence, evidence),"
    " score = max(coalesce(score, 0), excluded.score), revision = excluded.revision RETURNING id"
)
# Of an alarm that is an anomaly: a trigger has written the row.
PUT_EVIDENCE: Final = (
    "UPDATE anomaly SET evidence = ?, revision = ? WHERE device = ? AND name = ? AND start_ms = ?"
    " AND method IN ('limits', 'classified') AND evidence IS NOT ?"
)
PUT_LEARNED: Final = "INSERT OR REPLACE INTO learned VALUES (?,?,?,?,?,?,?)"
OLDEST_READING: Final = (
    "SELECT id, received_ms FROM reading WHERE id >= ? AND id <= ? ORDER BY id LIMIT 1"
)
READINGS_FROM: Final = (
    "SELECT id, received_ms FROM reading WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?"
)
DROP_READINGS: Final = (
    f"DELETE FROM reading WHERE id IN (SELECT id FROM ({READINGS_FROM})"  # noqa: S608
    " WHERE received_ms < ?) RETURNING id"
)
DROP_OF_TIME: Final = (
    "DELETE FROM reading WHERE id IN (SELECT id FROM reading INDEXED BY reading_by_time"
    " WHERE device = ? AND time_ms >= ? AND time_ms < ? AND id <= ? LIMIT ?) RETURNING 1"
)
# Each by an index in order of time, so that only what goes is read.
DROP_HISTORY: Final = {
    "minute": (
        "DELETE FROM minute WHERE (device, start_ms) IN (SELECT device, start_ms FROM minute"
        " INDEXED BY minute_by_time WHERE start_ms < ?"
        " AND revision < (SELECT max(revision) FROM minute)"
        # What came late, or was imported, is in no sum yet.
        " AND revision <= coalesce((SELECT cursor ->> 'revision' FROM follower"
        " WHERE name = 'tiers'), revision) ORDER BY start_ms LIMIT ?) RETURNING start_ms"
    ),
    "former": (
        "DELETE FROM former WHERE id IN (SELECT id FROM former INDEXED BY former_by_age"
        " WHERE changed_ms < ? ORDER BY changed_ms LIMIT ?) RETURNING changed_ms"
    ),
    "diagnosis": (
        "DELETE FROM diagnosis WHERE id IN (SELECT id FROM diagnosis INDEXED BY diagnosis_joined"
        " WHERE until_ms < ? AND id < (SELECT max(id) FROM diagnosis) ORDER BY until_ms LIMIT ?)"
        " RETURNING id"
    ),
    "gap": (
        "DELETE FROM gap WHERE id IN (SELECT id FROM gap INDEXED BY gap_by_age"
        " WHERE noted_ms < ? AND id < (SELECT max(id) FROM gap) ORDER BY noted_ms LIMIT ?)"
        " RETURNING id"
    ),
    "alarm": (
        "DELETE FROM alarm WHERE id IN (SELECT id FROM alarm INDEXED BY alarm_by_age"
        " WHERE cleared_ms < ? AND revision < (SELECT max(revision) FROM alarm)"
        " ORDER BY cleared_ms LIMIT ?) RETURNING id"
    ),
    "anomaly": (
        "DELETE FROM anomaly WHERE id IN (SELECT id FROM anomaly INDEXED BY anomaly_by_age"
        " WHERE end_ms < ? AND revision < (SELECT max(revision) FROM anomaly)"
        " ORDER BY end_ms LIMIT ?) RETURNING id"
    ),
    "notice": (
        "DELETE FROM notice WHERE id IN (SELECT id FROM notice INDEXED BY notice_by_age"
        " WHERE told_ms < ? AND NOT EXISTS (SELECT 1 FROM transition t"
        " JOIN alarm a ON a.id = t.alarm WHERE t.id = notice.transition"
        " AND a.cleared_ms IS NULL)"  # somebody is to be told its end
        " ORDER BY told_ms LIMIT ?) RETURNING id"
    ),
    "transition": (
        "DELETE FROM transition WHERE id IN (SELECT id FROM transition"
        " INDEXED BY transition_by_age WHERE time_ms < ?"
        " AND NOT EXISTS (SELECT 1 FROM notice WHERE transition = transition.id)"
        " ORDER BY time_ms LIMIT ?) RETURNING id"
    ),
    "escalation": (
        "DELETE FROM escalation WHERE (alarm, route) IN (SELECT alarm, route FROM escalation e"
        " WHERE due_ms < ? AND NOT EXISTS (SELECT 1 FROM alarm WHERE id = e.alarm) LIMIT ?)"
        " RETURNING alarm"
    ),
}
DROP_OLDEST_QUARANTINED: Final = (
    "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine"
    " WHERE id <= (SELECT max(id) FROM quarantine) - ? ORDER BY id LIMIT ?) RETURNING length(raw)"
)
OLDEST_QUARANTINED: Final = "SELECT id, length(raw) FROM quarantine ORDER BY id LIMIT 1000"
QUARANTINE_BYTES: Final = (
    "SELECT coalesce((SELECT value FROM meta WHERE key = 'quarantine_bytes'), 0)"
)
PUT_QUARANTINE_BYTES: Final = "INSERT OR REPLACE INTO meta VALUES ('quarantine_bytes', ?)"
ADD_QUARANTINE_BYTES: Final = (
    "INSERT INTO meta VALUES ('quarantine_bytes', ?)"
    " ON CONFLICT DO UPDATE SET value = value + excluded.value"
)
EPOCH_COLUMNS: Final = "e.id, e.device, e.name, e.watermark, e.ahead"
# The board's time, body, truth and event under a key.
STORED: Final = (
    "SELECT coalesce(board_ms, iif(stamped IN (0, 4), time_ms, NULL)), body, truth, event"
    " FROM reading WHERE epoch = ? AND seq = ?"
)
NEWEST_REFUSED: Final = (
    "SELECT topic, raw FROM quarantine WHERE device = ? AND reason = ? ORDER BY id DESC LIMIT 1"
)
FIND_EPOCH: Final = f"SELECT {EPOCH_COLUMNS} FROM epoch e WHERE e.device = ? AND e.name = ?"  # noqa: S608
# Gaps of one epoch do not overlap: the first that ends at or behind a seq is the only candidate.
IS_NEWS_OR_STORED: Final = (
    "SELECT EXISTS (SELECT 1 FROM reading WHERE epoch = :epoch_id AND seq = :seq)"
    " OR coalesce((SELECT first_seq FROM gap WHERE epoch = :epoch_id AND last_seq >= :seq"
    " ORDER BY last_seq LIMIT 1) <= :seq, 0)"
    " OR EXISTS (SELECT 1 FROM quarantine WHERE device = :device AND epoch = :epoch"
    " AND seq = :seq AND reason <> 'conflict')"
)
TELLS: Final = (
    "(instr(r.body, ?) AND json_type(r.body, ?) IS NOT NULL"
    " OR instr(r.aside, ?) AND json_type(r.aside, ?) IS NOT NULL)"
)
_TELLING: Final = (
    "SELECT r.time_ms FROM reading r INDEXED BY reading_by_time WHERE r.event IS NULL"
    " AND r.device = ? AND"
)
LAST_TELLING: Final = (
    f"{_TELLING} r.time_ms BETWEEN ? AND ? AND {TELLS} ORDER BY r.time_ms DESC LIMIT 1"
)
NEXT_TELLING: Final = f"{_TELLING} r.time_ms >= ? AND {TELLS} ORDER BY r.time_ms LIMIT 1"
# Of a first item nobody knows what was before it.
# Of what was imported (stamped 3) none is on its way, nor an event: what lacks, somebody deleted.
MISSING: Final = (
    "SELECT coalesce(sum(r.seq - 1 - (SELECT p.seq FROM reading p WHERE p.epoch = r.epoch"
    " AND p.seq < r.seq ORDER BY p.seq DESC LIMIT 1)), 0) FROM reading r"
    " WHERE r.device = ? AND r.time_ms BETWEEN ? AND ? AND r.stamped <> 3"
)
NEXT_IN_NUMBER: Final = (
    "SELECT DISTINCT time_ms - time_ms % 60000 FROM (SELECT (SELECT n.time_ms FROM reading n"
    " WHERE n.epoch = r.epoch AND n.seq > r.seq ORDER BY n.seq LIMIT 1) AS time_ms FROM reading r"
    " WHERE r.device = ? AND r.time_ms BETWEEN ? AND ?) WHERE time_ms IS NOT NULL"
)
EPOCHS_FROM: Final = "SELECT id, device FROM epoch WHERE id >= ? ORDER BY id LIMIT ?"
NTH_NEWEST_EPOCH: Final = (
    "SELECT id FROM epoch INDEXED BY epoch_by_device WHERE device = ?"
    " ORDER BY id DESC LIMIT 1 OFFSET ?"
)
DROP_EPOCH: Final = (
    "DELETE FROM epoch WHERE id = ? AND ahead = '[]'"
    " AND NOT EXISTS (SELECT 1 FROM reading WHERE epoch = epoch.id)"
    " AND NOT EXISTS (SELECT 1 FROM gap WHERE epoch = epoch.id) RETURNING id"
)
FOLDED: Final = (
    "INSERT OR REPLACE INTO meta SELECT 'folded_reading', ? UNION ALL"
    " SELECT 'folded_quarantine', coalesce(max(id), 0) FROM quarantine UNION ALL"
    " SELECT 'folded_gap', coalesce(max(id), 0) FROM gap"
)
