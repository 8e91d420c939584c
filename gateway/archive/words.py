"""What a type says of its values, as a file's columns have it. Pure."""

from contract.assets.words import Asset

Words = dict[str, dict[str, str]]


def of(asset: Asset) -> Words:
    """Of each value its kind and title; of numbers unit and decimals, of channels what is usual."""
    found: Words = {}
    for channel in asset.channels:
        found[channel.name] = {
            "kind": "channel", "title": channel.title, "unit": channel.unit,
            "decimals": str(channel.decimals),
            "lowest": f"{channel.low:g}", "highest": f"{channel.high:g}",
            "normal": f"{channel.normal[0]:g}..{channel.normal[1]:g}",
        }  # fmt: skip
    for counter in asset.counters:
        found[counter.name] = {
            "kind": "counter", "title": counter.title, "unit": counter.unit,
            "decimals": str(counter.decimals),
        }  # fmt: skip
    for state in asset.states:
        values = ",".join(state.elements)
        found[state.name] = {"kind": "state", "title": state.title, "values": values}
    for label in asset.labels:
        found[label.name] = {"kind": "label", "title": label.title}
    return found
