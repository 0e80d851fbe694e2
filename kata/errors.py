"""What the kata itself says."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what names only this needs no PyTorch
    from torch import Tensor


class KataError(Exception):
    """An error whose message is already written for the learner, whole in one line."""


class Mismatch(AssertionError):
    """What a check expected and what came."""

    def __init__(
        self,
        expected: str,
        got: str,
        detail: str = "",
        hint: str = "",
        wrong: "Tensor | None" = None,  # which numbers are
    ) -> None:
        self.expected, self.got, self.detail, self.hint = expected, got, detail, hint
        self.wrong = wrong
        super().__init__(
            "\n".join(part for part in (f"expected {expected}, got {got}", detail, hint) if part)
        )
