import { createStore, useStore } from "zustand";
import { lazyModule } from "../../../ui/lazy.tsx";

type Asked = { promise: Promise<boolean>; answer: (has: boolean) => void };

/** The open question, with the way to answer it. */
const asked = createStore<Asked | null>(() => null);

/** Asks the agent to re-authenticate. Callers at the same time share one answer. */
export function askForConfirmation(): Promise<boolean> {
  const open = asked.getState();
  if (open) return open.promise;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  asked.setState({
    promise,
    answer(has) {
      asked.setState(null);
      resolve(has);
    },
  });
  return promise;
}

const ConfirmationDialog = lazyModule(() => import("./confirmation-dialog.tsx")).part(
  (module) => module.ConfirmationDialog,
);

/** Shows the re-authentication dialog; loaded with the first question. */
export function ConfirmationHost() {
  const question = useStore(asked);
  return question ? <ConfirmationDialog onAnswer={question.answer} /> : null;
}
