"""A conversation in the terminal: streamed, with its history, until Ctrl-D."""

import time
from collections.abc import Callable, Iterator

from kata.errors import KataError
from kata.plain import printable

Messages = list[tuple[str, str]]  # role and content
Reply = Callable[[Messages], Iterator[str]]  # the pieces of an answer, a token each


def ask(reply: Reply, prompt: str) -> None:
    """One question, and its answer."""
    answer(reply, [("user", prompt)])


def talk(reply: Reply) -> None:
    print("Ctrl-C ends an answer, Ctrl-D the conversation.")
    messages: Messages = []
    while True:
        try:
            said = input("\nyou> ").strip()
        except EOFError:
            print()
            return
        except KeyboardInterrupt:
            print("\nCtrl-D ends the conversation.")
            continue
        if said:
            messages.append(("user", said))
            try:
                messages.append(("assistant", answer(reply, messages)))
            except KataError as error:  # it is too long
                print(error)
                messages.pop()


def answer(reply: Reply, messages: Messages) -> str:
    """Print the answer as it comes, and how fast that was; returns it."""
    pieces: list[str] = []
    start = first = time.perf_counter()
    try:
        for piece in reply(messages):
            if not pieces:
                first = time.perf_counter()
            print(printable(piece, keep="\n\t"), end="", flush=True)
            pieces.append(piece)
    except KeyboardInterrupt:
        print(" (stopped)", end="")
    print("\n")
    if pieces:
        print(f"({said_in(len(pieces), first - start, time.perf_counter() - first)})")
    return "".join(pieces)


def said_in(tokens: int, before: float, after: float) -> str:
    """The time to the first token, which reads the question, and the speed from there on."""
    text = f"{tokens} tokens, the first after {before:.1f} s"
    return f"{text}, then {(tokens - 1) / after:.1f} a second" if tokens > 1 else text
