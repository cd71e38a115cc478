#!/usr/bin/env python3
"""Phone times for speechocean762 (OpenSLR 101), in the TIMIT layout that configs/table-4/speechocean762-*.yaml read.

    pip install pocketsphinx==5.1.1
    scripts/label-speechocean762.py speechocean762 data/speechocean762

The first folder is the unpacked corpus; the second is made: <TRAIN|TEST>/<sex><speaker>/<utterance>.PHN and .WAV. About half an
hour on a core. The corpus has no phone times: its canonical phones are aligned with the audio by pocketsphinx.
Utterances where that failed are dropped and counted; docs/experiments/timit.md says how good the labels are.
"""

import argparse
import json
import shutil
import sys
import wave
from pathlib import Path

ADULT = 18
FRAME = 160  # samples of 16 kHz in a frame of the aligner, 10 ms
BIAS = 160  # the aligner puts inner boundaries so many samples too early, measured on synthetic speech with known times
LONGEST = 45  # frames; a longer phone means that the alignment failed,
MINIMUM = 3  # as it does where many phones are as short as the aligner's models (three states) allow
AT_MINIMUM = 0.4


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="the unpacked corpus: train/, test/, WAVE/, resource/")
    parser.add_argument("out", type=Path, help="a folder that does not exist yet")
    options = parser.parse_args()
    if options.out.exists():
        sys.exit(f"{options.out} exists; name a new folder")
    phones_of = read_phones(options.corpus / "resource" / "scores.json")
    kept = dropped = 0
    for split in ("train", "test"):
        ages = read_table(options.corpus / split / "spk2age")
        sexes = read_table(options.corpus / split / "spk2gender")
        speakers = read_table(options.corpus / split / "utt2spk")
        for utterance, audio in sorted(read_table(options.corpus / split / "wav.scp").items()):
            speaker = speakers[utterance]
            if float(ages[speaker]) < ADULT:
                continue
            wav = options.corpus / audio
            segments = align(wav, phones_of[utterance])
            if segments is None or failed(segments):
                dropped += 1
                continue
            folder = options.out / split.upper() / f"{sexes[speaker].upper()}{speaker}"
            folder.mkdir(parents=True, exist_ok=True)
            lines = (f"{start} {end} {phone}\n" for start, end, phone in in_samples(segments, wav))
            (folder / f"{utterance}.PHN").write_text("".join(lines))
            shutil.copyfile(wav, folder / f"{utterance}.WAV")
            kept += 1
    print(f"{kept} utterances in {options.out}, {dropped} dropped")


def read_table(path):
    """A Kaldi table: a key and its value on every line."""
    return dict(line.split(maxsplit=1) for line in path.read_text().splitlines())


def read_phones(path):
    """The canonical phones of every utterance, without stress marks."""
    utterances = json.loads(path.read_text())
    return {
        name: [phone.rstrip("012") for word in scored["words"] for phone in phones_of_word(word)]
        for name, scored in utterances.items()
    }


def phones_of_word(word):
    phones = word["phones"]
    return phones.split() if isinstance(phones, str) else phones


def align(wav, phones):
    """(phone, frames) for the whole utterance, silences as SIL; None where the aligner finds no path."""
    from pocketsphinx import Decoder

    with wave.open(str(wav)) as audio:
        samples = audio.readframes(audio.getnframes())
    decoder = Decoder(samprate=16000, bestpath=False, loglevel="FATAL")
    # Each phone is a word of its own: learners pause inside words, and no other pronunciation is tried.
    names = [f"phone-{index}" for index in range(len(phones))]
    for name, phone in zip(names, phones):
        decoder.add_word(name, phone, name == names[-1])
    decoder.set_align_text(" ".join(names))
    try:
        decode(decoder, samples)
        decoder.set_alignment()
        decode(decoder, samples)
    except RuntimeError:
        return None
    alignment = decoder.get_alignment()
    if alignment is None:
        return None
    return [(phone.name, phone.duration) for word in alignment for phone in word]


def decode(decoder, samples):
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()


def failed(segments):
    durations = [frames for phone, frames in segments if phone != "SIL"]
    short = sum(frames <= MINIMUM for frames in durations)
    return not durations or max(durations) > LONGEST or short > AT_MINIMUM * len(durations)


def in_samples(segments, wav):
    """(start, end, label) in samples: h# at both ends, pau between words; the last segment ends with the audio."""
    with wave.open(str(wav)) as audio:
        length = audio.getnframes()
    frame = 0
    start = 0
    for index, (phone, frames) in enumerate(segments):
        frame += frames
        last = index == len(segments) - 1
        end = length if last else frame * FRAME + BIAS
        edge = index == 0 or last
        label = phone.lower() if phone != "SIL" else "h#" if edge else "pau"
        yield start, end, label
        start = end


if __name__ == "__main__":
    main()
