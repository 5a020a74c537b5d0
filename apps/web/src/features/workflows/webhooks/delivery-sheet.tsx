import type { Problem } from "@pult/api/outbox/why.ts";
import type { Webhook, WebhookDelivery } from "@pult/api/workflows/schema.ts";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { useReasonText } from "../../notices/reason-text.ts";
import { useEventText } from "../event-text.ts";
import { LOG_PAGE, LOG_QUERY, LogRow, LogSheet, ReplayButton } from "../log-sheet.tsx";

const TONES = { pending: "warning", done: "success", failed: "danger" } as const;

function useDeliveries(webhookId: string) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: ["webhookDeliveries", webhookId],
    queryFn: ({ pageParam, signal }) => {
      const from = pageParam === null ? {} : { offsetId: pageParam };
      return client.chats.webhooks.deliveries.query({ webhookId, limit: LOG_PAGE, ...from }, { signal });
    },
    ...LOG_QUERY,
  });
}

/** Why an attempt failed, in the reader's language. */
export function useAttemptText() {
  const reasonText = useReasonText();
  return ({ error, problem, params }: Pick<WebhookDelivery, "error" | "problem" | "params">): string =>
    reasonText({ reason: error, problem: problem as Problem | null, params: params ?? {} }, "push") ?? "";
}

function DeliveryRow({ delivery, onChanged }: { delivery: WebhookDelivery; onChanged: () => void }) {
  const t = useTranslations("webhooks");
  const client = useTRPCClient();
  const time = useTimeText();
  const eventText = useEventText();
  const attemptText = useAttemptText();
  const mayWrite = useMay()("chats:write");
  const { id: deliveryId, type, state, createdAt, eventId, statusCode, ms, attempts, attemptedAt, params } = delivery;
  const error = attemptText(delivery);
  return (
    <LogRow
      title={eventText(type)}
      line={[time.moment(createdAt), error].filter(Boolean).join(" · ")}
      tone={TONES[state]}
      state={t(`deliveryState.${state}`)}
      facts={[
        [t("detail.event"), eventId],
        [t("detail.status"), statusCode === null ? "" : String(statusCode)],
        [t("detail.ms"), ms === null ? "" : t("milliseconds", { ms })],
        [t("detail.attempts"), String(attempts)],
        [t("detail.at"), attemptedAt ? time.full(attemptedAt) : ""],
        [t("detail.error"), error],
        [t("detail.words"), String(params?.words ?? "")],
      ]}
    >
      {mayWrite && state !== "pending" ? (
        <ReplayButton
          label={t("replay")}
          done={t("replayed")}
          failed={t("replayFailed")}
          replay={() => client.chats.webhooks.replay.mutate({ deliveryId })}
          onDone={onChanged}
        />
      ) : null}
    </LogRow>
  );
}

/** What a webhook was told, the newest first. */
export function DeliverySheet({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const t = useTranslations("webhooks");
  const list = useDeliveries(webhook.id);
  return (
    <LogSheet
      title={t("deliveriesOf", { name: webhook.name })}
      label={t("deliveries")}
      empty={{ icon: Send, title: t("noDeliveries") }}
      more={{ more: t("more"), end: t("end") }}
      list={list}
      row={(one: WebhookDelivery) => <DeliveryRow key={one.id} delivery={one} onChanged={() => void list.refetch()} />}
      onClose={onClose}
    />
  );
}
