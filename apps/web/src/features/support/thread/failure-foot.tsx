"use client";

import type { Message } from "@pult/api/support/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureText } from "../../shell/use-failure-text.ts";
import type { OutboxItem } from "../composer/outbox.ts";
import { useDesk } from "../desk-provider.tsx";
import { useTimeText } from "../use-time-text.ts";
import { failedLegs, waitingLeg } from "./delivery-state.ts";

const actionClass = "min-h-8 px-0.5 font-medium text-accent-text hover:underline md:min-h-6";

/** A stored message that did not reach everybody: why, and once more. */
export function DeliveryFoot({ message, isRead }: { message: Message; isRead: boolean }) {
  const t = useTranslations("thread.delivery");
  const trpc = useTRPC();
  const desk = useDesk();
  const time = useTimeText();
  const failureText = useFailureText();
  const retry = useMutation(
    trpc.support.retryDelivery.mutationOptions({
      onSuccess: (answer) => desk.openThread(message.conversationId)?.applyMessage(answer.message),
      onError: (error) =>
        showToast({
          icon: CircleAlert,
          tone: "danger",
          title: t("retryFailed"),
          description: failureText(toFailure(error)),
        }),
    }),
  );
  const failed = isRead ? [] : failedLegs(message);
  const waiting = waitingLeg(message);
  if (failed.length === 0 && !waiting?.retryAt) return null;
  return (
    <span className="inline-flex flex-wrap items-center justify-end gap-x-1.5">
      {failed.map(({ leg, reason }) => (
        <span key={leg} className="text-danger">
          {reason ? t("failedBecause", { leg: t(`leg.${leg}`), reason }) : t("failedPlain", { leg: t(`leg.${leg}`) })}
        </span>
      ))}
      {failed.length > 0 ? (
        <button
          type="button"
          aria-disabled={retry.isPending}
          onClick={() => !retry.isPending && retry.mutate({ messageId: message.id })}
          className={actionClass}
        >
          {t(retry.isPending ? "retrying" : "retry")}
        </button>
      ) : waiting?.retryAt ? (
        <span className="num text-warning">
          {[t(`leg.${waiting.leg}`), waiting.reason, t("retryAt", { time: time.clock(waiting.retryAt) })]
            .filter(Boolean)
            .join(", ")}
        </span>
      ) : null}
    </span>
  );
}

/** A message that the server refused: it was never stored, so it can be sent again or forgotten. */
export function OutgoingFoot({ item }: { item: OutboxItem }) {
  const t = useTranslations("thread.delivery");
  const { outbox } = useDesk();
  const failureText = useFailureText();
  if (item.state !== "failed" || !item.failure) return null;
  return (
    <span role="alert" className="inline-flex flex-wrap items-center justify-end gap-x-1.5">
      <span className="text-danger">{t("notSent", { reason: failureText(item.failure) })}</span>
      <button type="button" onClick={() => outbox.retry(item.clientId)} className={actionClass}>
        {t("retry")}
      </button>
      <button type="button" onClick={() => outbox.discard(item.clientId)} className={actionClass}>
        {t("delete")}
      </button>
    </span>
  );
}
