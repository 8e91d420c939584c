"""Where InfluxDB's program, data and credentials lie below the data directory."""

from dataclasses import dataclass
from pathlib import Path

DIRECTORY_MODE = 0o700


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Files of the InfluxDB that edgetwin runs itself. All lie below ``home``.

    ``gateway`` and ``dashboard`` hold what each may know: address and its own token.
    """

    home: Path

    @classmethod
    def below(cls, data_dir: Path) -> "Paths":
        return cls(home=data_dir / "influxdb")

    @property
    def program(self) -> Path:
        return self.home / "influxd"

    @property
    def admin(self) -> Path:
        return self.home / "admin.json"

    @property
    def gateway(self) -> Path:
        return self.home / "gateway.json"

    @property
    def dashboard(self) -> Path:
        return self.home / "dashboard.json"

    def make_home(self) -> None:
        """Create ``home``, readable by its owner only."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(DIRECTORY_MODE)
