"use client";

import { CircleAlert } from "lucide-react";
import { toFailure } from "../../trpc/failure.ts";
import { showToast } from "../../ui/toast-manager.ts";
import { useFailureText } from "../shell/use-failure-text.ts";

/** Says that something was not done, and why. */
export function useFailureToast() {
  const failureText = useFailureText();
  return (title: string) => (error: unknown) =>
    showToast({ icon: CircleAlert, tone: "danger", title, description: failureText(toFailure(error)) });
}
