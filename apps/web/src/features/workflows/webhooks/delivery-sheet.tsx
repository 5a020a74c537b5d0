import type { Problem } from "@pult/api/outbox/why.ts";
import type { Webhook, WebhookDelivery } from "@pult/api/workflows/schema.ts";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { RotateCw, Send } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { LoadMore } from "../../../ui/load-more.tsx";
import { Chip } from "../../../ui/marks.tsx";
import { Sheet } from "../../../ui/modal.tsx";
import { Facts, OpeningRow } from "../../../ui/opening-row.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useMay } from "../../auth/agent-context.tsx";
import { useReasonText } from "../../notices/reason-text.ts";
import { SectionState } from "../../settings/section.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useEventText } from "../event-text.ts";

const PAGE_SIZE = 30;
/** How often a list that is looked at is read again. */
const REFRESH_MS = 3_000;

const TONES = { pending: "warning", done: "success", failed: "danger" } as const;

function useDeliveries(webhookId: string) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: ["webhookDeliveries", webhookId],
    queryFn: ({ pageParam, signal }) => {
      const from = pageParam === null ? {} : { offsetId: pageParam };
      return client.chats.webhooks.deliveries.query({ webhookId, limit: PAGE_SIZE, ...from }, { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextOffsetId,
    staleTime: 0,
    refetchInterval: REFRESH_MS,
  });
}

/** Why an attempt failed, in the reader's language. */
export function useAttemptText() {
  const reasonText = useReasonText();
  return ({ error, problem, params }: Pick<WebhookDelivery, "error" | "problem" | "params">): string =>
    reasonText({ reason: error, problem: problem as Problem | null, params: params ?? {} }, "push") ?? "";
}

function Replay({ delivery, onDone }: { delivery: WebhookDelivery; onDone: () => void }) {
  const t = useTranslations("webhooks");
  const trpc = useTRPC();
  const failed = useFailureToast();
  const { mutate, isPending } = useMutation(
    trpc.chats.webhooks.replay.mutationOptions({
      onSuccess: () => showToast({ icon: RotateCw, title: t("replayed") }),
      onError: failed(t("replayFailed")),
      onSettled: onDone,
    }),
  );
  return (
    <Button
      size="sm"
      className="mt-2"
      aria-disabled={isPending}
      onClick={() => !isPending && mutate({ deliveryId: delivery.id })}
    >
      <Icon of={RotateCw} size={14} />
      {t("replay")}
    </Button>
  );
}

function DeliveryRow({ delivery, onChanged }: { delivery: WebhookDelivery; onChanged: () => void }) {
  const t = useTranslations("webhooks");
  const time = useTimeText();
  const eventText = useEventText();
  const attemptText = useAttemptText();
  const mayWrite = useMay()("chats:write");
  const { type, state, createdAt, eventId, statusCode, ms, attempts, attemptedAt, params } = delivery;
  const error = attemptText(delivery);
  return (
    <OpeningRow
      className="grid grid-cols-[minmax(0,1fr)_auto_16px] items-center gap-x-3 px-4 py-1.5"
      cells={
        <>
          <span className="min-w-0">
            <span className="block truncate font-medium">{eventText(type)}</span>
            <span className="num block truncate text-12 text-muted">
              {[time.moment(createdAt), error].filter(Boolean).join(" · ")}
            </span>
          </span>
          <Chip tone={TONES[state]}>{t(`deliveryState.${state}`)}</Chip>
        </>
      }
    >
      <div className="bg-surface-2 px-4 py-3">
        <Facts
          rows={[
            [t("detail.event"), eventId],
            [t("detail.status"), statusCode === null ? "" : String(statusCode)],
            [t("detail.ms"), ms === null ? "" : t("milliseconds", { ms })],
            [t("detail.attempts"), String(attempts)],
            [t("detail.at"), attemptedAt ? time.full(attemptedAt) : ""],
            [t("detail.error"), error],
            [t("detail.words"), String(params?.words ?? "")],
          ]}
        />
        {mayWrite && state !== "pending" ? <Replay delivery={delivery} onDone={onChanged} /> : null}
      </div>
    </OpeningRow>
  );
}

/** What a webhook was told, the newest first. */
export function DeliverySheet({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const t = useTranslations("webhooks");
  const list = useDeliveries(webhook.id);
  const content = () => {
    if (!list.data) return <SectionState error={list.error} onRetry={() => void list.refetch()} />;
    const deliveries = list.data.pages.flatMap(({ items }) => items);
    if (deliveries.length === 0) return <EmptyState icon={Send} title={t("noDeliveries")} />;
    return (
      <div className="scroll-pane min-h-0 flex-1">
        <ul aria-label={t("deliveries")}>
          {deliveries.map((delivery) => (
            <DeliveryRow key={delivery.id} delivery={delivery} onChanged={() => void list.refetch()} />
          ))}
        </ul>
        <LoadMore list={list} more={t("more")} end={t("end")} />
      </div>
    );
  };
  return (
    <Sheet onClose={onClose} title={t("deliveriesOf", { name: webhook.name })}>
      {content()}
    </Sheet>
  );
}
