import type { Chat } from "@pult/api/chats/schema.ts";
import type { Entity } from "@pult/api/crm/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { BellPlus, BellRing } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";

const MomentDialog = lazyModule(() => import("../../../ui/moment-dialog.tsx")).part((module) => module.MomentDialog);

const DAY_MS = 86_400_000;
const DAYS = [1, 3, 7] as const;

type ReplyReminderProps = {
  accountId: string;
  chat: Chat;
  /** The record that the reminder is about, where the chat is tied to one. */
  about: { entity: Entity; entityId: string } | null;
};

/** Reminds the agent when the other side has not written by then; their message ends it. */
export function ReplyReminder({ accountId, chat, about }: ReplyReminderProps) {
  const t = useTranslations("contacts.link");
  const time = useTimeText();
  const client = useTRPCClient();
  const failed = useFailureToast();
  const [isPicking, setPicking] = useState(false);
  const remind = useMutation({
    mutationFn: (dueAt: string) =>
      client.chats.tasks.create.mutate({
        ...(about ?? {}),
        title: t("followUp", { name: chat.title }).slice(0, 500),
        dueAt,
        unlessReply: { accountId, chatId: chat.id },
      }),
    onSuccess: ({ dueAt }) =>
      showToast({ icon: BellRing, title: t("reminderSet", { time: dueAt ? time.moment(dueAt) : "" }) }),
    onError: failed(t("reminderNotSet")),
  });
  const inDays = (days: number) => remind.mutate(new Date(Date.now() + days * DAY_MS).toISOString());
  return (
    <>
      <Menu
        align="start"
        trigger={
          <Button aria-disabled={remind.isPending} className="w-full max-md:h-11">
            <Icon of={BellPlus} />
            {t("remind")}
          </Button>
        }
      >
        {DAYS.map((days) => (
          <MenuItem key={days} onSelect={() => inDays(days)}>
            {t("inDays", { days })}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem onSelect={() => setPicking(true)}>{t("pick")}</MenuItem>
      </Menu>
      {isPicking ? (
        <MomentDialog
          title={t("remind")}
          label={t("when")}
          past={t("past")}
          action={t("set")}
          initial={new Date(Date.now() + DAY_MS)}
          onClose={() => setPicking(false)}
          onChoose={(moment) => remind.mutate(moment)}
        />
      ) : null}
    </>
  );
}
