"""The cooling fan: a 12 V DC fan on a cabinet or a machine, with its controller."""

from contract.assets.words import (
    Asset,
    Channel,
    DcSupply,
    Fault,
    Kpi,
    Limit,
    Running,
    ThermalModel,
)

ASSET = Asset(
    name="fan",
    title="Cooling fan",
    icon="mdi-fan",
    nominal_rate_hz=5.0,
    channels=(
        Channel(
            name="temperature",
            title="Temperature",
            unit="°C",
            low=-40.0,
            high=150.0,
            normal=(20.0, 55.0),
            accuracy=0.5,  # DS18B20, -10 to 85 °C (Analog Devices, rev. 6)
            limits=(
                Limit(
                    side="high",
                    at=70.0,
                    hysteresis=5.0,
                    delay_s=3.0,
                    severity="High",
                    advice="Reduce the load and check that the air path and filter are free.",
                ),
            ),
        ),
        Channel(
            name="rpm",
            title="Speed",
            unit="rpm",
            low=0.0,
            high=6000.0,
            normal=(800.0, 1600.0),
            decimals=0,
            limits=(
                Limit(
                    side="low",
                    at=300.0,
                    hysteresis=100.0,
                    delay_s=5.0,
                    severity="High",
                    advice="The fan hardly turns: check supply, connector and rotor.",
                ),
            ),
        ),
        Channel(
            name="current",
            title="Current",
            unit="A",
            low=0.0,
            high=20.0,
            normal=(0.5, 1.6),
            decimals=2,
            # ACS712, 5 A: ±1.5 % of full scale at 25 °C (Allegro, rev. 15); INA219 is far better.
            accuracy=0.075,
            limits=(
                Limit(
                    side="high",
                    at=2.2,
                    hysteresis=0.3,
                    delay_s=2.0,
                    severity="High",
                    advice="Switch off and check the rotor for drag and the windings for shorts.",
                ),
            ),
        ),
        Channel(
            name="vibration",
            title="Vibration",
            unit="mm/s",
            low=0.0,
            high=100.0,
            normal=(0.0, 2.3),
            decimals=2,
            # ISO 20816-1, small machines (class I): zone C begins at 1.8, zone D at 4.5 mm/s RMS.
            limits=(
                Limit(
                    side="high",
                    at=4.5,
                    hysteresis=1.0,
                    delay_s=2.0,
                    severity="Medium",
                    advice="Clean the blades, check balance, mounting screws and bearings.",
                ),
            ),
        ),
        Channel(
            name="ambient",
            title="Ambient",
            unit="°C",
            low=-40.0,
            high=85.0,
            normal=(5.0, 35.0),
            accuracy=0.5,
            optional=True,
        ),
    ),
    kpis=(
        Kpi(name="power_w", title="Power", unit="W", rule="dc_power", role="power", headline=True),
        Kpi(
            name="energy_wh", title="Energy", unit="Wh", rule="energy", role="energy", headline=True
        ),
        Kpi(name="co2_g", title="CO₂", unit="g", rule="co2", role="co2"),
        Kpi(name="cost", title="Cost", unit="GBP", rule="cost", role="cost", decimals=4),
        Kpi(
            name="cooling_rate_c_per_min",
            title="Cooling rate",
            unit="°C/min",
            rule="cooling_rate",
            decimals=2,
        ),
        Kpi(
            name="thermal_efficiency_index",
            title="Thermal efficiency index",
            unit="1",
            rule="thermal_efficiency_index",
            role="efficiency",
            decimals=2,
        ),
        Kpi(
            name="running_h",
            title="Running",
            unit="h",
            rule="running_hours",
            role="running",
            decimals=2,
        ),
        Kpi(
            name="health_percent",
            title="Health",
            unit="%",
            rule="health",
            role="health",
            decimals=0,
            headline=True,
        ),
    ),
    faults=(
        Fault(
            code=1,
            name="overcurrent",
            label="Overcurrent Fault",
            severity="High",
            advice="Switch the fan off, turn the rotor by hand: if it drags, clean or replace the "
            "bearing; if it turns freely, measure the windings and the controller.",
        ),
        Fault(
            code=2,
            name="thermal_drift",
            label="Thermal Drift",
            severity="Medium",
            advice="Clean filter and heat sink, check that nothing blocks the air; if the "
            "temperature still creeps up at full speed, the fan is too small for the load.",
            delay_s=15.0,  # a new set point can look like it for some seconds, even surely
            alarm_from=0.85,  # and a slow fan in a warm room for minutes, though never surely
        ),
        Fault(
            code=3,
            name="vibration_spikes",
            label="Vibration Spikes",
            severity="Medium",
            advice="Clean the blades and tighten the mounting; if the spikes stay, the bearing is "
            "wearing: order one and plan the change.",
            alarm_from=0.7,  # a fast fan with worn bearings can look like it, though never surely
        ),
        Fault(
            code=4,
            name="stuck_sensor",
            label="Stuck Sensor",
            severity="Low",
            advice="A sensor repeats one value: check its plug and cable, then replace it. Do not "
            "trust its readings until then.",
            delay_s=40.0,  # a sensor of coarse steps on a calm machine can look like it for long
            alarm_from=0.6,
            certain_delay_s=1.0,  # one that never repeated itself before cannot
        ),
    ),
    supply=DcSupply(voltage_v=12.0, current_channel="current"),
    thermal=ThermalModel(
        temperature_channel="temperature",
        speed_channel="rpm",
        ambient_channel="ambient",
        reference_ambient_c=22.0,
        rated_rpm=1200.0,
        rated_rise_c=18.0,
        rated_power_w=12.4,  # 12 V x 1.03 A
    ),
    running=Running(channel="rpm", above=200.0),
)
