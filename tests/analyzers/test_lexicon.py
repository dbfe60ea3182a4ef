"""Every sentence of every lexicon is run; the matcher's rules are tried on their own."""

import pytest

from analyzers import lexicon
from analyzers.errors import UsageError

CASES = [(language, category) for language in lexicon.languages() for category in lexicon.load(language).categories.values()]


@pytest.mark.parametrize(("language", "category"), CASES, ids=[f"{language}-{category.name}" for language, category in CASES])
def test_sentences_of_the_lexicon(language, category):
    pack = lexicon.load(language)
    assert category.yes, "a category needs sentences that must match"
    assert category.no, "a category needs sentences that must not match"

    def matches(sentence):
        return pack.is_backchannel(sentence) if category.name == "backchannel" else bool(lexicon.spans(category, sentence.split()))

    assert [s for s in category.yes if not matches(s)] == []
    assert [s for s in category.no if matches(s)] == []


def test_both_languages_have_the_same_categories():
    assert set(lexicon.load("de").categories) == set(lexicon.load("en").categories)


def test_a_language_without_a_pack():
    assert lexicon.load("fr") is None


@pytest.mark.parametrize("said", ["Bitte beruigen Sie sich.", "Beruhigenn Sie sich!"])
def test_misspelt_by_recognition(said):
    assert lexicon.count(lexicon.load("de"), "calm_down", [said]) == 1


def test_a_negation_in_the_sentence_before_does_not_count():
    assert lexicon.count(lexicon.load("de"), "calm_down", ["Das stimmt so nicht. Beruhigen Sie sich bitte."]) == 1


def test_broken_lexicon_is_explained():
    with pytest.raises(UsageError, match=r"\[greeting\]: needs speaker"):
        lexicon._read("xx", "version = 1\n[greeting]\nphrases = ['hi']\n")
