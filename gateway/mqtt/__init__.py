"""The broker: batches of messages in, acknowledgements, states, alarms and commands out."""
