"""The settings of one stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from ..builder_data import AAC_BITS_PER_SAMPLE, ADJUSTABLE, BITRATES, DEFAULT_ADJUST, LEAD_SECONDS
from .filters import FiltersInForce


@dataclass(frozen=True)
class Settings:
    """A request without its source, with the defaults of the service."""

    output_format: str
    quality_preset: str
    bitrate: Optional[str]
    sample_rate: int
    channels: int
    filters: FiltersInForce
    start_at: float
    duration: Optional[float]
    live: bool
    adjust: Optional[Tuple[str, ...]]
    lead_seconds: Optional[float]

    def body(self, source_url: str) -> Dict[str, Any]:
        """Returns the JSON body of `POST /transcode`."""
        fields = {name: value for name, value in self.__dict__.items() if value is not None}
        return {**fields, "source_url": source_url}

    @property
    def adjustable(self) -> Tuple[str, ...]:
        """The filters that commands may change, always in the same order."""
        if not self.live:
            return ()
        named = DEFAULT_ADJUST if self.adjust is None else self.adjust
        return tuple(name for name in ADJUSTABLE if name in named)

    @property
    def lead(self) -> float:
        """How far a live stream may be ahead of real time, seconds."""
        return float(LEAD_SECONDS["usual"] if self.lead_seconds is None else self.lead_seconds)

    @property
    def bits_per_second(self) -> int:
        """The bitrate. An AAC bitrate from a preset never exceeds the maximum for the sample rate."""
        if self.bitrate is not None:
            return int(self.bitrate[:-1]) * 1_000
        usual = int(BITRATES[self.output_format][self.quality_preset])
        if self.output_format != "aac":
            return usual
        return min(usual, int(AAC_BITS_PER_SAMPLE) * self.channels * self.sample_rate)
