from __future__ import annotations

import pytest

from emoscope.text.language import is_english, is_other_language

FOREIGN = [
    "Das ist schlecht.", "Ich bin so wütend auf dich", "Der Service war eine Katastrophe",
    "Danke für alles", "Je suis très content", "Merci beaucoup pour votre aide",
    "Le colis est arrivé cassé", "Estoy muy feliz hoy", "No me gusta nada",
    "La comida estaba fría y nadie vino", "Eu amo você", "Não gostei disso",
    "Sono molto felice", "Non mi piace per niente", "Ik ben zo blij", "Wat een rotdag was dat",
    "Jestem bardzo zły", "To jest okropne", "Bu çok güzel", "Çok teşekkür ederim",
    "Saya sangat senang", "Aku gak suka ini", "Tôi rất vui", "Jag är så glad",
    "Jeg elsker det her", "Minä olen iloinen", "Sunt foarte fericit", "Jsem velmi rád",
    "Nagyon boldog vagyok", "Sobrang saya ko", "Nimefurahi sana leo", "Я очень рад",
    "今日は楽しかった", "아주 행복해요", "我很高兴", "أنا سعيد جدا", "मैं बहुत खुश हूँ",
    "Είμαι χαρούμενος",
    "ขอบคุณมาก", "אני שמח מאוד",
]  # fmt: skip
ENGLISH = [
    "I am so happy", "Das Auto is my favourite band", "No way", "Me too", "I die",
    "we had pho and banh mi", "Como is a lovely lake", "hi", "no no no", "on est", "lol", "ok",
    "Mia and Tim", "he is in on it", "Si", "hola", "I was at an inn", "Danke", "Merci",
    "schadenfreude", "que?", "La La Land", "man on man", "u r so da best",
    "he ordered the crème brûlée, très chic", "", "   ", "😂😂", "12345",
    "Grüße from Berlin, the weather is fine", "my señorita said no",
]  # fmt: skip


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_are_noticed(text: str) -> None:
    assert is_other_language(text)


@pytest.mark.parametrize("text", ENGLISH)
def test_english_with_foreign_words_is_english(text: str) -> None:
    assert not is_other_language(text)


def test_a_data_set_is_judged_by_most_of_its_texts() -> None:
    assert is_english(ENGLISH * 200 + FOREIGN)
    assert not is_english(FOREIGN * 200 + ENGLISH)
    assert is_english([])
