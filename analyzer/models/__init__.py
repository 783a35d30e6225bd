"""The models: which there are, where they are on this machine, and how they get there.

find(name)                 a verified folder on this machine, or `ModelMissing`
ensure(name, say)          the same, fetched first if need be
pull(name) / add(name, p)  fetch from the network / take from a zip, an aar or a folder
tried(name, try_out)       a verified folder that was seen to work (now, if `again`), if nothing else vouches for it
verify(name)               read every byte again
identity(name)             one SHA-256 that stands for all files of the model
shipped("models/vad")      what comes with the program, from a clone and from a wheel alike
"""

from analyzer.models.manifest import Model, Source, default_speech, lookup, manifest, shipped
from analyzer.models.store import (
    add,
    cache_folder,
    ensure,
    find,
    identity,
    installed_path,
    pull,
    taken_on_trust,
    tried,
    verify,
)

__all__ = [
    "Model",
    "Source",
    "add",
    "cache_folder",
    "default_speech",
    "ensure",
    "find",
    "identity",
    "installed_path",
    "lookup",
    "manifest",
    "pull",
    "shipped",
    "taken_on_trust",
    "tried",
    "verify",
]
