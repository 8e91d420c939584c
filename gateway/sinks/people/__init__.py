"""People as a follower of the journal: told of alarms by mail, phone, chat and web hook."""
