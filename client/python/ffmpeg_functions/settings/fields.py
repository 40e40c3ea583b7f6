"""The fields of a request, as types."""

from typing import Literal, Sequence, TypedDict, Union

from .filters import Filters

OutputFormat = Literal["opus", "aac", "pcm"]
QualityPreset = Literal["lowlatency", "standard", "high"]
Adjustable = Literal["speed", "pitch", "equalizer", "volume"]


class PlaylistFields(TypedDict, total=False):
    """The optional fields of a playlist; an absent field has the default of the service."""

    quality_preset: QualityPreset
    bitrate: str
    sample_rate: int
    channels: int
    filters: Filters
    live: bool
    adjust: Sequence[Adjustable]
    lead_seconds: float


class TranscodeFields(PlaylistFields, total=False):
    """The optional fields of a track: those of a playlist, and which part of the source to play, in seconds."""

    start_at: float
    duration: float


class SourceOnly(TypedDict):
    """The required field of an item."""

    source_url: str


class PlaylistItem(SourceOnly, total=False):
    """An item of a playlist: a source, and which part of it to play, in seconds."""

    start_at: float
    duration: float


Item = Union[str, PlaylistItem]
