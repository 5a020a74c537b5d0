"use client";

import type { Webhook } from "@pult/api/workflows/schema.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, Plus, Trash2, Webhook as WebhookIcon } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsString, useQueryState } from "nuqs";
import { useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { allowed, useMay } from "../../auth/agent-context.tsx";
import { SectionState, SettingsHeader } from "../../settings/section.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { type WebhookAct, WebhookTable } from "./webhook-table.tsx";

const sheets = lazyModule(() => import("./webhook-sheet.tsx"));
const WebhookSheet = sheets.part((module) => module.WebhookSheet);
const NewSecretSheet = sheets.part((module) => module.NewSecretSheet);
const deliveries = lazyModule(() => import("./delivery-sheet.tsx"));
const DeliverySheet = deliveries.part((module) => module.DeliverySheet);

/** How often states are read again. */
const REFRESH_MS = 5_000;

type Open =
  | { what: "create" }
  | { what: "edit" | "rotate" | "delete"; webhook: Webhook }
  | { what: "secret"; secret: string };

function useWebhookCalls({ onChanged, onOpen }: { onChanged: () => void; onOpen: (open: Open | null) => void }) {
  const t = useTranslations("webhooks");
  const trpc = useTRPC();
  const failed = useFailureToast();
  const onError = failed(t("failed"));
  const test = useMutation(trpc.chats.webhooks.test.mutationOptions({ onError, onSettled: onChanged }));
  const update = useMutation(trpc.chats.webhooks.update.mutationOptions({ onError, onSettled: onChanged }));
  const rotate = useMutation(
    trpc.chats.webhooks.rotateSecret.mutationOptions({
      onError,
      onSettled: onChanged,
      onSuccess: ({ secret }) => onOpen({ what: "secret", secret }),
    }),
  );
  const remove = useMutation(
    trpc.chats.webhooks.delete.mutationOptions({ onError, onSettled: onChanged, onSuccess: () => onOpen(null) }),
  );
  return { test, update, rotate, remove };
}

type Calls = ReturnType<typeof useWebhookCalls>;

/** Sheets and questions that lie over the list. */
function Overlay({ open, calls, onClose }: { open: Open; calls: Calls; onClose: () => void }) {
  const t = useTranslations("webhooks");
  switch (open.what) {
    case "create":
      return <WebhookSheet webhook={null} onClose={onClose} />;
    case "edit":
      return <WebhookSheet webhook={open.webhook} onClose={onClose} />;
    case "secret":
      return <NewSecretSheet secret={open.secret} onClose={onClose} />;
    case "rotate":
      return (
        <ConfirmDialog
          title={t("rotateTitle", { name: open.webhook.name })}
          text={<p>{t("rotateText")}</p>}
          action={t("rotate")}
          isBusy={calls.rotate.isPending}
          onClose={onClose}
          onConfirm={() => calls.rotate.mutate({ id: open.webhook.id })}
        />
      );
    case "delete":
      return (
        <ConfirmDialog
          isDanger
          title={t("deleteTitle", { name: open.webhook.name })}
          text={<p>{t("deleteText")}</p>}
          action={t("delete")}
          isBusy={calls.remove.isPending}
          onClose={onClose}
          onConfirm={() =>
            calls.remove.mutate(
              { id: open.webhook.id },
              { onSuccess: () => showToast({ icon: Trash2, title: t("deleted", { name: open.webhook.name }) }) },
            )
          }
        />
      );
  }
}

/** Says at once what a receiver answered. */
function useTest(calls: Calls) {
  const t = useTranslations("webhooks");
  return ({ id, name }: Webhook) =>
    calls.test.mutate(
      { id },
      {
        onSuccess: ({ isDelivered, statusCode, ms, error }) =>
          showToast(
            isDelivered
              ? { icon: CircleCheck, title: t("testDone", { name, status: statusCode ?? 0, ms }) }
              : { icon: CircleAlert, tone: "danger", title: t("testFailed", { name }), description: error ?? "" },
          ),
      },
    );
}

function Webhooks() {
  const t = useTranslations("webhooks");
  const trpc = useTRPC();
  const mayWrite = useMay()("chats:write");
  const list = useQuery(
    trpc.chats.webhooks.list.queryOptions(undefined, { staleTime: 0, refetchInterval: REFRESH_MS }),
  );
  const [shownId, setShownId] = useQueryState("webhook", parseAsString.withOptions({ history: "replace" }));
  const [open, setOpen] = useState<Open | null>(null);
  const calls = useWebhookCalls({ onChanged: () => void list.refetch(), onOpen: setOpen });
  const test = useTest(calls);
  const webhooks = list.data?.items;
  const shown = webhooks?.find(({ id }) => id === shownId);
  const act = (name: WebhookAct, webhook: Webhook) => {
    if (name === "deliveries") void setShownId(webhook.id);
    else if (name === "test") test(webhook);
    else if (name === "switch") calls.update.mutate({ id: webhook.id, isActive: !webhook.isActive });
    else setOpen({ what: name, webhook });
  };
  const create = (
    <Button variant="primary" onClick={() => setOpen({ what: "create" })}>
      <Icon of={Plus} />
      {t("create")}
    </Button>
  );
  const content = () => {
    if (!webhooks) return <SectionState error={list.error} onRetry={() => void list.refetch()} />;
    if (webhooks.length > 0) return <WebhookTable webhooks={webhooks} mayWrite={mayWrite} onAct={act} />;
    return (
      <EmptyState icon={WebhookIcon} title={t("empty")} hint={t("emptyHint")}>
        {mayWrite ? create : null}
      </EmptyState>
    );
  };
  return (
    <>
      <SettingsHeader title={t("title")} {...(webhooks ? { count: webhooks.length } : {})}>
        {mayWrite ? create : null}
      </SettingsHeader>
      <p className="border-line border-b px-4 py-3 text-muted">{t("about")}</p>
      <div className="scroll-pane flex min-h-0 flex-1 flex-col">{content()}</div>
      {open ? <Overlay open={open} calls={calls} onClose={() => setOpen(null)} /> : null}
      {shown ? <DeliverySheet webhook={shown} onClose={() => void setShownId(null)} /> : null}
    </>
  );
}

export const WebhooksPage = allowed("chats:read", Webhooks);
