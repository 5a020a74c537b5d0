import type { NoticeLocale } from "../notices/schema.ts";
import type { PushMessage } from "./sender.ts";

/** Lines of a summary at most. */
const MAX_LINES = 5;

const TITLES: Record<NoticeLocale, (count: number) => string> = {
  en: (count) => `${count} notifications`,
  ru: (count) => `Уведомления: ${count}`,
};

/** Several pushes as one: what leads furthest is the newest, so a click opens its place. */
export function summaryOf(messages: readonly PushMessage[], locale: NoticeLocale): PushMessage {
  const newest = messages.at(-1);
  if (!newest) throw new Error("There is nothing to summarise");
  if (messages.length === 1) return newest;
  const lines = messages.slice(-MAX_LINES).map(({ title, body }) => (body === "" ? title : `${title}: ${body}`));
  return {
    ...newest,
    title: TITLES[locale](messages.length),
    body: lines.join("\n"),
    data: { ...newest.data, count: String(messages.length) },
    collapseKey: "together",
    ttlSeconds: Math.max(...messages.map(({ ttlSeconds }) => ttlSeconds)),
  };
}
