# mypy: ignore-errors
# ruff: noqa
"""A game of hangman; a system generator because the words are a prize."""

import secrets
import sys

WORDS = ("harbour", "leadline", "fathom", "current")
MAX_MISTAKES = 6


def shown(word, guessed):
    return " ".join(letter if letter in guessed else "_" for letter in word)


def play():
    word = secrets.choice(WORDS)
    guessed = set()
    mistakes = 0
    while mistakes < MAX_MISTAKES:
        print(shown(word, guessed))
        letter = input("Letter: ").strip().lower()
        if len(letter) != 1 or not letter.isalpha():
            print("One letter, please.")
            continue
        guessed.add(letter)
        if letter not in word:
            mistakes += 1
        if set(word) <= guessed:
            print("You won.")
            return 0
    print(f"You lost: {word}")
    return 1


if __name__ == "__main__":
    sys.exit(play())
