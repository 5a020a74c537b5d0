import type { NoticeKind } from "../notices/kinds.ts";

/** A webhook's receiver has taken nothing for a long time. */
export const webhookFailingNotice: NoticeKind<{ webhookId: string; name: string; reason: string }> = {
  name: "workflows.webhookFailing",
  severity: "normal",
  defaults: { staff: { inApp: true, push: true, bot: true, batched: true } },
  textOf: (locale, { name, reason }) =>
    locale === "ru"
      ? { title: `Вебхук «${name}» не доставляется`, body: `Получатель не принимает события больше часа: ${reason}` }
      : { title: `Webhook ${name} is failing`, body: `Its receiver has taken nothing for over an hour: ${reason}` },
  targetOf: ({ webhookId }) => `/settings/webhooks?webhook=${webhookId}`,
};

interface Told {
  automationId: string;
  /** Of the automation. */
  name: string;
  /** Null of a record whose contact has no chat. */
  accountId: string | null;
  chatId: string | null;
  title: string;
  text: string;
}

/** An automation asks for an agent. */
export const automationNotice: NoticeKind<Told> = {
  name: "workflows.automation",
  severity: "normal",
  defaults: { staff: { inApp: true, push: true, bot: true, batched: false } },
  textOf: (_, { name, title, text }) => ({ title: `${name}: ${title}`, body: text }),
  targetOf: ({ accountId, chatId }) => (accountId ? `/chats?account=${accountId}&chat=${chatId}` : "/contacts"),
};
