"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button, buttonClass } from "../../../ui/button.tsx";
import { useFailureToast } from "../../settings/use-failure-toast.ts";
import { askForConfirmation } from "../confirmation/ask.ts";
import { useTelegramError } from "../sign-in/telegram-error.tsx";
import { useSecurityChanged } from "./use-security-changed.ts";
import { WayRow } from "./way-row.tsx";

const START = "/auth/telegram/start?link=1&next=/settings/security";

/** Whoever came back because he had to confirm first does so now, and goes on. */
function useConfirmFirst(isWanted: boolean): void {
  useEffect(() => {
    if (!isWanted) return;
    void askForConfirmation().then((has) => has && location.replace(START));
  }, [isWanted]);
}

/** Telegram in the place of the password, where this installation has it. */
export function TelegramRow() {
  const t = useTranslations();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const changed = useSecurityChanged();
  const error = useTelegramError();
  useConfirmFirst(error === "telegramConfirm");
  const { data } = useQuery(trpc.auth.telegram.get.queryOptions(undefined, { staleTime: 0 }));
  const unlink = useMutation(
    trpc.auth.telegram.unlink.mutationOptions({
      onSuccess: () => changed(t("security.telegramUnlinked")),
      onError: failed(t("security.telegramNotUnlinked")),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.auth.telegram.get.queryKey() }),
    }),
  );
  if (!data || (!data.isConfigured && !data.linked)) return null;
  const { linked } = data;
  const name = linked && (linked.username ? `@${linked.username}` : linked.id);
  return (
    <div className="border-line border-t">
      <WayRow
        icon={Send}
        title="Telegram"
        hint={name ? t("security.telegramLinked", { name }) : t("security.telegramHint")}
      >
        {linked ? (
          <Button aria-disabled={unlink.isPending} onClick={() => !unlink.isPending && unlink.mutate({})}>
            {t("security.disconnect")}
          </Button>
        ) : (
          <a href={START} className={buttonClass()}>
            {t("security.connect")}
          </a>
        )}
      </WayRow>
      {error ? (
        <p role="alert" className="pb-2 pl-10 text-12 text-danger">
          {t(`signIn.error.${error}`)}
        </p>
      ) : null}
    </div>
  );
}
