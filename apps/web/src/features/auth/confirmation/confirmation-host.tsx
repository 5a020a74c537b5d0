"use client";

import { useSyncExternalStore } from "react";
import { lazyModule } from "../../../ui/lazy.tsx";
import { currentQuestion, subscribeQuestion } from "./ask.ts";

const ConfirmationDialog = lazyModule(() => import("./confirmation-dialog.tsx")).part(
  (module) => module.ConfirmationDialog,
);

/** Where the agent is asked who he is; fetched when something first asks. */
export function ConfirmationHost() {
  const question = useSyncExternalStore(subscribeQuestion, currentQuestion, () => null);
  return question ? <ConfirmationDialog onAnswer={question.answer} /> : null;
}
