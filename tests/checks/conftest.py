from __future__ import annotations

import sys
from pathlib import Path

# The tests are not packages (importlib mode): helpers beside them are found by name.
sys.path.insert(0, str(Path(__file__).parent))
