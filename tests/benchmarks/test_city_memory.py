"""Memory of the synthetic city does not grow with its parcels: a million needs less than 1 GiB."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GIB = 1 << 30
MILLION = 1_000_000
SCRIPT = """
import sys
from datetime import date
from data.synthetic.city import CityOrder, make_city
parcels = int(sys.argv[1])
for part in make_city(CityOrder(parcels, parcels // 4, 2, date(2026, 11, 20))):
    for batch in part.batches:
        del batch
# Not ru_maxrss: a new process inherits that of the one that started it.
print(next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM')) * 1024)
"""


def peak_bytes(parcels: int) -> int:
    command = [sys.executable, "-c", SCRIPT, str(parcels)]
    return int(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def test_a_million_parcels_need_less_than_a_gibibyte() -> None:
    small, large = peak_bytes(10_000), peak_bytes(60_000)
    growth = max(0, large - small) / 50_000
    assert small + growth * MILLION < GIB
