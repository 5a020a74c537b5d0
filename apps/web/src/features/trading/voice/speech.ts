import type { MicrophoneProblem } from "./audio.ts";

/** Why speech is not recognised: no microphone, no service behind the browser's recogniser, or not in this language. */
export type SpeechProblem = MicrophoneProblem | "unreachable" | "language";

export interface SpeechListeners {
  /** Words that may still change. */
  onInterim(text: string): void;
  /** One utterance, as it stays. */
  onFinal(text: string): void;
  /** It has ended. */
  onProblem(problem: SpeechProblem): void;
}

export interface Speech {
  /** Listens until it is stopped; the browser asks for the microphone. */
  start(): void;
  stop(): void;
}

/** @returns null where the browser recognises no speech */
export type OpenSpeech = (listeners: SpeechListeners) => Speech | null;

/** What is used of the browser's recogniser, which TypeScript's library does not describe. */
export interface Recognition {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  onresult: ((event: Pick<SpeechRecognitionEvent, "resultIndex" | "results">) => void) | null;
  onerror: ((event: { error: string }) => void) | null;
  onend: (() => void) | null;
  start(): void;
  abort(): void;
}
type NewRecognition = new () => Recognition;

/** As recognisers name the languages of pages. */
const LANGUAGES: Record<string, string> = { en: "en-US", ru: "ru-RU" };

/** Errors after which it does not go on. What is not here, such as silence, passes. */
const PROBLEMS: Record<string, SpeechProblem> = {
  "not-allowed": "refused",
  "audio-capture": "missing",
  "service-not-allowed": "unreachable",
  network: "unreachable",
  "language-not-supported": "language",
};
/** A recogniser that ends sooner than this, so often in a row, does not work. */
const SHORT_MS = 1_000;
const MAX_SHORT = 5;
/** Chrome on Android tells an utterance twice within this. */
const ECHO_MS = 500;

export function findRecognition(): NewRecognition | null {
  const { SpeechRecognition, webkitSpeechRecognition } = window as unknown as Record<
    string,
    NewRecognition | undefined
  >;
  return SpeechRecognition ?? webkitSpeechRecognition ?? null;
}

type Surroundings = {
  Recognition?: NewRecognition | null;
  language?: () => string;
  now?: () => number;
  isAndroid?: boolean;
};

/** Speech by the browser's own recogniser in the page's language; it ends after each pause and is then started again. */
export function openBrowserSpeech(
  listeners: SpeechListeners,
  {
    Recognition = findRecognition(),
    language = () => document.documentElement.lang,
    now = Date.now,
    isAndroid = /android/i.test(navigator.userAgent),
  }: Surroundings = {},
): Speech | null {
  if (!Recognition) return null;
  let current: Recognition | null = null;
  let shortRuns = 0;

  function fail(problem: SpeechProblem): void {
    stop();
    listeners.onProblem(problem);
  }

  let said = { text: "", at: Number.NEGATIVE_INFINITY };
  const sayOnce = (text: string) => {
    const isEcho = isAndroid && text === said.text && now() - said.at < ECHO_MS;
    said = { text, at: now() };
    if (!isEcho) listeners.onFinal(text);
  };

  function run(): void {
    const recognition = new (Recognition as NewRecognition)();
    const startedAt = now();
    const told = new Set<number>();
    current = recognition;
    const lang = LANGUAGES[language()] ?? language();
    Object.assign(recognition, { lang, continuous: true, interimResults: true });
    recognition.onresult = (event) => {
      if (recognition === current) hear(event, { told, isAndroid, onInterim: listeners.onInterim, onFinal: sayOnce });
    };
    recognition.onerror = ({ error }) => {
      const problem = PROBLEMS[error];
      if (problem && recognition === current) fail(problem);
    };
    recognition.onend = () => {
      if (recognition !== current) return;
      shortRuns = now() - startedAt < SHORT_MS ? shortRuns + 1 : 0;
      if (shortRuns >= MAX_SHORT) fail("unreachable");
      else run();
    };
    recognition.start();
  }

  function stop(): void {
    const recognition = current;
    current = null;
    recognition?.abort();
  }

  return {
    start() {
      if (current) return;
      shortRuns = 0;
      run();
    },
    stop,
  };
}

type Hearing = Pick<SpeechListeners, "onInterim" | "onFinal"> & {
  isAndroid: boolean;
  /** Results whose utterance was told: Chrome on phones begins again with the first one. */
  told: Set<number>;
};

function hear(
  { resultIndex, results }: Pick<SpeechRecognitionEvent, "resultIndex" | "results">,
  { isAndroid, told, onInterim, onFinal }: Hearing,
) {
  let interim = "";
  for (let at = resultIndex; at < results.length; at++) {
    const result = results[at];
    const text = result?.[0]?.transcript.trim() ?? "";
    // Chrome on Android calls words final, without confidence, that it goes on to change.
    const isFinal = result?.isFinal && !(isAndroid && result[0]?.confidence === 0);
    if (!isFinal) interim = `${interim} ${text}`.trim();
    else if (!told.has(at)) {
      told.add(at);
      if (text !== "") onFinal(text);
    }
  }
  onInterim(interim);
}
