import { useMutation } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../trpc/provider.tsx";
import { useFailureToast } from "../shell/use-failure-toast.ts";

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
  return () => mutate(undefined);
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
