import type { KindDefaults, NoticeKind } from "../notices/kinds.ts";
import type { NoticeLocale } from "../notices/schema.ts";

const FOR_STAFF: KindDefaults = { inApp: true, push: true, bot: true, batched: true };
const HEALTH_PAGE = "/instagram?health=true";

const dateIn = (locale: NoticeLocale, iso: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(new Date(iso));

type TokenTrouble = { problem: "refused"; reason: string } | { problem: "ends"; expiresAt: string };

/** Meta refuses the access token, or it ends soon and cannot be refreshed. */
export const tokenNotice: NoticeKind<TokenTrouble> = {
  name: "notifications.instagramToken",
  severity: "critical",
  scope: "notifications:write",
  defaults: { staff: FOR_STAFF },
  textOf(locale, trouble) {
    const isRussian = locale === "ru";
    if (trouble.problem === "refused")
      return {
        title: isRussian ? "Instagram не принимает токен доступа" : "Instagram refuses the access token",
        body: isRussian
          ? `Ответы не отправляются. Ответ Meta: «${trouble.reason}»`
          : `Replies cannot be sent. Meta answered: “${trouble.reason}”`,
      };
    const date = dateIn(locale, trouble.expiresAt);
    return isRussian
      ? { title: "Токен доступа Instagram истекает", body: `Действует до: ${date}. Продлить его не удаётся.` }
      : { title: "The Instagram access token is about to end", body: `It ends on ${date} and cannot be refreshed.` };
  },
  targetOf: () => HEALTH_PAGE,
};

/** An account has sent no event for longer than its alarm allows. */
export const silenceNotice: NoticeKind<{ account: string; hours: number }> = {
  name: "notifications.instagramSilent",
  severity: "normal",
  scope: "notifications:write",
  defaults: { staff: FOR_STAFF },
  textOf: (locale, { account, hours }) =>
    locale === "ru"
      ? { title: "Instagram молчит", body: `${account}: нет событий уже ${hours} ч. Проверьте подключение.` }
      : { title: "Instagram is silent", body: `${account}: no event for ${hours} h. Check the connection.` },
  targetOf: () => HEALTH_PAGE,
};
