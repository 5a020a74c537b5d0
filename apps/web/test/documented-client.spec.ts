import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { build } from "esbuild";
import { expect, launchOf, type Product, test } from "./product.ts";

const KEY = `pult_${"k".repeat(43)}`;
const HOOK = new URL("../../server/src/gateways/mini-app/transcripts/hook.ts.txt", import.meta.url);
const LIVE_TOPIC = 47;

test.use({ settings: { LEGACY_AUTH: "open", PULT_ADMIN_KEY: KEY } });

interface Hooked {
  status: { running: boolean; activeUsers?: number };
  sendBroadcast(text: string, threadId?: number): void;
}
type Hosted = { hook: Hooked; alerts: string[] };

/** The document's React hook, mounted in a page of the product's origin; of its text only the host is another. */
async function mountHook(page: Page, { origin }: Product, userId: number, initData: string): Promise<void> {
  const text = readFileSync(HOOK, "utf8").replace("wss://yourdomain.com", origin.replace(/^http/, "ws"));
  const { outputFiles } = await build({
    stdin: {
      contents: `${text}
        import { createElement } from "react";
        import { createRoot } from "react-dom/client";
        const Host = () => ((window.hook = useTelegramWebSocket(${userId}, "anna")), null);
        window.alerts = [];
        window.Telegram = { WebApp: { initData: ${JSON.stringify(initData)}, showAlert: (title) => window.alerts.push(title) } };
        createRoot(document.createElement("div")).render(createElement(Host));`,
      resolveDir: dirname(fileURLToPath(import.meta.url)),
      loader: "tsx",
    },
    bundle: true,
    write: false,
    format: "iife",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  await page.goto(`${origin}/app`);
  await page.evaluate(outputFiles[0]?.text ?? "");
}

const hosted = <Read>(page: Page, read: (window: Hosted) => Read): Promise<Read> =>
  page.evaluate(`(${read})(window)`) as Promise<Read>;

test("the document's React hook shows the status with a bare user id", async ({ page, product }) => {
  await mountHook(page, product, 6_000_000_001, "");
  await expect.poll(() => hosted(page, ({ hook }) => hook.status.running)).toBe(true);
  await hosted(page, ({ hook }) => hook.sendBroadcast("LIVE: not proven"));
  await expect.poll(() => hosted(page, ({ hook }) => hook.status.activeUsers)).toBeGreaterThan(0);
  expect(await hosted(page, ({ alerts }) => alerts)).toEqual([]);
});

test("the document's React hook broadcasts with an Admin's init data, and shows the toast", async ({
  page,
  product,
}) => {
  const userId = 6_000_000_002;
  const granted = await page.request.post(`${product.origin}/trpc/auth.people.grant`, {
    data: { namespace: "telegram", externalId: String(userId), role: "Admin" },
    headers: { authorization: `Bearer ${KEY}` },
  });
  expect(granted.status()).toBe(200);
  const launch = new URLSearchParams((await launchOf(page.request, product, userId)).replace(/^#/, ""));
  await mountHook(page, product, userId, launch.get("tgWebAppData") ?? "");
  await expect.poll(() => hosted(page, ({ hook }) => hook.status.running)).toBe(true);
  await hosted(page, ({ hook }) => hook.sendBroadcast("LIVE: Celtics -3.5 1H @ -108 (Pinnacle) | EV +9.2%"));
  await expect.poll(() => hosted(page, ({ alerts }) => alerts)).toEqual(["Message sent and pinned!"]);
  const world = await (await page.request.get(`${product.origin}/sandbox/api/world`)).json();
  expect(world.liveGroup.messages).toContainEqual(
    expect.objectContaining({ text: expect.stringContaining("Celtics"), threadId: LIVE_TOPIC, pinned: true }),
  );
});
