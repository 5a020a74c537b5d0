import { expect, it } from "vitest";
import { openBrowserSpeech, type Recognition } from "./speech.ts";

const started: FakeRecognition[] = [];

class FakeRecognition implements Recognition {
  lang = "";
  continuous = false;
  interimResults = false;
  onresult: Recognition["onresult"] = null;
  onerror: Recognition["onerror"] = null;
  onend: Recognition["onend"] = null;
  start() {
    started.push(this);
  }
  abort() {
    this.onend?.();
  }
  hear(...said: [text: string, isFinal: boolean, confidence?: number][]) {
    const results = said.map(([transcript, isFinal, confidence = 1]) =>
      Object.assign([{ transcript, confidence }], { isFinal }),
    );
    this.onresult?.({ resultIndex: 0, results: results as unknown as SpeechRecognitionResultList });
  }
}

function open(language = "en", isAndroid = false) {
  started.length = 0;
  const told: string[] = [];
  const clock = { now: 0 };
  const listeners = {
    onInterim: (text: string) => told.push(`… ${text}`),
    onFinal: (text: string) => told.push(text),
    onProblem: (problem: string) => told.push(`! ${problem}`),
  };
  const speech = openBrowserSpeech(listeners, {
    Recognition: FakeRecognition,
    language: () => language,
    now: () => clock.now,
    isAndroid,
  });
  if (!speech) throw new Error("No speech");
  return { speech, told, clock };
}

it("tells words while they may change, and each utterance once it stays, in the page's language", () => {
  const { speech, told } = open("ru");
  speech.start();
  expect(started[0]).toMatchObject({ lang: "ru-RU", continuous: true, interimResults: true });
  started[0]?.hear([" купи", false], ["полсола", false]);
  started[0]?.hear([" купи полсола ", true], ["цена", false]);
  expect(told).toEqual(["… купи полсола", "купи полсола", "… цена"]);
});

it("waits on Android for the words that have a confidence: those before them change", () => {
  const { speech, told } = open("en", true);
  speech.start();
  for (const [text, confidence] of [
    ["buy", 0],
    ["buy one", 0],
    ["buy one sol", 0.9],
  ] as const)
    started[0]?.hear([text, true, confidence]);
  expect(told).toEqual(["… buy", "… buy one", "buy one sol", "… "]);
});

it("tells an utterance once where the browser tells of it again, and of a new one in the same words", () => {
  const { speech, told, clock } = open("en", true);
  speech.start();
  started[0]?.hear(["buy one sol", true]);
  started[0]?.hear(["buy one sol", true], ["price", true]);
  started[0]?.hear(["buy one sol", true], ["price", true], ["price", true]);
  clock.now = 60_000;
  started[0]?.onend?.();
  started[1]?.hear(["price", true]);
  expect(told.filter((words) => words !== "… ")).toEqual(["buy one sol", "price", "price"]);
});

it("listens on after each pause until it is stopped", () => {
  const { speech, clock } = open();
  speech.start();
  speech.start();
  clock.now = 60_000;
  started[0]?.onerror?.({ error: "no-speech" });
  started[0]?.onend?.();
  expect(started).toHaveLength(2);
  speech.stop();
  expect(started).toHaveLength(2);
  started[1]?.hear(["late", true]);
});

it("ends with a reason when it is refused, and when it ends again and again at once", () => {
  const { speech, told } = open();
  speech.start();
  started[0]?.onerror?.({ error: "not-allowed" });
  started[0]?.onend?.();
  expect([told, started.length]).toEqual([["! refused"], 1]);
  speech.start();
  for (let runs = 0; runs < 9; runs++) started.at(-1)?.onend?.();
  expect(told).toEqual(["! refused", "! unreachable"]);
  expect(started).toHaveLength(6);
});

it("is not there where the browser has no recogniser", () => {
  expect(openBrowserSpeech({ onInterim() {}, onFinal() {}, onProblem() {} }, { Recognition: null })).toBeNull();
});
