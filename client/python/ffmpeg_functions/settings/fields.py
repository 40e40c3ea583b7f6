"""The fields of a request, as types."""

from typing import Literal, Sequence, TypedDict, Union

from .filters import Filters

OutputFormat = Literal["opus", "aac", "pcm"]
QualityPreset = Literal["lowlatency", "standard", "high"]
Adjustable = Literal["speed", "pitch", "equalizer", "volume"]


class PlaylistFields(TypedDict, total=False):
    """The optional fields of a playlist; an absent one has the service's default."""

    quality_preset: QualityPreset
    bitrate: str
    sample_rate: int
    channels: int
    filters: Filters
    live: bool
    adjust: Sequence[Adjustable]
    lead_seconds: float


class TranscodeFields(PlaylistFields, total=False):
    """The same, and which part of the source is played."""

    start_at: float
    duration: float


class SourceOnly(TypedDict):
    """The one field that an item must have."""

    source_url: str


class PlaylistItem(SourceOnly, total=False):
    """An item of a playlist: a source, and which part of it is played."""

    start_at: float
    duration: float


Item = Union[str, PlaylistItem]
