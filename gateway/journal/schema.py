"""The journal's tables, and the migrations that bring an older file up to date."""

from functools import cache
from pathlib import Path
from typing import Final

import apsw

from contract.errors import Damaged, Misconfigured

# Each entry brings the file from version (index) to version (index + 1). Never edit one that was
# released; append.
MIGRATIONS: Final = (
    """
    CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

    CREATE TABLE device(
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        asset TEXT NOT NULL,
        birth TEXT,
        status TEXT NOT NULL DEFAULT 'unknown',
        first_seen_ms INTEGER NOT NULL,
        last_seen_ms INTEGER NOT NULL,
        sequenced INTEGER NOT NULL DEFAULT 1,
        counts TEXT
    );

    CREATE TABLE epoch(
        id INTEGER PRIMARY KEY,
        device INTEGER NOT NULL REFERENCES device,
        name TEXT NOT NULL,
        watermark INTEGER NOT NULL DEFAULT 0,
        ahead TEXT NOT NULL DEFAULT '[]',
        UNIQUE(device, name)
    );

    CREATE TABLE reading(
        id INTEGER PRIMARY KEY,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        device INTEGER NOT NULL,
        time_ms INTEGER NOT NULL,
        received_ms INTEGER NOT NULL,
        stamped INTEGER NOT NULL,
        body TEXT NOT NULL,
        truth TEXT,
        UNIQUE(epoch, seq)
    );
    CREATE INDEX reading_by_time ON reading(device, time_ms);

    CREATE TABLE gap(
        id INTEGER PRIMARY KEY,
        epoch INTEGER NOT NULL REFERENCES epoch,
        first_seq INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        missing INTEGER NOT NULL,
        noted_ms INTEGER NOT NULL
    );

    CREATE TABLE quarantine(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        received_ms INTEGER NOT NULL,
        device TEXT NOT NULL,
        topic TEXT NOT NULL,
        reason TEXT NOT NULL,
        detail TEXT NOT NULL,
        epoch TEXT,
        seq INTEGER,
        raw BLOB NOT NULL
    );
    CREATE INDEX quarantine_by_device ON quarantine(device, reason);
    CREATE TABLE refusal(
        device TEXT NOT NULL,
        reason TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY(device, reason)
    ) WITHOUT ROWID;

    CREATE TABLE twin(
        device INTEGER PRIMARY KEY REFERENCES device,
        state BLOB NOT NULL,
        folded_id INTEGER NOT NULL
    );

    CREATE TABLE minute(
        device INTEGER NOT NULL REFERENCES device,
        start_ms INTEGER NOT NULL,
        body TEXT NOT NULL,
        revision INTEGER NOT NULL,
        PRIMARY KEY(device, start_ms)
    ) WITHOUT ROWID;
    CREATE INDEX minute_by_revision ON minute(revision);

    CREATE TABLE diagnosis(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        device INTEGER NOT NULL REFERENCES device,
        time_ms INTEGER NOT NULL,
        fault TEXT NOT NULL,
        changed INTEGER NOT NULL,
        body TEXT NOT NULL
    );
    CREATE INDEX diagnosis_by_time ON diagnosis(device, time_ms);

    CREATE TABLE alarm(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        device INTEGER NOT NULL REFERENCES device,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        severity TEXT NOT NULL,
        text TEXT NOT NULL,
        raised_ms INTEGER NOT NULL,
        acknowledged_ms INTEGER,
        acknowledged_by TEXT,
        cleared_ms INTEGER,
        revision INTEGER NOT NULL,
        UNIQUE(device, name, raised_ms)
    );
    CREATE INDEX alarm_by_revision ON alarm(revision);

    CREATE TABLE follower(name TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID;
    """,
    """
    ALTER TABLE reading ADD COLUMN board_ms INTEGER;
    ALTER TABLE reading ADD COLUMN period_ms INTEGER;
    ALTER TABLE reading ADD COLUMN aside TEXT;

    ALTER TABLE device ADD COLUMN clock TEXT;

    ALTER TABLE alarm ADD COLUMN count INTEGER NOT NULL DEFAULT 1;

    CREATE TABLE late_minute(
        device INTEGER NOT NULL REFERENCES device,
        start_ms INTEGER NOT NULL,
        alone INTEGER NOT NULL,
        PRIMARY KEY(device, start_ms)
    ) WITHOUT ROWID;

    CREATE TABLE audit(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        time_ms INTEGER NOT NULL,
        who TEXT NOT NULL,
        origin TEXT NOT NULL,
        what TEXT NOT NULL,
        detail TEXT NOT NULL,
        count INTEGER NOT NULL DEFAULT 1
    );

    CREATE INDEX minute_by_time ON minute(start_ms);
    CREATE INDEX diagnosis_by_age ON diagnosis(time_ms);
    CREATE INDEX gap_by_age ON gap(noted_ms);
    CREATE INDEX gap_by_epoch ON gap(epoch, last_seq);
    CREATE INDEX alarm_by_age ON alarm(cleared_ms) WHERE cleared_ms IS NOT NULL;
    CREATE INDEX alarm_open ON alarm(id) WHERE cleared_ms IS NULL;
    CREATE INDEX epoch_by_device ON epoch(device);
    CREATE INDEX quarantine_by_key ON quarantine(device, epoch, seq) WHERE seq IS NOT NULL;

    INSERT OR REPLACE INTO meta
        SELECT 'quarantine_bytes', coalesce(sum(length(raw)), 0) FROM quarantine;
    """,
    """
    CREATE TABLE registry(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        device TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        valid_from_ms INTEGER,
        value TEXT,
        source TEXT NOT NULL,
        changed_ms INTEGER NOT NULL,
        changed_by TEXT NOT NULL
    );
    CREATE INDEX registry_by_device ON registry(device, kind);

    ALTER TABLE device ADD COLUMN reported TEXT;
    """,
    # Events share the table of readings, and so the uniqueness of their keys.
    """
    ALTER TABLE reading ADD COLUMN event TEXT;
    CREATE INDEX event_by_time ON reading(device, time_ms) WHERE event IS NOT NULL;
    CREATE INDEX event_by_id ON reading(id) WHERE event IS NOT NULL;
    """,
    """
    ALTER TABLE alarm ADD COLUMN note TEXT;
    ALTER TABLE alarm ADD COLUMN word_ms INTEGER;
    UPDATE alarm SET word_ms = acknowledged_ms WHERE acknowledged_ms IS NOT NULL;
    """,
    """
    ALTER TABLE alarm ADD COLUMN shelved_until_ms INTEGER;
    ALTER TABLE alarm ADD COLUMN shelved_by TEXT;
    ALTER TABLE alarm ADD COLUMN shelved_note TEXT;
    CREATE INDEX alarm_shelved ON alarm(shelved_until_ms) WHERE shelved_until_ms IS NOT NULL;
    """,
    # What happened to alarms, for whoever must be told of each thing once: triggers write it, so
    # that an alarm that is told twice after a crash happens once here as well. What an older
    # edgetwin has stored is no news.
    """
    CREATE TABLE transition(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        alarm INTEGER NOT NULL,
        device INTEGER NOT NULL REFERENCES device,
        change TEXT NOT NULL,
        time_ms INTEGER NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        severity TEXT NOT NULL,
        text TEXT NOT NULL,
        raised_ms INTEGER NOT NULL,
        by TEXT
    );
    CREATE INDEX transition_by_alarm ON transition(alarm);
    CREATE INDEX transition_by_age ON transition(time_ms);

    CREATE TRIGGER alarm_raised AFTER INSERT ON alarm BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'raised', NEW.raised_ms,
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms);
    END;
    CREATE TRIGGER alarm_over_at_once AFTER INSERT ON alarm WHEN NEW.cleared_ms IS NOT NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'cleared', NEW.cleared_ms,
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms);
    END;
    CREATE TRIGGER alarm_acknowledged AFTER UPDATE ON alarm
        WHEN OLD.acknowledged_ms IS NULL AND NEW.acknowledged_ms IS NOT NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms,by)
            VALUES (NEW.id, NEW.device, 'acknowledged', NEW.acknowledged_ms,
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms, NEW.acknowledged_by);
    END;
    CREATE TRIGGER alarm_cleared AFTER UPDATE ON alarm
        WHEN OLD.cleared_ms IS NULL AND NEW.cleared_ms IS NOT NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'cleared', NEW.cleared_ms,
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms);
    END;
    CREATE TRIGGER alarm_reopened AFTER UPDATE ON alarm
        WHEN OLD.cleared_ms IS NOT NULL AND NEW.cleared_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'reopened', OLD.cleared_ms,
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms);
    END;
    CREATE TRIGGER alarm_regraded AFTER UPDATE ON alarm
        WHEN OLD.severity <> NEW.severity AND NEW.cleared_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'regraded', NEW.raised_ms,
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms);
    END;

    CREATE TABLE notice(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        transition INTEGER NOT NULL REFERENCES transition,
        route TEXT NOT NULL,
        target TEXT NOT NULL,
        due_ms INTEGER NOT NULL,
        told_ms INTEGER,
        UNIQUE(transition, target)
    );
    CREATE INDEX notice_waiting ON notice(target, due_ms) WHERE told_ms IS NULL;
    CREATE INDEX notice_by_age ON notice(told_ms) WHERE told_ms IS NOT NULL;
    """,
    # Acknowledgements taken back and shelves that end are news too. ``by`` is whose acknowledgement
    # it was; whose shelf, where a person ended it before its time.
    """
    CREATE TRIGGER alarm_unacknowledged AFTER UPDATE ON alarm
        WHEN OLD.acknowledged_ms IS NOT NULL AND NEW.acknowledged_ms IS NULL
        AND NEW.cleared_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms,by)
            VALUES (NEW.id, NEW.device, 'unacknowledged', coalesce(NEW.word_ms, NEW.raised_ms),
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms, OLD.acknowledged_by);
    END;
    CREATE TRIGGER alarm_unshelved AFTER UPDATE ON alarm
        WHEN OLD.shelved_until_ms IS NOT NULL AND NEW.shelved_until_ms IS NULL
        AND NEW.cleared_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms,by)
            VALUES (NEW.id, NEW.device, 'unshelved', coalesce(NEW.word_ms, OLD.shelved_until_ms),
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms,
            CASE WHEN NEW.word_ms < OLD.shelved_until_ms
                THEN coalesce(OLD.shelved_by, 'somebody') END);
    END;

    ALTER TABLE notice ADD COLUMN message TEXT;

    CREATE TABLE escalation(
        alarm INTEGER NOT NULL,
        route TEXT NOT NULL,
        due_ms INTEGER NOT NULL,
        done_ms INTEGER,
        PRIMARY KEY(alarm, route)
    ) WITHOUT ROWID;
    CREATE INDEX escalation_waiting ON escalation(due_ms) WHERE done_ms IS NULL;

    CREATE TABLE target(
        name TEXT PRIMARY KEY,
        failure TEXT,
        failed_ms INTEGER,
        failing_since_ms INTEGER,
        expired INTEGER NOT NULL DEFAULT 0,
        expired_ms INTEGER
    ) WITHOUT ROWID;
    """,
    # Quarter hours, hours and days of an older journal are summed up beside the work. (With a
    # rowid: without one a row of more than 488 bytes gets a page of its own.)
    """
    CREATE TABLE tier(
        device INTEGER NOT NULL REFERENCES device,
        level INTEGER NOT NULL,
        start_ms INTEGER NOT NULL,
        program TEXT NOT NULL,
        energy_j REAL,
        measured_ms INTEGER NOT NULL,
        body TEXT NOT NULL,
        sums BLOB,
        PRIMARY KEY(device, level, start_ms, program)
    );
    CREATE INDEX tier_by_time ON tier(level, start_ms);
    CREATE INDEX tier_unsummed ON tier(device, program) WHERE sums IS NULL;
    """,
    # One cause is one alarm: what else was found of it are rows that are part of it, of which
    # nobody is told. Nor of one that is suppressed: of that only when it is so no longer.
    """
    ALTER TABLE alarm ADD COLUMN over TEXT;
    ALTER TABLE alarm ADD COLUMN suppressed_ms INTEGER;
    ALTER TABLE alarm ADD COLUMN suppressed_until_ms INTEGER;
    ALTER TABLE alarm ADD COLUMN suppressed_by TEXT;
    ALTER TABLE alarm ADD COLUMN asked_ms INTEGER;
    ALTER TABLE alarm ADD COLUMN part_of INTEGER;
    ALTER TABLE alarm ADD COLUMN own TEXT;
    ALTER TABLE alarm ADD COLUMN findings INTEGER NOT NULL DEFAULT 1;

    DROP TRIGGER alarm_raised;
    DROP TRIGGER alarm_over_at_once;
    DROP TRIGGER alarm_cleared;
    DROP TRIGGER alarm_reopened;
    DROP TRIGGER alarm_regraded;
    DROP TRIGGER alarm_unshelved;
    CREATE TRIGGER alarm_raised AFTER INSERT ON alarm
        WHEN NEW.part_of IS NULL AND NEW.suppressed_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'raised', NEW.raised_ms,
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms);
    END;
    CREATE TRIGGER alarm_over_at_once AFTER INSERT ON alarm WHEN NEW.cleared_ms IS NOT NULL
        AND NEW.part_of IS NULL AND NEW.suppressed_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'cleared', NEW.cleared_ms, NEW.name, NEW.kind,
            NEW.severity, NEW.text || coalesce(' ' || NEW.over, ''), NEW.raised_ms);
    END;
    CREATE TRIGGER alarm_cleared AFTER UPDATE ON alarm
        WHEN OLD.cleared_ms IS NULL AND NEW.cleared_ms IS NOT NULL AND NEW.part_of IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'cleared', NEW.cleared_ms, NEW.name, NEW.kind,
            NEW.severity, NEW.text || coalesce(' ' || NEW.over, ''), NEW.raised_ms);
    END;
    CREATE TRIGGER alarm_joined AFTER UPDATE ON alarm
        WHEN OLD.part_of IS NULL AND NEW.part_of IS NOT NULL AND OLD.cleared_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'cleared', NEW.raised_ms, NEW.name, NEW.kind,
            NEW.severity, NEW.text || ' It is part of an older alarm now.', NEW.raised_ms);
    END;
    CREATE TRIGGER alarm_reopened AFTER UPDATE ON alarm
        WHEN OLD.cleared_ms IS NOT NULL AND NEW.cleared_ms IS NULL
        AND NEW.part_of IS NULL AND NEW.suppressed_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'reopened', OLD.cleared_ms,
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms);
    END;
    CREATE TRIGGER alarm_regraded AFTER UPDATE ON alarm
        WHEN OLD.severity <> NEW.severity AND NEW.cleared_ms IS NULL
        AND NEW.part_of IS NULL AND NEW.suppressed_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'regraded', NEW.raised_ms,
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms);
    END;
    CREATE TRIGGER alarm_unshelved AFTER UPDATE ON alarm
        WHEN OLD.shelved_until_ms IS NOT NULL AND NEW.shelved_until_ms IS NULL
        AND NEW.cleared_ms IS NULL AND NEW.part_of IS NULL AND NEW.suppressed_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms,by)
            VALUES (NEW.id, NEW.device, 'unshelved', coalesce(NEW.word_ms, OLD.shelved_until_ms),
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms,
            CASE WHEN NEW.word_ms < OLD.shelved_until_ms
                THEN coalesce(OLD.shelved_by, 'somebody') END);
    END;
    CREATE TRIGGER alarm_unsuppressed AFTER UPDATE ON alarm
        WHEN OLD.suppressed_ms IS NOT NULL AND NEW.suppressed_ms IS NULL
        AND OLD.cleared_ms IS NULL AND NEW.cleared_ms IS NULL AND NEW.part_of IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'raised', coalesce(NEW.asked_ms, NEW.raised_ms),
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms);
    END;
    CREATE INDEX alarm_parts ON alarm(part_of) WHERE part_of IS NOT NULL;
    CREATE INDEX alarm_by_raised ON alarm(raised_ms);
    """,
    # Who was removed, and may not come again with the login of before.
    """
    CREATE TABLE removal(
        name TEXT PRIMARY KEY,
        removed_by TEXT NOT NULL,
        removed_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
    # Which finding an alarm tells of, and when what is told of it happened. One that gets graver
    # asks for somebody anew: that is one piece of news, also where it takes back that somebody has
    # seen it, or put it on the shelf. What was part of one that is a part now is part of the same.
    """
    ALTER TABLE alarm ADD COLUMN cause TEXT NOT NULL DEFAULT '';
    ALTER TABLE alarm ADD COLUMN graver_ms INTEGER;
    ALTER TABLE alarm ADD COLUMN changed_ms INTEGER;

    DROP TRIGGER alarm_joined;
    DROP TRIGGER alarm_reopened;
    DROP TRIGGER alarm_regraded;
    DROP TRIGGER alarm_unshelved;
    DROP TRIGGER alarm_unacknowledged;
    UPDATE alarm SET cause = coalesce((SELECT p.name FROM alarm p WHERE p.part_of = alarm.id
        AND p.text = alarm.text AND alarm.own IS NOT NULL ORDER BY p.id DESC LIMIT 1), name);
    UPDATE alarm SET part_of = (SELECT p.part_of FROM alarm p WHERE p.id = alarm.part_of)
        WHERE (SELECT p.part_of FROM alarm p WHERE p.id = alarm.part_of) IS NOT NULL;

    CREATE TRIGGER alarm_joined AFTER UPDATE ON alarm
        WHEN OLD.part_of IS NULL AND NEW.part_of IS NOT NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            SELECT NEW.id, NEW.device, 'cleared', coalesce(NEW.changed_ms, NEW.raised_ms), NEW.name,
            NEW.kind, NEW.severity, NEW.text || ' It is part of an older alarm now.', NEW.raised_ms
            WHERE OLD.cleared_ms IS NULL;
        UPDATE alarm SET part_of = NEW.part_of WHERE part_of = NEW.id;
    END;
    CREATE TRIGGER alarm_reopened AFTER UPDATE ON alarm
        WHEN OLD.cleared_ms IS NOT NULL AND NEW.cleared_ms IS NULL
        AND NEW.part_of IS NULL AND NEW.suppressed_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms)
            VALUES (NEW.id, NEW.device, 'reopened', coalesce(NEW.changed_ms, OLD.cleared_ms),
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms);
    END;
    CREATE TRIGGER alarm_regraded AFTER UPDATE ON alarm
        WHEN (OLD.severity <> NEW.severity OR OLD.graver_ms IS NOT NEW.graver_ms)
        AND NEW.cleared_ms IS NULL AND NEW.part_of IS NULL AND NEW.suppressed_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms,by)
            VALUES (NEW.id, NEW.device, 'regraded', coalesce(NEW.changed_ms, NEW.raised_ms),
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms,
            CASE WHEN OLD.acknowledged_ms IS NOT NULL AND NEW.acknowledged_ms IS NULL
                THEN coalesce(OLD.acknowledged_by, 'somebody')
            WHEN OLD.shelved_until_ms IS NOT NULL AND NEW.shelved_until_ms IS NULL
                THEN coalesce(OLD.shelved_by, 'somebody') END);
    END;
    CREATE TRIGGER alarm_unshelved AFTER UPDATE ON alarm
        WHEN OLD.shelved_until_ms IS NOT NULL AND NEW.shelved_until_ms IS NULL
        AND OLD.graver_ms IS NEW.graver_ms
        AND NEW.cleared_ms IS NULL AND NEW.part_of IS NULL AND NEW.suppressed_ms IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms,by)
            VALUES (NEW.id, NEW.device, 'unshelved', coalesce(NEW.word_ms, OLD.shelved_until_ms),
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms,
            CASE WHEN NEW.word_ms < OLD.shelved_until_ms
                THEN coalesce(OLD.shelved_by, 'somebody') END);
    END;
    CREATE TRIGGER alarm_unacknowledged AFTER UPDATE ON alarm
        WHEN OLD.acknowledged_ms IS NOT NULL AND NEW.acknowledged_ms IS NULL
        AND OLD.graver_ms IS NEW.graver_ms AND NEW.cleared_ms IS NULL AND NEW.part_of IS NULL BEGIN
        INSERT INTO transition(alarm,device,change,time_ms,name,kind,severity,text,raised_ms,by)
            VALUES (NEW.id, NEW.device, 'unacknowledged', coalesce(NEW.word_ms, NEW.raised_ms),
            NEW.name, NEW.kind, NEW.severity, NEW.text, NEW.raised_ms, OLD.acknowledged_by);
    END;
    """,
    # What was unlike the machine's normal, by whatever found it. Alarms of limits, silence and
    # faults are among it from the moment they are stored: triggers write them.
    """
    CREATE TABLE anomaly(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        device INTEGER NOT NULL REFERENCES device,
        method TEXT NOT NULL,
        name TEXT NOT NULL,
        channel TEXT,
        severity TEXT NOT NULL,
        text TEXT NOT NULL,
        score REAL,
        threshold REAL,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER,
        alarm INTEGER,
        evidence TEXT NOT NULL DEFAULT '[]',
        revision INTEGER NOT NULL,
        UNIQUE(device, method, name, start_ms)
    );
    CREATE INDEX anomaly_by_time ON anomaly(device, start_ms);
    CREATE INDEX anomaly_by_revision ON anomaly(revision);
    CREATE INDEX anomaly_by_age ON anomaly(end_ms) WHERE end_ms IS NOT NULL;
    CREATE INDEX anomaly_open ON anomaly(device) WHERE end_ms IS NULL;

    INSERT INTO anomaly(device,method,name,severity,text,start_ms,end_ms,alarm,revision)
        SELECT device, iif(kind = 'fault', 'classified', 'limits'), name, severity, text,
        raised_ms, cleared_ms, coalesce(part_of, id), revision FROM alarm
        WHERE kind IN ('limit', 'fault') OR name = 'silent';

    CREATE TRIGGER anomaly_of_alarm AFTER INSERT ON alarm
        WHEN NEW.kind IN ('limit', 'fault') OR NEW.name = 'silent' BEGIN
        INSERT INTO anomaly(device,method,name,severity,text,start_ms,end_ms,alarm,revision)
            VALUES (NEW.device, iif(NEW.kind = 'fault', 'classified', 'limits'), NEW.name,
            NEW.severity, NEW.text, NEW.raised_ms, NEW.cleared_ms,
            coalesce(NEW.part_of, NEW.id), NEW.revision);
    END;
    CREATE TRIGGER anomaly_follows AFTER UPDATE ON alarm
        WHEN (NEW.kind IN ('limit', 'fault') OR NEW.name = 'silent')
        AND (OLD.cleared_ms IS NOT NEW.cleared_ms OR OLD.part_of IS NOT NEW.part_of) BEGIN
        UPDATE anomaly SET end_ms = NEW.cleared_ms, alarm = coalesce(NEW.part_of, NEW.id),
            revision = NEW.revision WHERE device = NEW.device AND name = NEW.name
            AND start_ms = NEW.raised_ms AND method IN ('limits', 'classified');
    END;

    CREATE TABLE learned(
        device INTEGER PRIMARY KEY REFERENCES device,
        from_ms INTEGER NOT NULL,
        until_ms INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        asset TEXT NOT NULL,
        body TEXT
    );
    """,
    # What people say of alarms, a row a word: of one alarm the last counts. The readings around it
    # are kept beside it, as theirs go much sooner; both go with it.
    """
    CREATE TABLE verdict(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        alarm INTEGER NOT NULL,
        device INTEGER NOT NULL REFERENCES device,
        verdict TEXT,
        cause TEXT,
        note TEXT NOT NULL,
        decided_ms INTEGER NOT NULL,
        decided_by TEXT NOT NULL
    );
    CREATE INDEX verdict_by_alarm ON verdict(alarm);

    CREATE TABLE excerpt(
        alarm INTEGER PRIMARY KEY,
        device INTEGER NOT NULL REFERENCES device,
        due_ms INTEGER,
        rows INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE INDEX excerpt_waiting ON excerpt(due_ms) WHERE due_ms IS NOT NULL;

    CREATE TRIGGER alarm_gone AFTER DELETE ON alarm BEGIN
        DELETE FROM verdict WHERE alarm = OLD.id;
        DELETE FROM excerpt WHERE alarm = OLD.id;
    END;
    """,
    # Which days of which device are in files: gateway.journal.archived.
    """
    CREATE TABLE archive(
        device INTEGER NOT NULL,
        day_ms INTEGER NOT NULL,
        folder TEXT NOT NULL,
        state TEXT NOT NULL,
        rows INTEGER NOT NULL,
        events INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        up_to_id INTEGER NOT NULL,
        first_ms INTEGER NOT NULL,
        last_ms INTEGER NOT NULL,
        written_ms INTEGER NOT NULL,
        damage TEXT,
        PRIMARY KEY(device, day_ms)
    ) WITHOUT ROWID;
    """,
    # Files of other systems: how far each has come, and what the next portion goes on from.
    """
    CREATE TABLE import(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        device INTEGER NOT NULL REFERENCES device,
        epoch TEXT NOT NULL,
        content TEXT NOT NULL,
        source TEXT NOT NULL,
        imported_by TEXT NOT NULL,
        begun_ms INTEGER NOT NULL,
        done_ms INTEGER,
        frames INTEGER NOT NULL DEFAULT 0,
        rows INTEGER NOT NULL DEFAULT 0,
        stored INTEGER NOT NULL DEFAULT 0,
        repeated INTEGER NOT NULL DEFAULT 0,
        summed INTEGER NOT NULL DEFAULT 0,
        refused INTEGER NOT NULL DEFAULT 0,
        overlaps INTEGER NOT NULL,
        state BLOB,
        UNIQUE(device, epoch)
    );
    """,
    # With a rowid: without one a minute has a page of its own, and took 2,400 bytes for its 600.
    """
    ALTER TABLE minute RENAME TO minute_before;
    CREATE TABLE minute(
        device INTEGER NOT NULL REFERENCES device,
        start_ms INTEGER NOT NULL,
        body TEXT NOT NULL,
        revision INTEGER NOT NULL,
        PRIMARY KEY(device, start_ms)
    );
    INSERT INTO minute SELECT device, start_ms, body, revision FROM minute_before;
    DROP TABLE minute_before;
    CREATE INDEX minute_by_revision ON minute(revision, device, start_ms);
    CREATE INDEX minute_by_time ON minute(start_ms, device);
    """,
    # Which events a file has: one that has none of a name need not be opened for it.
    """
    ALTER TABLE archive ADD COLUMN event_names TEXT;
    """,
    # What minutes were until something changed them: gateway.journal.formers. Of what an older
    # edgetwin has changed nobody knows.
    """
    CREATE TABLE former(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        device INTEGER NOT NULL REFERENCES device,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        changed_ms INTEGER NOT NULL,
        body TEXT,
        reason TEXT NOT NULL,
        by TEXT NOT NULL,
        UNIQUE(device, start_ms, changed_ms)
    );
    CREATE INDEX former_by_change ON former(device, changed_ms);
    CREATE INDEX former_by_age ON former(changed_ms);

    ALTER TABLE late_minute ADD COLUMN reason TEXT NOT NULL DEFAULT 'late';
    ALTER TABLE late_minute ADD COLUMN by TEXT NOT NULL DEFAULT '';

    INSERT OR REPLACE INTO meta SELECT 'former_floor_ms', unixepoch() * 1000
        WHERE EXISTS (SELECT 1 FROM device);
    """,
    # A start asks whose login was taken away: of 100,000 entries a few tell.
    """
    CREATE INDEX audit_of_logins ON audit(detail, id, what)
        WHERE what IN ('device_added','device_renewed','device_removed');
    """,
    # Old diagnoses become stretches of one class: how long each stood, and how sure it was at most.
    """
    ALTER TABLE diagnosis ADD COLUMN until_ms INTEGER;
    ALTER TABLE diagnosis ADD COLUMN confidence REAL;
    DROP INDEX diagnosis_by_age;
    CREATE INDEX diagnosis_apart ON diagnosis(time_ms) WHERE until_ms IS NULL;
    CREATE INDEX diagnosis_joined ON diagnosis(until_ms) WHERE until_ms IS NOT NULL;
    """,
    # Minutes say what was told of health, and packed sums have it behind them: nothing is to be
    # rewritten, and an edgetwin from before would take such rows for damaged.
    "SELECT 1",
    # Since when a machine has been judged by its own normal; where that is not known it is NULL.
    "ALTER TABLE learned ADD COLUMN proven_ms INTEGER",
)


def migrate(connection: apsw.Connection) -> None:
    """Bring the journal up to the newest schema, one migration a transaction.

    Raises:
        Misconfigured: the file was written by a newer edgetwin.
    """
    version = connection.pragma("user_version")
    if version > len(MIGRATIONS):
        raise Misconfigured(
            f"The journal has schema version {version}, this edgetwin knows {len(MIGRATIONS)}: "
            "install the newer edgetwin again, or point EDGETWIN_DATA_DIR elsewhere."
        )
    for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
        with connection:
            for _ in connection.execute(migration):
                pass
            connection.pragma("user_version", number)


def check(connection: apsw.Connection, path: Path) -> None:
    """Every table, column and index is there that the migrations make; others are somebody's own.

    Raises:
        Damaged: SQLite takes what a flipped byte has made of a column's name for its name.
    """
    if not _expected() <= _parts(connection):
        raise Damaged(f"{path} is damaged: its tables are not those that were made.")


@cache
def _expected() -> frozenset[tuple[str, ...]]:
    connection = apsw.Connection(":memory:")
    migrate(connection)
    parts = _parts(connection)
    connection.close()
    return parts


def _parts(connection: apsw.Connection) -> frozenset[tuple[str, ...]]:
    """The columns, with their types, of each table; and those of each index."""
    of_tables = """SELECT m.name, c.name, upper(c.type)
        FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'"""
    of_indexes = """SELECT m.tbl_name, coalesce(c.name, ''), m.name
        FROM sqlite_schema m, pragma_index_info(m.name) c WHERE m.type = 'index'"""
    rows = connection.execute(f"{of_tables} UNION {of_indexes}")
    return frozenset(tuple(map(str, row)) for row in rows)
