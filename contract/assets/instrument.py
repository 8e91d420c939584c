"""A lab instrument that runs samples: what it is doing, for whom, and what is wrong with it."""

from contract.assets.capabilities import high, temperature, vibration_iso20816
from contract.assets.instrument_figures import KPIS, PARAMS
from contract.assets.words import (
    Asset,
    Channel,
    Counter,
    Event,
    Fault,
    Inactivity,
    Input,
    Label,
    Service,
    State,
    StateValue,
    Wear,
)

_COOL_IT = (
    "Let it finish the sample, then clear its air intake and clean the fan's filter. Switch off "
    "above 70 °C: the electronics age."
)

ASSET = Asset(
    name="instrument",
    title="Lab instrument",
    icon="mdi-flask-outline",
    nominal_rate_hz=0.4,
    max_gap_s=15.0,  # three of its readings where it measures every 5 s
    stale_after_s=20.0,
    # Long enough that there was a sample in it though nobody was there for some minutes.
    window_s=600.0,
    channels=(
        temperature(
            normal=(15.0, 50.0),
            most=120.0,
            limits=high(55.0, back=4.0, delay_s=30.0, advice=_COOL_IT),
        ),
        vibration_iso20816(
            advice="Stop it after this sample and check the pump's bearing and the sampler's rail."
        ),
        Channel(
            name="sample_time",
            title="Time of a sample",
            unit="s",
            low=0.0,
            high=3600.0,
            normal=(30.0, 140.0),
            accuracy=0.5,
            hold="step",  # of the last sample, or of this one where that takes longer by now
        ),
    ),
    states=(
        State(
            name="state",
            title="State",
            values=(
                StateValue(name="idle", time_element="standby", title="Idle"),
                StateValue(name="running", time_element="producing", title="Running"),
                StateValue(name="error", time_element="down", title="Error"),
                StateValue(name="maintenance", time_element="planned_down", title="Maintenance"),
            ),
        ),
    ),
    labels=(
        Label(name="operator", title="Operator", personal=True),
        Label(name="error_code", title="Error code"),
    ),
    # One may end between two readings a second apart.
    counters=(Counter(name="samples", title="Samples", unit="1", max_rate=2.0),),
    events=(
        Event(
            name="sample",
            title="Sample",
            fields=(("duration", "s"), ("right", "1")),
            words=("operator",),
        ),
        Event(name="failed", title="Failed", words=("code",)),
        Event(name="calibrated", title="Calibrated"),
        Event(name="serviced", title="Serviced"),
    ),
    params=PARAMS,
    inactivity=Inactivity(
        event="sample",
        after="inactivity_after",
        advice="Look whether it is in order; if nobody needs it, switch it off.",
    ),
    kpis=KPIS,
    services=(
        Service(
            name="calibration",
            title="Calibration",
            every="time(state == running) / calibration_interval",
            reset_by="calibrated",
            advice="Run the standards, compare with their certificate, and enter that it was done.",
        ),
        Service(
            name="pump_service",
            title="Seals and bearing of the pump",
            every="increase(samples) / service_interval",
            reset_by="serviced",
            advice="Replace seals and bearing, rinse, run one blank, and enter that it was done.",
        ),
    ),
    wears=(
        Wear(
            name="pump_bearing",
            title="Bearing of the pump",
            sign="vibration while it runs samples",
            shown_by="integral(where(state == running, vibration, 0)) / time(state == running)",
            unit="mm/s",
            ends_at="vibration",
            reset_by="serviced",
            advice="Plan the pump's service: bearing and seals together.",
        ),
    ),
    inputs=(
        Input(name="demand", title="Demand", unit="%", low=20.0, high=300.0, default=100.0),
        Input(
            name="ambient",
            title="Ambient",
            unit="°C",
            low=10.0,
            high=35.0,
            default=21.5,
            decimals=1,
        ),
    ),
    faults=(
        Fault(
            code=1,
            name="overheating",
            kind="overheating",
            channels=("temperature",),
            label="Overheating",
            severity="High",
            advice=_COOL_IT,
            delay_s=60.0,
        ),
        Fault(
            code=2,
            name="bearing_wear",
            kind="wear",
            channels=("vibration",),
            label="Bearing Wear",
            severity="Medium",
            advice="Plan the pump's service: while it runs it shakes more than it did. Listen for "
            "grinding, and replace bearing and seals together.",
            delay_s=120.0,
        ),
        Fault(
            code=3,
            name="vibration_spikes",
            kind="wear",
            channels=("vibration",),
            label="Vibration Spikes",
            severity="Medium",
            advice="Look at the sampler's arm while it moves: something is loose or strikes. "
            "Tighten it before it jams.",
            delay_s=60.0,
            alarm_from=0.6,
        ),
        Fault(
            code=4,
            name="blocked",
            kind="blockage",
            channels=("sample_time",),
            label="Slow Samples",
            severity="Medium",
            advice="Flush the flow path and replace the inlet filter: a sample takes far longer "
            "than it did.",
            delay_s=180.0,
            alarm_from=0.75,  # a batch of another method takes longer as well
        ),
        Fault(
            code=5,
            name="stuck_sensor",
            kind="sensor_error",
            label="Stuck Sensor",
            severity="Low",
            advice="A sensor repeats one value: check its plug and cable, then replace it and "
            "calibrate. Do not trust its readings until then.",
            delay_s=60.0,
        ),
        Fault(
            code=6,
            name="failure",
            kind="breakdown",
            label="Failure",
            severity="High",
            advice="It has stopped with an error: read its code, free the sampler, and start it "
            "anew. The samples of this batch must be run again.",
            delay_s=10.0,
        ),
    ),
)
