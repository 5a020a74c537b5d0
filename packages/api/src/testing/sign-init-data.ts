import { createHmac } from "node:crypto";

export const TEST_BOT_TOKEN = "7000000001:AAtest-token_of-the-tests";

export type TelegramUser = { id: number; first_name?: string; username?: string; language_code?: string };

/** `initData` as Telegram signs it for our bot. */
export function signInitData(user: TelegramUser, at: Date, botToken = TEST_BOT_TOKEN): string {
  const authDate = String(Math.floor(at.getTime() / 1000));
  const fields = new URLSearchParams({ auth_date: authDate, user: JSON.stringify({ first_name: "Anna", ...user }) });
  const secret = createHmac("sha256", "WebAppData").update(botToken).digest();
  const lines = [...fields].map(([name, value]) => `${name}=${value}`).sort();
  fields.set("hash", createHmac("sha256", secret).update(lines.join("\n")).digest("hex"));
  return fields.toString();
}
