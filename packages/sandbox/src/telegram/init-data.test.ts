import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { findUser } from "../testing.ts";
import { useSandbox } from "../use-sandbox.ts";

const now = new Date("2026-11-21T10:00:00Z");
const sandbox = await useSandbox({ now: () => now });

test("initData carries the user and is signed with the bot token as Telegram documents", () => {
  const user = findUser(sandbox, "customer", 2);
  const fields = [...new URLSearchParams(sandbox.telegram.initData(user.id))];
  const values = Object.fromEntries(fields);
  const secret = createHmac("sha256", "WebAppData").update(sandbox.env.TELEGRAM_BOT_TOKEN).digest();
  const lines = fields.filter(([name]) => name !== "hash").map(([name, value]) => `${name}=${value}`);
  expect(values.hash).toBe(createHmac("sha256", secret).update(lines.sort().join("\n")).digest("hex"));
  expect(values.auth_date).toBe(String(now.getTime() / 1000));
  expect(values.query_id).toMatch(/^AAH/);
  expect(JSON.parse(values.user ?? "")).toMatchObject({
    id: user.id,
    first_name: "Demo customer 2",
    username: "demo_customer_2",
    language_code: "ru",
  });
});

test("the launch fragment carries the parameters that Telegram Web puts behind #", () => {
  const fragment = new URLSearchParams(sandbox.telegram.launchFragment(findUser(sandbox, "customer").id));
  expect([...fragment.keys()]).toEqual(["tgWebAppData", "tgWebAppVersion", "tgWebAppPlatform", "tgWebAppThemeParams"]);
  expect(fragment.get("tgWebAppVersion")).toBe("9.0");
  expect(fragment.get("tgWebAppPlatform")).toBe("web");
  expect(new URLSearchParams(fragment.get("tgWebAppData") ?? "").get("hash")).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.parse(fragment.get("tgWebAppThemeParams") ?? "")).toMatchObject({ bg_color: "#ffffff" });
});

test("rejects init data of an unknown user", () => {
  expect(() => sandbox.telegram.initData(1)).toThrow("No such user");
});
