"""The longer SQL of the journal's writer."""

from typing import Final

INSERT_READING: Final = "INSERT OR IGNORE INTO reading VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
INSERT_QUARANTINE: Final = (
    "INSERT INTO quarantine(received_ms,device,topic,reason,detail,epoch,seq,raw)"
    " VALUES (?,?,?,?,?,?,?,?)"
)
COUNT_REFUSAL: Final = (
    "INSERT INTO refusal VALUES (?,?,1) ON CONFLICT DO UPDATE SET count = count + 1"
)
PUT_MINUTE: Final = (
    "INSERT INTO minute VALUES (?,?,?,?)"
    " ON CONFLICT DO UPDATE SET body = excluded.body, revision = excluded.revision"
)
PUT_ALARM: Final = (
    "INSERT INTO alarm(device,name,kind,severity,text,raised_ms,acknowledged_ms,acknowledged_by,"
    "cleared_ms,count,revision) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET revision = excluded.revision, count = excluded.count,"
    " acknowledged_ms = coalesce(acknowledged_ms, excluded.acknowledged_ms),"
    " acknowledged_by = coalesce(acknowledged_by, excluded.acknowledged_by),"
    " cleared_ms = coalesce(cleared_ms, excluded.cleared_ms)"
    " RETURNING id, acknowledged_ms, acknowledged_by, cleared_ms"
)
DROP_HEAVY: Final = (
    "DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM (SELECT id,"
    " sum(length(raw)) OVER (ORDER BY id DESC) AS bytes FROM quarantine) WHERE bytes > ?)"
)
FOLDED: Final = (
    "INSERT OR REPLACE INTO meta SELECT 'folded_reading', ? UNION ALL"
    " SELECT 'folded_quarantine', coalesce(max(id), 0) FROM quarantine UNION ALL"
    " SELECT 'folded_gap', coalesce(max(id), 0) FROM gap"
)
