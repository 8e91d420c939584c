"""A workshop with the flow editor on, its admin API, and another broker that its flows speak to."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.dashboard.workshop import LOGIN, ROOT, Workshop
from tests.mosquitto import HOST, Mosquitto, eventually

Node = dict[str, Any]
EXAMPLES: Final = ROOT / "node-red" / "nodes" / "examples"
HERE: Final = "edgetwin-here"  # the server node that stands there by itself
TAB: Final = "mine"
GREETING: Final = "greeting"


class EditedWorkshop(Workshop):
    """As any other, with `EDGETWIN_EDITOR=1`."""

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {"EDGETWIN_EDITOR": "1"}

    def start(self, name: str) -> None:
        """The dashboard's flows run then."""
        super().start(name)
        if name == "dashboard":
            eventually(self._flows_run, "Node-RED has its flows")

    def _flows_run(self) -> bool:
        answer = httpx.get(f"{self.dashboard}/editor/flows", auth=LOGIN, timeout=60)
        return answer.is_success and answer.json() is not None

    @property
    def user_dir(self) -> Path:
        return self.data / "dashboard"


class Editor:
    """What the editor in a browser sends: all flows at once, ours as they are."""

    def __init__(self, workshop: Workshop) -> None:
        self._client = httpx.Client(
            base_url=f"{workshop.dashboard}/editor",
            auth=LOGIN,
            timeout=60,
            headers={"Node-RED-API-Version": "v2"},
        )
        self.ours = self.flows()

    def flows(self) -> list[Node]:
        found: list[Node] = self._client.get("/flows").raise_for_status().json()["flows"]
        return found

    def post(self, nodes: Iterable[Node]) -> httpx.Response:
        return self._client.post("/flows", json={"flows": [*nodes]})

    def deploy(self, *nodes: Node) -> None:
        """These are a user's nodes, and all of them."""
        tab = {"id": TAB, "type": "tab", "label": "Mine"}
        answer = self.post([*self.ours, tab, *nodes])
        assert answer.is_success, answer.text

    def deploy_for(self, outside: "Outside", *nodes: Node) -> None:
        """The same; they are connected to the other broker then, and what they tell gets there."""
        greeted = len(outside.of(GREETING))
        self.deploy(*nodes, outside.broker_node())
        eventually(lambda: len(outside.of(GREETING)) > greeted, "a connection to the other broker")

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        return self._client.request(method, path, json=body)

    def press(self, name: str) -> None:
        """The button of a `chain`, once it is there: a deploy is answered before."""
        path = f"/inject/{name}-go"
        eventually(lambda: self._client.post(path).is_success, f"the button of {name}")

    def close(self) -> None:
        self._client.close()


class Outside:
    """Another broker, and all that came to it: by topic, as it came."""

    def __init__(self, broker: Mosquitto) -> None:
        self.port = broker.port
        self.heard: list[tuple[str, str]] = []
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._take
        self._client.connect(HOST, broker.port)
        self._client.subscribe("#", 1)
        self._client.loop_start()

    def _take(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.append((message.topic, message.payload.decode()))

    def of(self, topic: str) -> list[str]:
        return [payload for heard, payload in self.heard if heard == topic]

    def told(self, name: str) -> list[Any]:
        """The messages of the `chain` of that name."""
        return [json.loads(payload) for payload in self.of(f"out/{name}")]

    def first(self, name: str) -> Any:
        eventually(lambda: self.told(name), f"a message of {name}")
        return self.told(name)[0]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def broker_node(self) -> Node:
        return {
            "id": "outside",
            "type": "mqtt-broker",
            "broker": HOST,
            "port": str(self.port),
            "autoConnect": True,
            "protocolVersion": "4",
            "keepalive": "60",
            "cleansession": True,
            "birthTopic": GREETING,
            "birthPayload": "here",
            "birthQos": "1",
        }


def node(id_: str, type_: str, to: Iterable[str] = (), **words: object) -> Node:
    return {"id": id_, "type": type_, "z": TAB, "x": 100, "y": 100, "wires": [[*to]], **words}


def out(name: str) -> list[Node]:
    """Tells messages of `name` outside: topic, payload and what else they say, as JSON."""
    told = (
        "const { topic, device, kind, retained, payload, error, status } = msg;\n"
        "return { payload: JSON.stringify("
        "{ topic, device, kind, retained, payload, error: error?.message, status }) };"
    )
    return [
        node(f"{name}-json", "function", [f"{name}-out"], func=told, outputs=1),
        node(f"{name}-out", "mqtt out", topic=f"out/{name}", qos="1", broker="outside"),
    ]


def chain(name: str, type_: str, **words: object) -> list[Node]:
    """A button, a node of ours, and what it sends on; `words` are the node's fields."""
    return [
        node(f"{name}-go", "inject", [name], props=[]),
        node(name, type_, [f"{name}-json"], server=HERE, **words),
        *out(name),
    ]


def example(name: str, **changes: Mapping[str, object]) -> list[Node]:
    """A flow of the package's examples; `changes` are new fields of its nodes, by their ids."""
    nodes: list[Node] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return [each | dict(changes.get(each["id"].replace("-", "_"), {})) for each in nodes]
