"""What was answered lately, by a digest of each question: a twentieth of what that takes."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Newest(Generic[Answer]):
    """So many answers, those that were asked for last. For any thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._alone = threading.Lock()
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, digest: bytes) -> Answer | None:
        """The answer, if it is still there."""
        with self._alone:
            if digest in self._answers:
                self._answers.move_to_end(digest)
            return self._answers.get(digest)

    def put(self, digest: bytes, answer: Answer) -> None:
        with self._alone:
            self._answers[digest] = answer
            self._answers.move_to_end(digest)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
