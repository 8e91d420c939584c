"""What librdkafka says went wrong, as an error of ours that says who must act."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from contract.errors import GatewayError, Misconfigured, Unavailable

if TYPE_CHECKING:
    from confluent_kafka import KafkaError

_ASIDE: Final = re.compile(r"^\w+://\S+: | \(after \d+ms in state \w+\)?")
# By name, as that library is loaded where there is a Kafka only.
_LOGIN: Final = frozenset(
    {
        "_AUTHENTICATION",
        "SASL_AUTHENTICATION_FAILED",
        "UNSUPPORTED_SASL_MECHANISM",
        "ILLEGAL_SASL_STATE",
    }
)
_ENCRYPTION: Final = frozenset({"_SSL"})
_RIGHTS: Final = frozenset(
    {
        "TOPIC_AUTHORIZATION_FAILED",
        "CLUSTER_AUTHORIZATION_FAILED",
        "GROUP_AUTHORIZATION_FAILED",
        "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
    }
)
# What they say more is how many of which connections there were.
_SILENCE: Final = frozenset({"_ALL_BROKERS_DOWN", "_TRANSPORT", "_TIMED_OUT", "_RESOLVE"})
# What follows from a failure that no later message may pass, which is told by words alone.
_GAP: Final = frozenset({"_GAPLESS_GUARANTEE", "_FATAL"})
_TOO_LARGE: Final = "Message size too large"
_LIMITS: Final = frozenset(
    {"MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD", "POLICY_VIOLATION"}
)


def as_ours(error: "KafkaError", servers: str) -> GatewayError:
    """Misconfigured where a setting must change, of ours or of the servers; else Unavailable."""
    name, said = error.name(), _shortly(error)
    if name in _LOGIN:
        return Misconfigured(
            f"Kafka at {servers} does not let the gateway in ({said}): check"
            " EDGETWIN_KAFKA_USERNAME, EDGETWIN_KAFKA_PASSWORD and EDGETWIN_KAFKA_MECHANISM."
        )
    if name in _ENCRYPTION:
        return Misconfigured(
            f"Kafka at {servers} cannot be talked to by TLS ({said}): check EDGETWIN_KAFKA_TLS and"
            " EDGETWIN_KAFKA_CA_FILE."
        )
    if name in _RIGHTS:
        return Misconfigured(
            f"Kafka at {servers} lacks rights for the gateway ({said}): docs/kafka.md says which it"
            " needs."
        )
    if name in _LIMITS or (name in _GAP and _TOO_LARGE in error.str()):
        return Misconfigured(
            f"Kafka at {servers} refuses what is sent ({said}): raise max.message.bytes of the"
            " topic; docs/kafka.md says what is sent."
        )
    if name in _SILENCE:
        return Unavailable(f"Kafka does not answer at {servers}.")
    return Unavailable(f"Kafka at {servers} takes nothing now: {said}.")


def told(errors: "Sequence[KafkaError]", servers: str) -> GatewayError:
    """Of several the one that somebody can do something about, else the first."""
    found = [as_ours(error, servers) for error in errors]
    return next((error for error in found if isinstance(error, Misconfigured)), found[0])


def of_topic(error: "KafkaError", topic: str, servers: str) -> GatewayError:
    """Why a topic that is missing cannot be made."""
    if error.retriable() or error.name().startswith("_"):
        return as_ours(error, servers)
    return Misconfigured(
        f"Kafka at {servers} has no topic {topic}, and the gateway cannot make it"
        f" ({_shortly(error)}): make it there; docs/kafka.md says how."
    )


def _shortly(error: "KafkaError") -> str:
    return " ".join(_ASIDE.sub("", error.str()).split())[:300]
