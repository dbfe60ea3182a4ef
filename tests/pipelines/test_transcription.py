"""What both recognisers share: windows, the way back to the call's time, and no text that nobody said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from pyannote.core import Segment, Timeline

from analyzers.conversation import Word
from pipelines.engines import transcription, whisper_weights
from pipelines.engines.base import MODEL_RATE
from pipelines.engines.transcription import Heard, gate, loops, transcribe, whole, without_loops
from pipelines.engines.windows import LONGEST, pack


def words(text: str, start: float = 0.0, step: float = 0.3, sure: float = 0.9) -> tuple[Word, ...]:
    return tuple(Word(f" {w}", start + i * step, start + (i + 1) * step, sure) for i, w in enumerate(text.split()))


def text(found: Sequence[Word]) -> str:
    return " ".join(w.text.strip() for w in found)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * MODEL_RATE), np.float32)


class Canned:
    """Answers every window with the same text, or with what `answers` has for it."""

    def __init__(self, *answers: str, german: float = 0.8) -> None:
        self.answers, self.german, self.asked = list(answers), german, 0

    def language_probabilities(self, samples: np.ndarray) -> dict[str, float]:
        self.asked += 1
        return {"de": self.german, "en": 0.1, "fr": 0.9}

    def decode(self, windows: Sequence[np.ndarray], language: str) -> list[Heard]:
        return [Heard(words(self.answers[min(i, len(self.answers) - 1)]), 0.0, -0.1) for i in range(len(windows))]


def test_windows_hold_all_speech_and_lead_back() -> None:
    rng = np.random.default_rng(0)
    sound = rng.standard_normal(MODEL_RATE * 120).astype(np.float32)
    speech = Timeline([Segment(2, 10), Segment(14, 30), Segment(31, 75), Segment(90, 118)])
    windows = pack([sound], [speech])
    assert all(w.duration <= LONGEST + 1e-6 for w in windows)
    covered = Timeline(s for w in windows for _, s in w.pieces).support()
    assert speech.extrude(covered).duration() == pytest.approx(0, abs=1e-6)
    for window in windows:
        for offset, piece in window.pieces:
            a, b = round(offset * MODEL_RATE), round(piece.start * MODEL_RATE)
            assert np.array_equal(window.samples[a : a + 800], sound[b : b + 800])
            assert window.to_call(offset + 0.1, offset + 0.2).start == pytest.approx(piece.start + 0.1)


def test_speech_beyond_the_end_of_the_sound_is_no_window() -> None:
    assert pack([silence(5)], [Timeline([Segment(4.95, 5.2), Segment(7, 9)])])[-1].pieces[-1][1].end == pytest.approx(5)
    assert pack([silence(5)], [Timeline([Segment(7, 9)])]) == []


def test_no_speech_no_words() -> None:
    decoder = Canned("Vielen Dank.")
    assert transcribe(decoder, [silence(10)], [Timeline()], ["de", "en"]).words == ()
    assert decoder.asked == 0


def test_the_language_is_one_of_the_given() -> None:
    speech = [Timeline([Segment(0, 5)])]
    found = transcribe(Canned("ja"), [silence(5)], speech, ["de", "en"])
    assert found.language == "de" and found.language_confidence == pytest.approx(8 / 9, abs=0.01)
    assert transcribe(Canned("ja", german=0.01), [silence(5)], speech, ["de", "en"]).language == "en"
    fixed = Canned("ja")
    assert transcribe(fixed, [silence(5)], speech, ["de"]).language_confidence is None and fixed.asked == 0


def test_words_of_both_channels_are_in_order_of_time() -> None:
    speech = [Timeline([Segment(0, 3)]), Timeline([Segment(2, 6)])]
    found = transcribe(Canned("eins zwei drei", "vier fünf"), [silence(6), silence(6)], speech, ["de"])
    assert [w.channel for w in found.words] == [0, 0, 0, 1, 1]
    assert [w.start for w in found.words] == sorted(w.start for w in found.words)


def test_loops_are_cut_and_heard_again_in_shorter_windows() -> None:
    assert text(without_loops(words("ich weiß es nicht " * 6 + "gut"))) == "ich weiß es nicht gut"
    assert not loops(words("ja ja ja gut"))
    speech = [Timeline([Segment(0, 5), Segment(6, 11), Segment(12, 16)])]
    decoder = Canned("nein " * 30)
    assert len(transcribe(decoder, [silence(16)], speech, ["de"]).words) <= 3


@pytest.mark.parametrize(
    "line",
    ["Untertitel der Amara.org-Community", "Vielen Dank fürs Zuschauen!", "Thanks for watching.", "[Musik]", "♪ la la ♪", "* lacht *"],
)
def test_what_nobody_said_is_dropped(line: str) -> None:
    window = pack([silence(10)], [Timeline([Segment(0, 10)])])[0]
    assert gate(window, Heard(words(line, sure=0.3), 0.5, -0.5), Timeline([Segment(0, 10)]), False) == []
    kept = gate(window, Heard(words("Guten Tag ."), 0.1, -0.2), Timeline([Segment(0, 10)]), False)
    assert text(kept) == "Guten Tag"


def test_thanks_for_listening_stays_where_it_was_surely_said() -> None:
    window = pack([silence(10)], [Timeline([Segment(0, 10)])])[0]
    said = Heard(words("Vielen Dank fürs Zuhören.", sure=0.95), 0.01, -0.1)
    assert text(gate(window, said, Timeline([Segment(0, 10)]), False)) == "Vielen Dank fürs Zuhören."


def test_words_outside_speech_are_dropped_and_others_moved_inside() -> None:
    window = pack([silence(10)], [Timeline([Segment(0, 10)])])[0]
    speech = Timeline([Segment(1, 2), Segment(5, 6)])
    heard = Heard((Word(" ja", 0.8, 1.2, 0.9), Word(" Geist", 3.0, 3.4, 0.9), Word(" gut", 6.1, 6.3, 0.9)), 0.0, -0.1)
    kept = gate(window, heard, speech, True)
    assert [(w.text, w.start, w.end, w.channel) for w in kept] == [("ja", 1.0, 1.2, 0), ("gut", 5.8, 6.0, 0)]


def test_moved_words_stay_in_order() -> None:
    window = pack([silence(10)], [Timeline([Segment(0, 10)])])[0]
    heard = Heard((Word(" kommen", 1.9, 2.3, 0.9), Word(" So", 2.0, 2.1, 0.9)), 0.0, -0.1)
    assert text(gate(window, heard, Timeline([Segment(0, 1.95), Segment(2.25, 6)]), False)) == "kommen So"


def test_pieces_of_a_word_are_joined() -> None:
    pieces = (Word(" M", 0, 0.1, 0.9), Word("-Hum", 0.1, 0.3, 0.5), Word(" o", 0.4, 0.5, 0.8), Word("'clock", 0.5, 0.7, 0.9))
    joined = whole(pieces)
    assert [(w.text, w.start, w.end, w.confidence) for w in joined] == [(" M-Hum", 0, 0.3, 0.5), (" o'clock", 0.4, 0.7, 0.8)]


def test_weights_of_one_recogniser_fit_the_other() -> None:
    """Every tensor of openai-whisper's model is there in its shape, and no other."""
    import whisper

    from pipelines.models import path_of

    weights = whisper_weights.read_ctranslate2(path_of("whisper-base") / "model.bin")
    model = whisper.model.Whisper(whisper.model.ModelDimensions(**whisper_weights.dimensions(weights)))
    found = {name: tensor.shape for name, tensor in whisper_weights.to_openai(weights).items()}
    assert found == {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    assert weights["decoder/layer_0/self_attention/linear_0/bias"][512:1024].any() == False  # noqa: E712
    assert transcription.BEAM >= 1
