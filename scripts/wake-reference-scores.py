"""Writes the scores that the Python library openWakeWord gives to recordings, as JSON: what test/wake compares with.

    python -m venv venv
    venv/bin/pip install numpy scipy scikit-learn tqdm requests onnxruntime soundfile
    venv/bin/pip install --no-deps openwakeword==0.6.0
    venv/bin/python scripts/wake-reference-scores.py MODELS_FOLDER RECORDING.flac… > test/wake/reference-scores.json

MODELS_FOLDER is laid out as by `evil-assistant models fetch`. `--no-deps` leaves out tflite-runtime, which has no
package for current Pythons; the library's ONNX framework is used. The recording's words are kept apart by a lead-in
of silence: it flushes the random noise that the library starts its features with, and its five masked frames.
"""

import importlib.metadata
import json
import pathlib
import sys

import numpy as np
import onnxruntime
import soundfile
from openwakeword.model import Model

FRAME = 1280
LEAD_IN = 40  # frames of silence; 26 fill the embedding's 76 mel rows and the classifier's 16 embeddings
TAIL = 8
WORDS = ["alexa", "hey_jarvis", "hey_mycroft"]


def scores(models: pathlib.Path, recording: pathlib.Path) -> dict[str, list[float]]:
    sound, rate = soundfile.read(recording, dtype="int16")
    assert rate == 16000 and sound.ndim == 1, f"{recording}: 16 kHz mono expected"
    silence = np.zeros(FRAME, np.int16)
    frames = -(-len(sound) // FRAME)
    sound = np.concatenate([sound, np.zeros(frames * FRAME - len(sound), np.int16), np.tile(silence, TAIL)])
    model = Model(
        wakeword_models=[str(models / f"wake-{word}" / f"{word}_v0.1.onnx") for word in WORDS],
        inference_framework="onnx",
        melspec_model_path=str(models / "openwakeword" / "melspectrogram.onnx"),
        embedding_model_path=str(models / "openwakeword" / "embedding_model.onnx"),
    )
    for _ in range(LEAD_IN):
        model.predict(silence)
    table = {word: [] for word in WORDS}
    for start in range(0, len(sound), FRAME):
        prediction = model.predict(sound[start : start + FRAME])
        for word in WORDS:
            table[word].append(round(float(prediction[f"{word}_v0.1"]), 6))
    return table


def main() -> None:
    models, recordings = pathlib.Path(sys.argv[1]), [pathlib.Path(name) for name in sys.argv[2:]]
    versions = {name: importlib.metadata.version(name) for name in ["openwakeword", "onnxruntime", "numpy"]}
    head = {
        "origin": "scripts/wake-reference-scores.py: openwakeword's Model(...).predict, ONNX framework",
        "versions": versions,
        "frame": FRAME,
        "lead_in": LEAD_IN,
        "tail": TAIL,
        "layout": "16-bit samples; lead_in frames of zeros (scores left out), the recording padded with zeros to whole "
        "frames, tail frames of zeros; one score a frame",
    }
    # One line for each list of scores, so that a difference can be read.
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    rows = []
    for recording in sorted(recordings, key=lambda path: path.stem):
        words = [f"      {json.dumps(word)}: {json.dumps(row)}" for word, row in scores(models, recording).items()]
        rows.append(f"    {json.dumps(recording.stem)}: {{\n" + ",\n".join(words) + "\n    }")
    lines.append('  "recordings": {\n' + ",\n".join(rows) + "\n  }")
    print("{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    main()
