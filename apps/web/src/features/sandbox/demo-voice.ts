const RATE = 8_000;
const SECONDS = 3;
/** Two notes, so that it is heard where it begins and ends. */
const NOTES = [440, 330];

/** A sound to send as a voice message: three seconds of PCM in a WAV file. */
export function demoVoice(): File {
  const samples = RATE * SECONDS;
  const bytes = new DataView(new ArrayBuffer(44 + samples * 2));
  const text = (at: number, value: string) => {
    for (const [index, letter] of [...value].entries()) bytes.setUint8(at + index, letter.charCodeAt(0));
  };
  text(0, "RIFF");
  bytes.setUint32(4, 36 + samples * 2, true);
  text(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, RATE, true);
  bytes.setUint32(28, RATE * 2, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, "data");
  bytes.setUint32(40, samples * 2, true);
  for (let at = 0; at < samples; at++) {
    const note = NOTES[Math.floor((at / samples) * NOTES.length)] ?? 0;
    bytes.setInt16(44 + at * 2, Math.sin((2 * Math.PI * note * at) / RATE) * 6_000, true);
  }
  return new File([bytes], "voice.wav", { type: "audio/wav" });
}
