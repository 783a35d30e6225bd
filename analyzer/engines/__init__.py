"""What hears and what reads: the only importers of Vosk, onnxruntime and torch, each only when it is used."""
