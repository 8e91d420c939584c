/** The gateway's catalogue in, kept by asset type for the snapshot's headline figures. */

export default function catalogue(msg, { flow }) {
  if (msg.statusCode !== 200 || !Array.isArray(msg.payload)) return null;
  flow.set("catalogue", new Map(msg.payload.map((type) => [type.name, type])));
  flow.set("catalogue_ms", Date.now());
  return null;
}
