"""Listen to a customer-service call, judge how the customer feels, and help the agent.

The shape of the program is in `docs/design.md`; `call.py` is the place to start reading.
"""

__version__ = "0.1.0"
