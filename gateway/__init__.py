"""The gateway: device messages in, durable readings, twins, alarms and diagnoses out."""
