import { createHmac, randomBytes } from "node:crypto";
import type { StoredUser, TelegramHost } from "./state.ts";

const THEME = {
  bg_color: "#ffffff",
  secondary_bg_color: "#f4f4f5",
  text_color: "#000000",
  hint_color: "#707579",
  link_color: "#3390ec",
  button_color: "#3390ec",
  button_text_color: "#ffffff",
  header_bg_color: "#ffffff",
  accent_text_color: "#3390ec",
  section_bg_color: "#ffffff",
  section_header_text_color: "#707579",
  subtitle_text_color: "#707579",
  destructive_text_color: "#df3f40",
};

/**
 * Signed Mini App init data of a user, as `Telegram.WebApp.initData`.
 * @see https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
 */
export function createInitData(host: TelegramHost, user: StoredUser): string {
  const fields: Record<string, string> = {
    query_id: `AAH${randomBytes(15).toString("base64url")}`,
    user: JSON.stringify({
      id: user.id,
      first_name: user.name,
      last_name: "",
      username: user.username,
      language_code: user.languageCode,
      ...(user.started ? { allows_write_to_pm: true } : {}),
    }),
    auth_date: String(host.unixNow),
  };
  const secret = createHmac("sha256", "WebAppData").update(host.state.bot.token).digest();
  const lines = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  fields.hash = createHmac("sha256", secret).update(lines.sort().join("\n")).digest("hex");
  return toQuery(fields);
}

/** The fragment that Telegram Web opens a Mini App with. */
export function createLaunchFragment(host: TelegramHost, user: StoredUser): string {
  const parameters = {
    tgWebAppData: createInitData(host, user),
    tgWebAppVersion: "9.0",
    tgWebAppPlatform: "web",
    tgWebAppThemeParams: JSON.stringify(THEME),
  };
  return toQuery(parameters);
}

/** With spaces as `%20`, as Telegram's apps write them. */
function toQuery(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}
