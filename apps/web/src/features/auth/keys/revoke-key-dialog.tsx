"use client";

import type { ApiKey } from "@pult/api/auth/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ban } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../settings/use-failure-toast.ts";

/** Cannot be undone, so it is asked about: what uses the key stops at once. */
export function RevokeKeyDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const revoke = useMutation(
    trpc.auth.apiKeys.revoke.mutationOptions({
      onSuccess: () => {
        showToast({ icon: Ban, title: t("apiKeys.revoked", { name: apiKey.name }) });
        onClose();
      },
      onError: failed(t("apiKeys.revokeFailed")),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.auth.apiKeys.list.queryKey() }),
    }),
  );
  return (
    <ConfirmDialog
      isDanger
      title={t("apiKeys.revokeTitle", { name: apiKey.name })}
      text={<p>{t("apiKeys.revokeText")}</p>}
      action={t("apiKeys.revoke")}
      cancelLabel={t("common.cancel")}
      isBusy={revoke.isPending}
      onClose={onClose}
      onConfirm={() => revoke.mutate({ id: apiKey.id })}
    />
  );
}
