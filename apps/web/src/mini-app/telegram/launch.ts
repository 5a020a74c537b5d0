import { parsedRecord } from "./bridge.ts";
import type { ThemeParams } from "./theme-colors.ts";

/** Where a link into the Mini App (`?startapp=…`) leads. */
export type Destination =
  | { tab: "support"; messageId: number | null }
  | { tab: "live" /** As the API writes it. */; alertId: string | null }
  | { tab: "rooms"; roomId: string | null }
  | { tab: "me" };

const ROOM = /^room_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** `message_214` is a message of the conversation, `alert_12` an alert, `live` all of them, `room_…` a trading room, `rooms` all of them, `me` the user; anything else is the conversation. */
export function destinationOf(startParam: string | null): Destination {
  const [, kind, id] = /^(message|alert)_([1-9]\d{0,14})$/.exec(startParam ?? "") ?? [];
  if (kind === "alert" && id) return { tab: "live", alertId: id };
  const [, roomId] = ROOM.exec(startParam ?? "") ?? [];
  if (roomId || startParam === "rooms") return { tab: "rooms", roomId: roomId ?? null };
  if (startParam === "live") return { tab: "live", alertId: null };
  if (startParam === "me") return { tab: "me" };
  return { tab: "support", messageId: id ? Number(id) : null };
}

/** What a link to the page itself carries as `?startapp=`; null for what Telegram would not take either. */
export function startParamOf(search: string): string | null {
  const param = new URLSearchParams(search).get("startapp");
  return param !== null && /^[\w-]{1,256}$/.test(param) ? param : null;
}

/** The way to Telegram Login and back to the page. */
export function signInAddress(startParam: string | null): string {
  const next = startParam === null ? "/app" : `/app?startapp=${startParam}`;
  return `/auth/telegram/start?next=${encodeURIComponent(next)}`;
}

/** How Telegram opened the page. */
export type Launch = {
  /** Signed by Telegram, to be handed to the server as it is. */
  initData: string;
  /** When it was signed, epoch milliseconds. */
  signedAt: number;
  userId: string | null;
  /** IETF tag of the user's Telegram, such as `ru`. */
  languageCode: string | null;
  startParam: string | null;
  /** Of Mini Apps in this client, such as `8.0`. */
  version: string;
  theme: ThemeParams;
};

const STORAGE_KEY = "pult.app.launch";

/** From the address; from the one the page was opened with; from an earlier load of this tab. Null outside Telegram. */
export function readLaunch(): Launch | null {
  const [opened] = performance.getEntriesByType("navigation");
  for (const source of [location.hash, opened?.name.split("#")[1] ?? "", stored()]) {
    const launch = parseLaunch(source);
    if (!launch) continue;
    stored(source);
    return launch;
  }
  return null;
}

/** What Telegram puts in the address's fragment. Null when it is not from Telegram. */
export function parseLaunch(fragment: string): Launch | null {
  const params = new URLSearchParams(fragment.replace(/^#/, ""));
  const initData = params.get("tgWebAppData");
  const data = new URLSearchParams(initData ?? "");
  const signedAt = Number(data.get("auth_date")) * 1000;
  if (!initData || !signedAt) return null;
  const user = parsedRecord(data.get("user"));
  const language = user?.language_code;
  return {
    initData,
    signedAt,
    userId: user?.id === undefined ? null : String(user.id),
    languageCode: typeof language === "string" ? language : null,
    startParam: params.get("tgWebAppStartParam") ?? data.get("start_param"),
    version: params.get("tgWebAppVersion") ?? "6.0",
    theme: themeOf(parsedRecord(params.get("tgWebAppThemeParams"))),
  };
}

/** Some clients send colours as numbers. */
export function themeOf(params: unknown): ThemeParams {
  const theme: Record<string, string> = {};
  for (const [name, color] of Object.entries(params ?? {})) {
    if (typeof color === "string") theme[name] = color;
    if (typeof color === "number") theme[name] = `#${(color & 0xffffff).toString(16).padStart(6, "0")}`;
  }
  return theme;
}

function stored(fragment?: string): string {
  try {
    if (fragment !== undefined) sessionStorage.setItem(STORAGE_KEY, fragment);
    return sessionStorage.getItem(STORAGE_KEY) ?? "";
  } catch {
    return "";
  }
}
