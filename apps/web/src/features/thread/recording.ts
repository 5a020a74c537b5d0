/** In the order of preference: what Telegram plays as a voice message, what becomes that, and what other browsers record. */
const FORMATS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"] as const;
const BARS = 48;
const TICK_MS = 100;

export type RecordingFailure = "denied" | "noMicrophone" | "unsupported" | "failed";

/** What of a refusal of the browser's the agent is told. */
export function failureOfRecording(error: unknown): RecordingFailure {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotSupportedError") return "unsupported";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotFoundError" || name === "NotReadableError" ? "noMicrophone" : "failed";
}

/** The name of a recording's file, by its type. */
export const recordingName = (mimeType: string): string =>
  `voice.${mimeType.startsWith("audio/ogg") ? "ogg" : mimeType.startsWith("audio/mp4") ? "m4a" : "webm"}`;

export type Heard = { seconds: number /** Loudness from 0 to 1, the newest last. */; levels: readonly number[] };

export type Recording = {
  /** Whether Telegram shows it as a voice message; else it goes as a file of sound. */
  isVoice: boolean;
  /** Ends it. @returns what was recorded */
  finish(): Promise<File>;
  /** Ends it, and keeps nothing. */
  cancel(): void;
};

/** Asks for the microphone and records until it is ended. @throws DOMException as the browser refuses */
export async function startRecording(hear: (heard: Heard) => void): Promise<Recording> {
  const mimeType = "MediaRecorder" in window ? FORMATS.find((one) => MediaRecorder.isTypeSupported(one)) : undefined;
  if (!mimeType || !navigator.mediaDevices) throw new DOMException("No recorder", "NotSupportedError");
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(stream, { mimeType });
  const chunks: Blob[] = [];
  recorder.ondataavailable = ({ data }) => void chunks.push(data);
  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  audio.createMediaStreamSource(stream).connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  const begun = performance.now();
  let levels: number[] = [];
  const timer = setInterval(() => {
    analyser.getByteTimeDomainData(samples);
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample - 128)), 0) / 128;
    levels = [...levels, peak].slice(-BARS);
    hear({ seconds: Math.floor((performance.now() - begun) / 1_000), levels });
  }, TICK_MS);
  const ended = new Promise<void>((resolve) => {
    recorder.onstop = () => resolve();
  });
  const stop = () => {
    clearInterval(timer);
    if (recorder.state !== "inactive") recorder.stop();
    for (const track of stream.getTracks()) track.stop();
    void audio.close().catch(() => {});
  };
  recorder.start();
  return {
    isVoice: mimeType.includes("opus"),
    async finish() {
      stop();
      await ended;
      const recorded = new File(chunks, recordingName(mimeType), { type: mimeType });
      return mimeType.startsWith("audio/webm") ? toVoice(recorded) : recorded;
    },
    cancel: stop,
  };
}

/** A recording in WebM as a voice message; as it is where that cannot be. */
async function toVoice(recorded: File): Promise<File> {
  try {
    const { webmToOgg } = await import("./webm-to-ogg.ts");
    const ogg = webmToOgg(new Uint8Array(await recorded.arrayBuffer()));
    const type = "audio/ogg;codecs=opus";
    return new File([ogg], recordingName(type), { type });
  } catch {
    return recorded;
  }
}
