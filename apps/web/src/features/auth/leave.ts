import { useMutation } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../trpc/provider.tsx";
import { useFailureToast } from "../shell/use-failure-toast.ts";

/** How long signing out waits for what ends with the session. */
const MAX_STEP_MS = 3_000;
const steps = new Set<() => Promise<unknown>>();

/** Adds what has to end with the session and needs it for that. Returns the way to remove it. */
export function beforeSignOut(step: () => Promise<unknown>): () => void {
  steps.add(step);
  return () => steps.delete(step);
}

export function useSignOut() {
  const trpc = useTRPC();
  const t = useTranslations("shell");
  const failed = useFailureToast();
  const { mutate } = useMutation(
    trpc.auth.signOut.mutationOptions({
      // A full load: nothing of the session stays in memory.
      onSuccess: () => location.assign("/sign-in"),
      onMutate: () => leaveOnPurpose(true),
      onError: (error) => {
        leaveOnPurpose(false);
        failed(t("signOutFailed"), LogOut)(error);
      },
    }),
  );
  return async () => {
    // One that fails, or takes its time, keeps no agent signed in.
    await Promise.race([
      Promise.allSettled([...steps].map((step) => step())),
      new Promise((resolve) => setTimeout(resolve, MAX_STEP_MS)),
    ]);
    mutate(undefined);
  };
}

let isLeaving = false;

/** The session is over: to sign-in, and from there back to this page. Once, however many notice it. */
export function goToSignIn(): void {
  if (isLeaving) return;
  isLeaving = true;
  location.assign(signInAgainPath());
}

/** Signing in, and from there back to this page. */
export function signInAgainPath(): string {
  const here = location.pathname + location.search;
  return `/sign-in?next=${encodeURIComponent(here)}`;
}

/** An agent who signs out chooses where to go; the end of the session is then expected. */
export function leaveOnPurpose(wanted: boolean): void {
  isLeaving = wanted;
}
