"""Everything that can go wrong in a way the reader can act on.

    AnalyzerError
    ├── AudioError            a recording that cannot be read
    ├── ModelError            a model that cannot be used
    │   └── ModelMissing      ... because it is not on this machine
    ├── RecordError           a record or transcript that is not what it claims to be
    ├── PlaybookError         a playbook file with a mistake in it
    ├── QuestionError         a question to the archive with a mistake in it
    ├── OutputError           a result that could not be written
    ├── WorkersLost           an archive that nobody can work on: the workers do not even start
    ├── CallRefused           a live call that there is no room for
    └── WireError             a frame from a socket that cannot be understood
        └── WireBroken        ... nor anything that follows it

Each message is one line: what is wrong, with the file's name, and the way out.
The command line prints it and exits with 1; nothing else is ever shown for these.
"""


class AnalyzerError(Exception):
    """The base of all errors that the program raises on purpose."""


class AudioError(AnalyzerError):
    """A recording, or a chunk of live audio, that cannot be used."""


class ModelError(AnalyzerError):
    """A model that is damaged, of another version, or refused."""


class ModelMissing(ModelError):
    """A model that is not on this machine and could not be fetched."""


class RecordError(AnalyzerError):
    """A record, or a transcript from another program, that breaks the contract."""


class PlaybookError(AnalyzerError):
    """A playbook file with a mistake in it; the message carries the line number."""


class QuestionError(AnalyzerError):
    """A question to the archive with a mistake in it; the message says line and column."""


class OutputError(AnalyzerError):
    """A result that could not be written: no space, no permission, no such folder."""


class WorkersLost(AnalyzerError):
    """An archive that nobody can work on: the workers do not even start."""


class CallRefused(AnalyzerError):
    """A live call that this machine cannot carry now; the calls in progress come first."""


class WireError(AnalyzerError):
    """A frame that breaks its protocol; the message never holds any of what was sent."""


class WireBroken(WireError):
    """A connection on which nothing further can be understood: it can only be closed."""
