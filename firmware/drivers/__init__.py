"""What site.toml may say of each sensor, and which channels that sensor then fills.

One file a kind. The options are those of the driver's constructor in firmware/device/sensors.
"""

from typing import get_args

from firmware.drivers.chips import Acs712, Adxl345, Ds18b20, Ina219, Mpu6050, Ntc, Tachometer
from firmware.drivers.contacts import Digital, Pulses
from firmware.drivers.meters import Pzem004t
from firmware.drivers.transmitters import CurrentLoop, VoltageInput

Sensor = (
    Ds18b20
    | Ntc
    | Tachometer
    | Acs712
    | Ina219
    | Mpu6050
    | Adxl345
    | Digital
    | Pulses
    | VoltageInput
    | CurrentLoop
    | Pzem004t
)
DRIVERS = tuple(str(kind.__struct_config__.tag) for kind in get_args(Sensor))
