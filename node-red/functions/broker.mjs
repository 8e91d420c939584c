/** Node-RED's word about its own connection to the broker. */

export default function broker(msg, { flow }) {
  const connected = msg.status?.fill === "green";
  flow.set("broker", connected ? "ok" : "down");
  return null;
}
