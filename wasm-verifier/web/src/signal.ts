/** Verdicts that are heard and felt: each state has its own. Never alone: some are deaf, and iOS does not vibrate. */

export type Signal = "valid" | "valid-check" | "not-valid" | "not-checked" | "unreadable" | "chunk";

interface Note {
  /** Hertz. */
  pitch: number;
  /** Seconds, from the start. */
  at: number;
  length: number;
  wave: OscillatorType;
  volume: number;
}

const note = (pitch: number, at: number, length: number, wave: OscillatorType = "sine", volume = 0.5): Note => ({
  pitch,
  at,
  length,
  wave,
  volume,
});

const NOTES: Readonly<Record<Signal, readonly Note[]>> = {
  // Two that rise.
  valid: [note(660, 0, 0.12), note(990, 0.13, 0.2)],
  // One in the middle.
  "valid-check": [note(520, 0, 0.35, "triangle")],
  // Low, twice.
  "not-valid": [note(180, 0, 0.22, "square", 0.35), note(180, 0.3, 0.32, "square", 0.35)],
  // A dull tick.
  "not-checked": [note(120, 0, 0.09, "triangle", 0.9)],
  // Loud and long: somebody may be talking the guard past it.
  unreadable: [0, 0.35, 0.7].flatMap((at) => [note(440, at, 0.15, "square", 0.5), note(330, at + 0.16, 0.15, "square", 0.5)]),
  chunk: [note(800, 0, 0.06, "sine", 0.3)],
};

const BUZZES: Readonly<Record<Signal, number[]>> = {
  valid: [80],
  "valid-check": [250],
  "not-valid": [120, 90, 120, 90, 120],
  "not-checked": [30, 60, 30],
  unreadable: [400, 100, 400],
  chunk: [30],
};

let audio: AudioContext | undefined;

/** Browsers let a page sound only after a tap: to be called in one. */
export function unlockSound(): void {
  try {
    audio ??= new AudioContext();
    void audio.resume();
  } catch {
    audio = undefined;
  }
}

export function signal(kind: Signal): void {
  navigator.vibrate?.(BUZZES[kind]);
  if (audio === undefined) return;
  void audio.resume();
  const start = audio.currentTime + 0.01;
  for (const { pitch, at, length, wave, volume } of NOTES[kind]) {
    const [oscillator, gain] = [audio.createOscillator(), audio.createGain()];
    oscillator.type = wave;
    oscillator.frequency.value = pitch;
    // Ramps: a wave that is cut clicks.
    gain.gain.setValueAtTime(0, start + at);
    gain.gain.linearRampToValueAtTime(volume, start + at + 0.01);
    gain.gain.setValueAtTime(volume, start + at + length - 0.02);
    gain.gain.linearRampToValueAtTime(0, start + at + length);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(start + at);
    oscillator.stop(start + at + length);
  }
}
