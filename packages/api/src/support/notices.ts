import type { KindDefaults, NoticeKind, Reader } from "../notices/kinds.ts";
import type { NoticeLocale } from "../notices/schema.ts";
import { fillIn, type Problem, readWhy, why } from "../outbox/why.ts";

type Texts = Record<NoticeLocale, { title: string; body: string }>;

/** Of a conversation that an agent is told of. */
interface InConversation {
  conversationId: number;
  customer: string;
}

const FOR_STAFF: KindDefaults = { inApp: true, push: true, bot: false, batched: true };

const threadOf = ({ conversationId }: InConversation): string => `/inbox/${conversationId}`;

function forAgents<Data extends InConversation>(
  name: string,
  textsOf: (data: Data, count: number) => Texts,
): NoticeKind<Data> {
  return {
    name: `support.${name}`,
    severity: "normal",
    scope: "support:read",
    defaults: { staff: FOR_STAFF },
    textOf: (locale, data, count) => textsOf(data, count)[locale],
    targetOf: threadOf,
  };
}

/** Another person has given an agent a conversation. */
export const assignedNotice = forAgents<InConversation & { by: string; byId: string | null }>(
  "assigned",
  ({ customer, by }) => ({
    en: { title: "Assigned to you", body: `${by} assigned ${customer} to you` },
    ru: { title: "Вам назначен диалог", body: `${by} назначил(а) вам диалог: ${customer}` },
  }),
);

/** The customer has written in a conversation that is an agent's. */
export const messageNotice = forAgents<InConversation & { text: string }>("message", ({ customer, text }, count) => ({
  en: { title: count === 1 ? customer : `${customer} (${count})`, body: text === "" ? "📷 Photo" : text },
  ru: { title: count === 1 ? customer : `${customer} (${count})`, body: text === "" ? "📷 Фото" : text },
}));

/** A note names an agent. */
export const mentionNotice = forAgents<InConversation & { by: string; byId: string | null; text: string }>(
  "mentioned",
  ({ customer, by, text }) => ({
    en: { title: `${by} mentioned you`, body: `${customer}: ${text}` },
    ru: { title: `${by} упоминает вас`, body: `${customer}: ${text}` },
  }),
);

/** A conversation is no agent's and has waited for an answer for too long. */
export const waitingNotice = forAgents<InConversation & { minutes: number }>("waiting", ({ customer, minutes }) => ({
  en: { title: "Waiting for an answer", body: `${customer} has waited for ${minutes} min; no agent is assigned` },
  ru: { title: "Ждёт ответа", body: `${customer} ждёт уже ${minutes} мин, оператор не назначен` },
}));

/** What Pult itself says of an answer that it could not deliver. */
const UNDELIVERED_RU: Partial<Record<Problem, string>> = {
  blocked: "клиент заблокировал бота",
  noBot: "бот не настроен",
  noInstagram: "Instagram не подключён",
  replyWindowNotOpen: "Instagram примет ответ только после того, как клиент напишет этому приложению",
  replyWindowOver: "Instagram не принимает ответы, пока клиент не напишет снова",
  photoNeedsHttps: "Instagram загружает фото только по адресу https",
  photoFormat: "Instagram принимает фото в JPEG, PNG или GIF",
  photoSize: "Instagram принимает фото до 8 МБ",
  interrupted: "сервер остановился во время отправки; проверьте диалог в Instagram, прежде чем отправлять снова",
  callInterrupted: "сервер остановился во время отправки",
  noFcm: "FCM не настроен",
  badServiceAccount: "ключ сервисного аккаунта FCM не читается",
  badEndpoint: "у браузера нет публичного адреса https",
  badSubscription: "подписка браузера повреждена",
  pushTooLong: "push длиннее {limit} байт",
  photoGone: "фото больше нет",
  photoUnread: "фото не удалось прочитать из хранилища",
  noAnswer: "{service} не отвечает",
  unreachable: "нет связи с {service}",
  answered: "ответ {service}: {status}",
  unreadable: "ответ {service} не читается",
  refusedAgain: "отклонено несколько раз подряд",
  internal: "внутренняя ошибка",
};

/** The words of Telegram, Meta and push services stay as they are, as a quotation. */
function undelivered(locale: NoticeLocale, { reason, problem }: { reason: string; problem?: Problem | null }): string {
  const own = readWhy(reason);
  const key = problem ?? own?.problem;
  if (locale === "en") {
    if (problem) return reason;
    return own ? why(own.problem, own.params).reason : `the service answered “${reason}”`;
  }
  const words = key && UNDELIVERED_RU[key];
  return words ? fillIn(words, own?.params ?? {}) : `ответ сервиса: «${reason}»`;
}

/** An answer of an agent did not reach the customer. */
export const deliveryNotice = forAgents<InConversation & { reason: string; problem?: Problem | null }>(
  "deliveryFailed",
  ({ customer, ...failure }) => ({
    en: { title: "Your answer was not delivered", body: `${customer}: ${undelivered("en", failure)}` },
    ru: { title: "Ваш ответ не доставлен", body: `${customer}: ${undelivered("ru", failure)}` },
  }),
);

/** An agent has answered: pushed as it is, and listed in the conversation rather than among the notices. */
export const answerNotice: NoticeKind<{ conversationId: number }> = {
  name: "support.answer",
  severity: "normal",
  defaults: { customer: { inApp: false, push: true, bot: true, batched: false } },
  textOf: (locale) => ({ title: locale === "ru" ? "Новый ответ" : "New answer", body: "" }),
  targetOf: (_, reader: Reader) => (reader === "customer" ? "support" : ""),
};

export const supportNotices: readonly NoticeKind[] = [
  assignedNotice,
  messageNotice,
  mentionNotice,
  waitingNotice,
  deliveryNotice,
  answerNotice,
];
