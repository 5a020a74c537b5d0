"use client";

import type { Message } from "@pult/api/support/schema.ts";
import { Check, CheckCheck, CircleAlert, Clock3, type LucideIcon } from "lucide-react";
import { useTranslations } from "next-intl";
import { Icon } from "../../../ui/icon.tsx";
import { useTimeText } from "../use-time-text.ts";
import { type DeliveryState, deliveryState } from "./delivery-state.ts";

const ICONS: Record<DeliveryState | "sending" | "waiting", LucideIcon> = {
  sending: Clock3,
  waiting: Clock3,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: CircleAlert,
};

function Mark({ state, title }: { state: keyof typeof ICONS; title: string }) {
  return (
    <span title={title} className={state === "read" ? "text-accent-text" : ""}>
      <Icon of={ICONS[state]} size={14} />
      <span className="sr-only">{title}</span>
    </span>
  );
}

/** For what the server does not have yet. */
export function PendingMark({ state }: { state: "sending" | "waiting" | "failed" }) {
  const t = useTranslations("thread.delivery");
  return <Mark state={state} title={t(state)} />;
}

/** A tick, two, or two in the accent; each leg in the title. */
export function DeliveryMark({ message, customerReadId }: { message: Message; customerReadId: number }) {
  const t = useTranslations("thread.delivery");
  const time = useTimeText();
  const state = deliveryState(message, customerReadId);
  const legs = message.deliveries.map(({ leg, state: legState, reason, retryAt }) => {
    const said = t("legState", { leg: t(`leg.${leg}`), state: t(`state.${legState}`) });
    const next = retryAt ? t("retryAt", { time: time.clock(retryAt) }) : null;
    return [said, reason, next].filter(Boolean).join(", ");
  });
  return <Mark state={state} title={[t(state), ...legs].join("\n")} />;
}
