"""What every source must do, whatever platform it watches: the suite is jikimi/sources/contract.py."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "contracts"))
sys.path.append(str(Path(__file__).parents[1] / "sources"))
sys.path.append(str(Path(__file__).parents[2] / "bench"))

from source_cases import CASES, DELETES, GARBLES, REFUSES, STARTS_A_SERVER

from jikimi.sources.contract import *  # noqa: F403  # the tests themselves

__all__ = ["CASES", "DELETES", "GARBLES", "REFUSES", "STARTS_A_SERVER"]
