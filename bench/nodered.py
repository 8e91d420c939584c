"""The baseline on latency: the whole path as a Node-RED flow, as tutorials draw it."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.backlog import TELEMETRY
from bench.programs import HOST, ROOT, NotMeasured, Program, free_port

DIAGNOSES: Final = "baseline/+/diagnosis"

_NODE_RED: Final = ROOT / "node-red" / "node_modules" / "node-red" / "red.js"
_SETTINGS: Final = """module.exports = {
  uiHost: "127.0.0.1", disableEditor: true, httpAdminRoot: false,
  telemetry: { enabled: false }, logging: { console: { level: "warn" } },
};
"""
_ASK: Final = """msg.device = msg.topic.split("/")[3];
msg.time_ms = msg.payload.time_ms;
msg.payload = { asset: "fan", values: msg.payload.values };
return msg;
"""
_TELL: Final = """msg.topic = "baseline/" + msg.device + "/diagnosis";
msg.payload = { device: msg.device, time_ms: msg.time_ms, ...msg.payload };
return msg;
"""


@contextmanager
def running(directory: Path, *, broker_port: int, predict_url: str) -> Iterator[Program]:
    """Node-RED with the flow. Raises NotMeasured when it is not installed."""
    node = shutil.which("node")
    if node is None or not _NODE_RED.exists():
        raise NotMeasured(
            "Node-RED is not installed: run `make up` once, or npm --prefix node-red ci"
        )
    flows = directory / "flows.json"
    flows.write_text(json.dumps(_flow(broker_port, predict_url), indent=2))
    settings = directory / "settings.js"
    settings.write_text(_SETTINGS)
    port = free_port()
    command = [
        node, _NODE_RED, "--userDir", directory, "--settings", settings, "--port", port, flows,
    ]  # fmt: skip
    with Program([str(part) for part in command], log=directory / "node-red.log") as program:
        program.wait_for_port(port)
        yield program


def _flow(broker_port: int, predict_url: str) -> list[dict[str, Any]]:
    def broker(name: str) -> dict[str, Any]:
        return {
            "id": name, "type": "mqtt-broker", "broker": HOST,
            "port": str(broker_port), "autoConnect": True, "protocolVersion": "4",
            "keepalive": "60", "cleansession": True,
        }  # fmt: skip

    return [
        {"id": "tab", "type": "tab", "label": "baseline"},
        broker("broker-in"),
        broker("broker-out"),
        _node(
            "in", "mqtt in", "parse", topic=TELEMETRY, qos="1", datatype="auto-detect",
            broker="broker-in", inputs=0,
        ),
        _node("parse", "json", "ask", property="payload", action="obj"),
        _node("ask", "function", "request", func=_ASK, outputs=1),
        _node(
            "request", "http request", "tell", method="POST", ret="obj", url=predict_url,
            persist=True, paytoqs="ignore",
        ),
        _node("tell", "function", "out", func=_TELL, outputs=1),
        _node("out", "mqtt out", None, topic="", qos="1", retain="true", broker="broker-out"),
    ]  # fmt: skip


def _node(name: str, kind: str, to: str | None, **properties: Any) -> dict[str, Any]:
    wires = [[to]] if to else []
    return {"id": name, "type": kind, "z": "tab", "x": 100, "y": 100, "wires": wires, **properties}
