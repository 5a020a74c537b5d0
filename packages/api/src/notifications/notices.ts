import type { NoticeKind } from "../notices/kinds.ts";
import type { BroadcastNews } from "./broadcasts/schema.ts";
import type { LiveAlert } from "./schema.ts";

/** A live alert: listed for staff, and for the customers who ask for it. */
export const alertNotice: NoticeKind<LiveAlert> = {
  name: "notifications.alert",
  severity: "normal",
  scope: "notifications:read",
  defaults: {
    staff: { inApp: true, push: false, bot: false, batched: true },
    customer: { inApp: false, push: false, bot: false, batched: true },
  },
  textOf(locale, { name, sport, confidence, ev }, count) {
    const title = count === 1 ? name : `${name} (+${count - 1})`;
    const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 });
    const sure = locale === "ru" ? "уверенность" : "confidence";
    return { title, body: `${sport} · ${sure} ${percent.format(confidence)} · EV ${percent.format(ev / 100)}` };
  },
  targetOf: (_, reader) => (reader === "staff" ? "/live" : "live"),
  weightOf: ({ confidence }) => confidence,
};

const EXCERPT_LENGTH = 60;

function excerptOf(text: string): string {
  const start = text
    .slice(0, EXCERPT_LENGTH - 1)
    .trimEnd()
    .toWellFormed();
  return text.length > EXCERPT_LENGTH ? `${start}…` : text;
}

/** A broadcast has come to its end, or waits for a decision: for the agent who sent it. */
export const broadcastNotice: NoticeKind<BroadcastNews> = {
  name: "notifications.broadcast",
  severity: "normal",
  scope: "notifications:read",
  defaults: { staff: { inApp: true, push: true, bot: false, batched: false } },
  textOf(locale, { outcome, text, sent, failed, unknown }) {
    const what = excerptOf(text);
    const hasFailed = failed + unknown > 0;
    if (locale === "ru") {
      if (outcome === "paused")
        return { title: "Рассылка остановилась", body: `${what}: Telegram её не принимает, решите, как продолжить` };
      const rest = unknown > 0 ? `, исход неизвестен ${unknown}` : "";
      const title = hasFailed ? "Рассылка завершена с ошибками" : "Рассылка завершена";
      return { title, body: `${what}: отправлено ${sent}, не отправлено ${failed}${rest}` };
    }
    if (outcome === "paused")
      return { title: "Broadcast paused by itself", body: `${what}: Telegram does not take it; decide how to go on` };
    const title = hasFailed ? "Broadcast finished with failures" : "Broadcast finished";
    const rest = unknown > 0 ? `, ${unknown} unknown` : "";
    return { title, body: `${what}: ${sent} sent, ${failed} not sent${rest}` };
  },
  targetOf: () => "/live",
};
