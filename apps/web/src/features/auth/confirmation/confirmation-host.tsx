import { useSyncExternalStore } from "react";
import { lazyModule } from "../../../ui/lazy.tsx";

type Asked = { promise: Promise<boolean>; answer: (has: boolean) => void };

let asked: Asked | null = null;
const listeners = new Set<() => void>();

function change(next: Asked | null): void {
  asked = next;
  for (const listener of listeners) listener();
}

/** Asks the agent to re-authenticate. Callers at the same time share one answer. */
export function askForConfirmation(): Promise<boolean> {
  if (asked) return asked.promise;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  change({
    promise,
    answer(has) {
      change(null);
      resolve(has);
    },
  });
  return promise;
}

/** The open question, with the way to answer it. */
const currentQuestion = (): Asked | null => asked;

function subscribeQuestion(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const ConfirmationDialog = lazyModule(() => import("./confirmation-dialog.tsx")).part(
  (module) => module.ConfirmationDialog,
);

/** Shows the re-authentication dialog; loaded with the first question. */
export function ConfirmationHost() {
  const question = useSyncExternalStore(subscribeQuestion, currentQuestion, () => null);
  return question ? <ConfirmationDialog onAnswer={question.answer} /> : null;
}
