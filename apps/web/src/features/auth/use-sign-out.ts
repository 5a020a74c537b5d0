"use client";

import { useMutation } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { useTranslations } from "next-intl";
import { toFailure } from "../../trpc/failure.ts";
import { useTRPC } from "../../trpc/provider.tsx";
import { showToast } from "../../ui/toast-manager.ts";
import { useFailureText } from "../shell/use-failure-text.ts";
import { leaveOnPurpose } from "./leave.ts";

export function useSignOut() {
  const trpc = useTRPC();
  const t = useTranslations("shell");
  const failureText = useFailureText();
  const { mutate } = useMutation(
    trpc.auth.signOut.mutationOptions({
      // A full load: nothing of the session stays in memory.
      onSuccess: () => location.assign("/sign-in"),
      onMutate: () => leaveOnPurpose(true),
      onError: (error) => {
        leaveOnPurpose(false);
        showToast({
          icon: LogOut,
          tone: "danger",
          title: t("signOutFailed"),
          description: failureText(toFailure(error)),
        });
      },
    }),
  );
  return () => mutate(undefined);
}
