"""With the flow editor on: our nodes in a real Node-RED, and a user's tabs beside ours."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import Complaints
from tests.dashboard.editor import (
    HERE,
    TAB,
    EditedWorkshop,
    Editor,
    Node,
    Outside,
    chain,
    example,
    node,
    out,
)
from tests.dashboard.workshop import SITE, TOKEN
from tests.mosquitto import HOST, Mosquitto, eventually

pytestmark = pytest.mark.browser

LAMP = "hall/lamp/set"
KEPT = "your-flows.json"


@pytest.fixture(scope="module")
def workshop() -> Iterator[EditedWorkshop]:
    with tempfile.TemporaryDirectory(prefix="et-", ignore_cleanup_errors=True) as folder:
        running = EditedWorkshop(Path(folder))
        write_module(running.user_dir)
        try:
            for name in ("broker", "gateway", "dashboard", "devices"):
                running.start(name)
            yield running
        finally:
            running.stop()


@pytest.fixture
def editor(workshop: EditedWorkshop) -> Iterator[Editor]:
    """Nothing of a user's is there, before and after."""
    admin = Editor(workshop)
    yield admin
    if workshop.runs("dashboard"):
        admin.post(admin.ours)
    admin.close()


@pytest.fixture
def outside(mosquitto: Mosquitto) -> Iterator[Outside]:
    heard = Outside(mosquitto)
    yield heard
    heard.close()


def restart(workshop: EditedWorkshop) -> None:
    workshop.end("dashboard")
    workshop.start("dashboard")


def kept(workshop: EditedWorkshop) -> list[Node]:
    nodes: list[Node] = json.loads((workshop.user_dir / KEPT).read_text())
    return nodes


def answers(workshop: EditedWorkshop, device: str) -> bool:
    return workshop.order(device, {"name": "identify"}).is_success


def own_server(workshop: EditedWorkshop) -> Node:
    """A server node of a user's, with a login that is in no flow."""
    where = {"site": SITE, "broker": "mqtt://127.0.0.1", "api": workshop.url("gateway")}
    return {"id": "own", "type": "edgetwin-server", **where, "credentials": {"token": TOKEN}}


def test_an_alarm_lights_a_lamp_through_restarts(
    workshop: EditedWorkshop, editor: Editor, outside: Outside
) -> None:
    lamp = example("An alarm to a lamp", lamp_broker={"broker": HOST, "port": str(outside.port)})
    fault = json.dumps({"fault": "overcurrent"})
    fail = {"device": "fan-01", "command": "inject_fault", "args": fault}
    mend = {"device": "fan-01", "command": "clear_fault", "args": ""}
    orders = [
        *chain("fail", "edgetwin-command", **fail),
        *chain("mend", "edgetwin-command", **mend),
    ]
    editor.deploy_for(outside, *lamp, *orders, own_server(workshop))
    editor.press("fail")
    assert outside.first("fail")["payload"]["ok"] is True
    eventually(lambda: outside.of(LAMP)[-1:] == ["ON"], "the lamp is lit")

    restart(workshop)
    eventually(lambda: outside.of(LAMP).count("ON") > 1, "the lamp is lit after a restart")
    ours = {each["id"] for each in editor.ours}
    assert not ours & {each["id"] for each in kept(workshop)}
    assert TOKEN not in json.dumps([*editor.flows(), *kept(workshop)])
    plant = editor.ask("GET", "/edgetwin/own/plant").json()
    assert {each["device"] for each in plant["machines"]} >= {"fan-01", "fan-02"}
    workshop.kill("broker")
    workshop.start("broker")
    eventually(lambda: answers(workshop, "fan-01"), "fan-01 is back")
    editor.press("mend")
    eventually(lambda: outside.of(LAMP)[-1:] == ["OFF"], "the lamp is out")


def test_questions_are_answered_and_what_cannot_be_is_a_sentence(
    editor: Editor, outside: Outside
) -> None:
    wrong = {"from": "the other day", "device": "fan-01"}
    editor.deploy_for(
        outside,
        *chain(
            "rows",
            "edgetwin-history",
            device="fan-01",
            channels="rpm",
            **{"from": "5m"},
            format="rows",
        ),
        *chain(
            "sums",
            "edgetwin-kpis",
            group="device",
            names="energy_wh",
            bucket="total",
            format="rows",
        ),
        *chain("nobody", "edgetwin-history", device="nobody"),
        *chain("when", "edgetwin-history", **wrong),
        *chain("what", "edgetwin-command", device="fan-01", command="set_rate", args="{}"),
        node("catch", "catch", ["caught-json"]),
        *out("caught"),
    )
    for name in ("rows", "sums", "nobody", "when", "what"):
        editor.press(name)
    row = outside.first("rows")["payload"][-1]
    assert {"time_ms", "count", "rpm", "rpm_min", "rpm_max"} == set(row)
    assert {each["group"] for each in outside.first("sums")["payload"]} >= {"fan-01", "fan-02"}
    eventually(lambda: len(outside.told("caught")) == 3, "three sentences")
    sentences = "\n".join(each["error"] for each in outside.told("caught"))
    assert "nobody" in sentences
    assert '"the other day" is no time for "from"' in sentences
    assert "set_rate needs 'rate_hz', a number" in sentences


def test_events_of_a_group_come_once_each_and_states_tell_who_is_there(
    workshop: EditedWorkshop, editor: Editor, outside: Outside
) -> None:
    workshop.publish("press-01", "telemetry", '{"values":{"force":12.5}}', retain=False)
    eventually(lambda: workshop.api("/devices/press-01").is_success, "press-01 is known")
    workshop.send("PATCH", "/devices/press-01/registry", {"by": "Ada", "group": "hall 2"})
    wish = {"scope": "group", "group": "hall 2", "state": True, "event": True, "retained": True}
    machine = node("hall", "edgetwin-machine", ["hall-json"], server=HERE, **wish)
    other = wish | {"scope": "device", "device": "press-01", "event": False}
    beside = node("beside", "edgetwin-machine", ["beside-json"], server=HERE, **other)
    status = node("status", "status", ["look-json"], scope=["hall"])
    for _ in range(2):  # a deploy leaves nothing of the one before that would tell all twice
        told = [part for name in ("hall", "beside", "look") for part in out(name)]
        editor.deploy_for(outside, machine, beside, status, *told)
    assert outside.first("hall")["topic"] == "press-01/state"
    for seq in (1, 2, 2, 1):  # a board repeats what was not acknowledged
        event = {"epoch": "0a0b0c0d-1", "seq": seq, "event": "stroke", "values": {"depth": seq}}
        workshop.publish("press-01", "telemetry", json.dumps(event), retain=False)
    eventually(
        lambda: len([each for each in outside.told("hall") if each["kind"] == "event"]) > 1,
        "two events",
    )
    workshop.publish("press-01", "telemetry", '{"values":{"force":99}}', retain=False)
    eventually(
        lambda: any(
            each["kind"] == "state" and each["payload"]["values"].get("force") == 99
            for each in outside.told("hall")
        ),
        "what came after them",
    )
    for name in ("hall", "beside"):  # the wider of two subscriptions tells both, once
        last = [each for each in outside.told(name) if each["kind"] == "state"][-1]
        assert outside.told(name).count(last) == 1
    heard = [each["payload"] for each in outside.told("hall") if each["kind"] == "event"]
    assert [(each["event"], each["values"]["depth"]) for each in heard] == [
        ("stroke", 1),
        ("stroke", 2),
    ]
    assert {each["device"] for each in outside.told("hall")} == {"press-01"}
    eventually(
        lambda: any("1 fresh" in each["status"]["text"] for each in outside.told("look")),
        "the status tells that it is there",
    )


def test_what_is_edgetwins_cannot_be_deployed_otherwise(
    workshop: EditedWorkshop, editor: Editor
) -> None:
    mine: Node = {"id": TAB, "type": "tab", "label": "Mine"}
    changed = [each | ({"qos": "2"} if each["id"] == "in-state" else {}) for each in editor.ours]
    deleted = [each for each in editor.ours if each["id"] != "remember"]
    guest = node("guest", "comment", z="tab-live")
    login = [
        each | ({"credentials": {"user": "me"}} if each["id"] == "broker" else {})
        for each in editor.ours
    ]
    for nodes, word in (
        ([*changed, mine], '"state" (mqtt in) was changed'),
        ([*deleted, mine], '"remember" (function) was deleted'),
        ([*editor.ours, mine, guest], "stands on a tab of edgetwin's"),
        ([*login, mine], 'the login of "Mosquitto" (mqtt-broker) was changed'),
    ):
        answer = editor.post(nodes)
        assert answer.status_code == httpx.codes.BAD_REQUEST
        assert word in answer.text
        assert "copy it to a tab of your own" in answer.text
    for method, path in (("DELETE", "/flow/tab-live"), ("PUT", "/flow/global")):
        assert editor.ask(method, path, {"configs": []}).status_code == httpx.codes.BAD_REQUEST
    assert editor.flows() == editor.ours


def write_module(folder: Path) -> None:
    """A module as npm would put it there: one node that works, one that takes the process down."""
    module = folder / "node_modules" / "node-red-contrib-mine"
    module.mkdir(parents=True)
    nodes = {"greet": "greet.js", "burst": "burst.js"}
    described = {"name": module.name, "version": "1.0.0", "node-red": {"nodes": nodes}}
    (module / "package.json").write_text(json.dumps(described))
    greet = "this.on('input', (msg, send, done) => { send({ payload: 'hello' }); done(); });"
    burst = "setTimeout(() => { throw new Error('burst pipe'); }, 200);"
    for name, does in (("greet", greet), ("burst", burst)):
        known = "{ category: 'function', defaults: {}, inputs: 1, outputs: 1 }"
        page = f"<script type='text/javascript'>RED.nodes.registerType('{name}', {known})</script>"
        (module / f"{name}.html").write_text(page)
        (module / f"{name}.js").write_text(
            "module.exports = (RED) => RED.nodes.registerType("
            f"'{name}', function (n) {{ RED.nodes.createNode(this, n); {does} }});"
        )


def test_a_users_modules_work_and_a_broken_flow_does_not_stop_the_dashboard(
    workshop: EditedWorkshop, editor: Editor, outside: Outside
) -> None:
    greet = [*chain("greet", "greet"), node("odd", "never-installed")]
    editor.deploy_for(outside, *greet)
    eventually(lambda: "Not installed" in workshop.log("dashboard"), "the missing type is named")
    editor.press("greet")
    assert outside.first("greet")["payload"] == "hello"

    editor.deploy(*greet, node("bad", "burst"))
    assert workshop.await_end("dashboard")
    for _ in range(2):
        workshop.launch("dashboard")
        assert workshop.await_end("dashboard")
    workshop.start("dashboard")
    assert "your own tabs are switched off this time" in workshop.log("dashboard")
    tabs = {each["id"]: each for each in editor.flows() if each["type"] == "tab"}
    assert tabs[TAB]["disabled"] is True
    assert not tabs["tab-live"]["disabled"]
    editor.deploy_for(outside, *greet)
    editor.press("greet")
    eventually(lambda: len(outside.told("greet")) > 1, "it works again")

    workshop.end("dashboard")
    (workshop.user_dir / KEPT).write_text('[{"id": "mine", "type": "tab"')
    workshop.start("dashboard")
    assert editor.flows() == editor.ours
    [aside] = workshop.user_dir.glob("your-flows.broken-*.json")
    assert aside.name in workshop.log("dashboard")


def test_in_a_browser_an_example_is_imported_and_knows_the_machines(
    workshop: EditedWorkshop, editor: Editor, page: Page, complaints: Complaints
) -> None:
    page.goto(f"{workshop.dashboard}/editor/")
    expect(page.locator('[data-palette-type="edgetwin-machine"]')).to_be_visible()
    page.evaluate("RED.actions.invoke('core:show-examples-import-dialog')")
    for name in ("node-red-contrib-edgetwin", "An alarm to a lamp"):
        page.locator(".red-ui-treeList-label-text:visible", has_text=name).click()
    page.get_by_role("button", name="Import", exact=True).click()
    page.locator(".red-ui-tab-label", has_text="Alarm to a lamp").click()
    chart = page.locator("#red-ui-workspace-chart")
    chart.get_by_text("all machines").dblclick(force=True)  # its box lies above
    form = page.locator("#dialog-form")
    expect(form.locator("#node-input-server")).to_have_value(HERE)
    expect(form.locator("datalist option").first).to_have_attribute("value", "fan-01")
    form.locator("#node-input-scope").select_option("device")
    expect(form.locator("#node-input-device")).to_have_class("input-error")
    form.locator("#node-input-device").fill("fan-01")
    form.locator("#node-input-device").press("Tab")
    expect(form.locator("#node-input-device")).not_to_have_class("input-error")
    assert "label." not in form.inner_text()
    page.locator("#node-dialog-ok").click()
    page.locator("#red-ui-header-button-deploy").click()
    expect(chart.get_by_text("fresh", exact=True)).to_be_visible()
    assert complaints == []

    page.evaluate("RED.nodes.workspace('tab-live').locked = false")
    page.evaluate("RED.nodes.node('in-state').qos = '2'; RED.nodes.dirty(true)")
    page.locator("#red-ui-header-button-deploy").click()
    said = 'Nothing was deployed: "Live" (tab) was changed, "state" (mqtt in) was changed.'
    expect(page.get_by_text(said)).to_be_visible()
    assert {each["id"]: each for each in editor.flows()}["in-state"]["qos"] != "2"
