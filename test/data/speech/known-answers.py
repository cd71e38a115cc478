"""Prints the features of a made-up signal as other programs compute them, for filter-bank.test.ts.

    pip install kaldi-native-fbank==1.23.0 torch==2.14.1 torchaudio==2.11.0 numpy==2.4.6
    python test/data/speech/known-answers.py > test/data/speech/known-answers.json

Filter banks: kaldi-native-fbank (Kaldi's feature code as a library), checked here against torchaudio's own
implementation of the same. Deltas: torchaudio.functional.compute_deltas over 5 frames, once and twice.
"""
import json

import kaldi_native_fbank as knf
import numpy as np
import torch
import torchaudio

SAMPLES = 2000


def signal(i):
    """Two triangle waves and noise, in integers, so that every language makes the same samples."""
    low = abs((i * 37) % 4000 - 2000)
    high = abs((i * 611) % 1000 - 500)
    noise = (i * i * 7919 + i * 104729) % 401
    return low + high + noise - 1400


samples = [signal(i) for i in range(SAMPLES)]
options = knf.FbankOptions()
options.frame_opts.dither = 0
options.mel_opts.num_bins = 40
fbank = knf.OnlineFbank(options)
fbank.accept_waveform(16000, [float(s) for s in samples])
fbank.input_finished()
bands = np.array([fbank.get_frame(t) for t in range(fbank.num_frames_ready)])

other = torchaudio.compliance.kaldi.fbank(torch.tensor([samples], dtype=torch.float32), num_mel_bins=40, dither=0)
assert np.abs(bands - other.numpy()).max() < 1e-4, np.abs(bands - other.numpy()).max()

statics = torch.tensor(bands.astype(np.float64).T[None])
deltas = torchaudio.functional.compute_deltas(statics, win_length=5)
accelerations = torchaudio.functional.compute_deltas(deltas, win_length=5)
features = torch.cat([statics, deltas, accelerations], dim=1)[0].T
print(json.dumps([[round(float(v), 6) for v in frame] for frame in features]))
