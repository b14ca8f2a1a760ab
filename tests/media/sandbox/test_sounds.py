"""Sound tracks of every shape are mixed to one channel, or said to be none."""

import io
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.sound import SoundPrint
from jikimi.media.clip import watch
from jikimi.media.clip_sound import MOST_CHANNELS, RATE, Mixer
from jikimi.media.moving_specimen import tune_of
from jikimi.model.clip import Clip
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort
from jikimi.vault.sound_bank import compare

TUNE_RATE = 44_100
SECONDS = 8.0


def wav(samples: NDArray[np.int16], rate: int = TUNE_RATE) -> bytes:
    """Write samples × channels as they are."""
    channels, body = samples.shape[1], samples.astype("<i2").tobytes()
    form = struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * 2 * channels, 2 * channels, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(body))
        + b"WAVEfmt "
        + form
        + b"data"
        + struct.pack("<I", len(body))
        + body
    )


def tune() -> NDArray[np.int16]:
    return np.asarray(tune_of(1, SECONDS), np.int16)


def levels(clip: Clip) -> NDArray[np.int16]:
    assert clip.sound is not None
    assert clip.sound.rate == RATE
    return np.frombuffer(clip.sound.samples, "<i2")


def is_same_sound(one: Clip, other: Clip) -> bool:
    print_of = SoundPrint().fingerprint_clip
    return compare(print_of(one, Effort.FIRST), print_of(other, Effort.REFERENCE)) is not None


@pytest.mark.parametrize("channels", [1, 2, 6, 8, 9, 24, 64])
def test_any_number_of_channels_is_mixed_to_one(channels: int) -> None:
    clip = watch(wav(np.repeat(tune()[:, np.newaxis], channels, axis=1)), "WAV").clip
    assert clip.seconds == pytest.approx(SECONDS, abs=0.1)
    assert is_same_sound(clip, watch(wav(tune()[:, np.newaxis]), "WAV").clip)


@pytest.mark.parametrize("which", [0, 37, 63])
def test_what_a_single_channel_of_many_says_is_heard(which: int) -> None:
    samples = np.zeros((len(tune()), 64), np.int16)
    samples[:, which] = tune()
    clip = watch(wav(samples), "WAV").clip
    assert is_same_sound(clip, watch(wav(tune()[:, np.newaxis]), "WAV").clip)


def test_channels_that_cancel_each_other_out_do_not_stop_the_others() -> None:
    samples = np.zeros((len(tune()), 10), np.int16)
    samples[:, 0], samples[:, 1], samples[:, 2] = tune(), -tune(), tune()
    assert np.abs(levels(watch(wav(samples), "WAV").clip)).max() > 100


def test_more_channels_than_anybody_has_are_no_sound() -> None:
    samples = np.repeat(tune()[: TUNE_RATE // 4, np.newaxis], MOST_CHANNELS + 1, axis=1)
    with pytest.raises(BadMedia, match="nothing in this WAV file can be shown or heard"):
        watch(wav(samples), "WAV")


def filmed(rate: int | None) -> bytes:
    """A short video, with a sound track of so many samples a second, or with none."""
    kept = io.BytesIO()
    with av.open(kept, "w", format="matroska") as written:
        seen = written.add_stream("mpeg4", rate=25)
        seen.width, seen.height, seen.pix_fmt = 96, 64, "yuv420p"
        heard = None if rate is None else written.add_stream("pcm_s16le", rate=rate, layout="mono")
        for number in range(25):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), 9 * number, np.uint8), format="rgb24")
            frame.pts = number
            written.mux(seen.encode(frame))
        written.mux(seen.encode(None))
        if heard is not None and rate is not None:
            sound = av.AudioFrame.from_ndarray(tune()[np.newaxis, : 2 * rate], format="s16", layout="mono")
            sound.sample_rate, sound.time_base, sound.pts = rate, Fraction(1, rate), 0
            written.mux(heard.encode(sound))
            written.mux(heard.encode(None))
    return kept.getvalue()


@pytest.mark.parametrize("rate", [8, None])
def test_a_video_without_a_track_that_can_be_heard_is_seen_and_has_no_sound(rate: int | None) -> None:
    clip = watch(filmed(rate), "MATROSKA").clip
    assert clip.frames
    assert clip.sound is None


def test_a_video_with_a_low_rate_that_still_carries_a_voice_has_sound() -> None:
    assert len(levels(watch(filmed(4000), "MATROSKA").clip)) == pytest.approx(2 * RATE, rel=0.02)


@pytest.mark.parametrize("form", ["u8", "s16", "s32", "flt", "dbl"])
def test_samples_of_every_form_are_averaged_alike(form: str) -> None:
    (one,) = av.AudioResampler(form, "mono", TUNE_RATE).resample(framed(tune()[np.newaxis]))
    many = np.repeat(one.to_ndarray(), 12, axis=1)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(many), format=form, layout="12c")
    frame.sample_rate = TUNE_RATE
    heard, plain = (mixed_of(each) for each in (frame, framed(tune()[np.newaxis])))
    assert np.abs(heard.astype(int) - plain).max() < 400


def test_separate_planes_of_many_channels_are_averaged() -> None:
    flat = framed(np.repeat(tune(), 24)[np.newaxis], "24c")
    (planar,) = av.AudioResampler("fltp", "24c", TUNE_RATE).resample(flat)
    assert planar.format.is_planar
    assert np.abs(mixed_of(planar).astype(int) - mixed_of(framed(tune()[np.newaxis]))).max() < 400


def test_a_track_may_change_its_shape() -> None:
    mixer = Mixer()
    mono, stereo = framed(tune()[np.newaxis]), framed(np.repeat(tune(), 2)[np.newaxis], "stereo")
    many = framed(np.repeat(tune(), 12)[np.newaxis], "12c")
    length = sum(one.samples for frame in (mono, many, stereo, mono) for one in mixer.mixed(frame))
    assert length == pytest.approx(4 * SECONDS * RATE, rel=0.01)


def framed(samples: NDArray[np.int16], layout: str = "mono") -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="s16", layout=layout)
    frame.sample_rate = TUNE_RATE
    return frame


def mixed_of(frame: av.AudioFrame) -> NDArray[np.int16]:
    return np.concatenate([one.to_ndarray()[0] for one in Mixer().mixed(frame)])
