"use client";

import dynamic from "next/dynamic";
import { useSyncExternalStore } from "react";
import { currentQuestion, subscribeQuestion } from "./ask.ts";

const ConfirmationDialog = dynamic(
  () => import("./confirmation-dialog.tsx").then((module) => module.ConfirmationDialog),
  { ssr: false },
);

/** Where the agent is asked who he is; fetched when something first asks. */
export function ConfirmationHost() {
  const question = useSyncExternalStore(subscribeQuestion, currentQuestion, () => null);
  return question ? <ConfirmationDialog onAnswer={question.answer} /> : null;
}
