"""The figures of a running server, in the text that Prometheus reads.  Never a word of a call."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

LATENCIES_S = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.5, 2.0, 3.0, 5.0)


class Metrics:
    """One registry for one server, so that two in a process do not share figures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.calls = Counter("analyzer_calls", "Calls by how they ended.", ["ended"], registry=self.registry)
        self.refused = Counter("analyzer_calls_refused", "Calls refused before they began.", registry=self.registry)
        self.in_progress = Gauge("analyzer_calls_in_progress", "Calls in progress.", registry=self.registry)
        self.lag = Gauge("analyzer_lag_seconds", "Audio waiting in the call that is worst off.", registry=self.registry)
        self.lost = Counter(
            "analyzer_audio_lost_seconds", "Audio that never came or found no room.", registry=self.registry
        )
        self.slow_readers = Gauge("analyzer_pages_cut_off", "Pages that did not keep up.", registry=self.registry)
        self.decode = Histogram(
            "analyzer_decode_seconds",
            "Time spent on a second of call audio, over the last second or more of each call.",
            buckets=(0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0),
            registry=self.registry,
        )
        self.partial = self._latency(
            "analyzer_partial_latency_seconds", "From the audio of a word to its partial text."
        )
        self.prompt = self._latency("analyzer_prompt_latency_seconds", "From the moment of a prompt to its message.")

    def _latency(self, name: str, about: str) -> Histogram:
        return Histogram(name, about, buckets=LATENCIES_S, registry=self.registry)

    def text(self) -> bytes:
        """What `/metrics` answers."""
        return generate_latest(self.registry)
