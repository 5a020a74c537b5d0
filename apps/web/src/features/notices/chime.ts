const LEADER = "pult.chime";
const LOOKING = "pult.looking ";

/** Two soft notes, half a second together. */
const NOTES = [
  { hertz: 660, at: 0 },
  { hertz: 880, at: 0.12 },
] as const;
const NOTE_SECONDS = 0.35;
const LOUDNESS = 0.12;

let context: AudioContext | null = null;
let isLeader = false;

/** In the one tab that may: of all tabs with a sound, the first in which the agent has pressed something, as browsers want it. */
export function playChime(): void {
  if (isLeader && context) sound(context);
}

/** By a click, in this tab. */
export function previewChime(): void {
  context ??= new AudioContext();
  void context.resume();
  sound(context);
}

function sound(context: AudioContext): void {
  const { currentTime, destination } = context;
  for (const { hertz, at } of NOTES) {
    const [oscillator, gain] = [context.createOscillator(), context.createGain()];
    const start = currentTime + at;
    oscillator.frequency.value = hertz;
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECONDS);
    oscillator.connect(gain).connect(destination);
    oscillator.start(start);
    oscillator.stop(start + NOTE_SECONDS);
  }
}

/** Waits for its turn to be the tab that plays, for as long as the signal is not given. */
export function leadChimes(signal: AbortSignal): void {
  const begin = () => {
    context ??= new AudioContext();
    void context.resume();
    navigator.locks
      .request(LEADER, { signal }, () => {
        isLeader = true;
        return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      })
      .catch(() => {})
      .finally(() => {
        isLeader = false;
      });
  };
  if (!("locks" in navigator)) return;
  if (navigator.userActivation?.hasBeenActive) {
    begin();
    return;
  }
  const pressed = new AbortController();
  for (const type of ["pointerdown", "keydown"])
    addEventListener(
      type,
      () => {
        pressed.abort();
        begin();
      },
      { signal: AbortSignal.any([signal, pressed.signal]) },
    );
}

/** Tells the other tabs what the agent looks at in this one. Returns the way to stop. */
export function lookAt(target: string): () => void {
  const away = new AbortController();
  const { signal } = away;
  const held = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  // A second window at the same target waits, and holds it when the first has gone.
  navigator.locks?.request(LOOKING + target, { signal }, () => held).catch(() => {});
  return () => away.abort();
}

/** Whether the agent has it before their eyes, in any tab. */
export async function isLookedAt(target: string): Promise<boolean> {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return held.some(({ name }) => name === LOOKING + target);
}
