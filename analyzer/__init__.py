"""Listen to a customer-service call, judge how the customer feels, and help the agent.

The shape of the program is in `docs/design.md`; `call.py` is the place to start reading.
"""

import time

BEGUN = time.monotonic()  # seconds: the program's first line, from which `analyzer serve` counts until it is ready
__version__ = "0.1.0"
