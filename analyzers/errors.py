"""What can go wrong, as a tree.

TonlageError
 ├── UsageError          the command line or the settings are wrong; nothing was done (exit status 2)
 └── RecordingError      one recording cannot be scored; `reason` is a code of `REASONS`, the night goes on

Every message says what, where, what was expected and what to do, in one line.
"""

REASONS = {
    "missing_file": "a row of calls.csv names a file that is not there",
    "no_permission": "the file may not be read",
    "empty_file": "the file has no bytes",
    "not_audio": "the bytes are no audio of a known format",
    "truncated": "the file ends before its own header says",
    "no_samples": "the audio has a length of zero",
    "bad_samples": "the audio has samples that are no numbers (NaN or infinite)",
    "too_many_channels": "more than two channels",
    "sample_rate": "the sample rate is outside 8 to 48 kHz",
    "too_short": "too little speech for any measurement",
    "no_speech": "nobody speaks",
    "bad_metadata": "the metadata of the recording are unusable",
    "unknown_language": "the language is not among the configured ones",
    "duplicate_content": "the same bytes were given twice in this output folder",
    "engine_failed": "a model or library failed on this recording",
    "internal": "a defect of Tonlage",
}


class TonlageError(Exception):
    """Any failure that Tonlage explains in one line."""


class UsageError(TonlageError):
    """The command line or the settings are wrong; nothing was done."""


class RecordingError(TonlageError):
    """One recording cannot be scored.

    Parameters
    ----------
    reason : str
        A code of `REASONS`.
    message : str
        One line: what, where, what was expected, what to do.
    """

    def __init__(self, reason: str, message: str) -> None:
        if reason not in REASONS:
            raise ValueError(f"unknown reason code: {reason}")
        super().__init__(message)
        self.reason = reason
