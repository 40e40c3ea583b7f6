"""Maps samples of the output to positions in the source."""

from __future__ import annotations

from typing import List, Tuple


class SourceMap:
    """Maps samples of the output to seconds of the source across changes of speed."""

    def __init__(self, start_at: float, speed: float, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._stretches: List[Tuple[int, float, float]] = [(0, start_at, speed)]
        self._restarted_at = 0

    def at(self, sample: int) -> float:
        """Returns the position in the source, seconds."""
        since, source, speed = next(
            (stretch for stretch in reversed(self._stretches) if stretch[0] <= sample), self._stretches[0]
        )
        return source + (sample - since) / self._sample_rate * speed

    def speed(self) -> float:
        """Returns the last known speed."""
        return self._stretches[-1][2]

    def change_speed(self, sample: int, speed: float) -> None:
        """Changes the speed from this sample on; samples never go back."""
        since = max(sample, self._stretches[-1][0])
        self._stretches.append((since, self.at(since), speed))

    def insert_speed(self, sample: int, speed: float) -> None:
        """Changes the speed from this sample to the next known change, for a change that was reported late."""
        later: List[Tuple[int, float, float]] = []
        while self._stretches[-1][0] > max(sample, self._restarted_at):
            later.append(self._stretches.pop())
        self.change_speed(sample, speed)
        for since, _, next_speed in reversed(later):
            self.change_speed(since, next_speed)

    def restart(self, sample: int, speed: float) -> None:
        """Drops the changes after this sample, which did not happen: another encoder continues at this speed."""
        while len(self._stretches) > 1 and self._stretches[-1][0] > sample:
            self._stretches.pop()
        self.change_speed(sample, speed)
        self._restarted_at = sample
