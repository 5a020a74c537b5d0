import { gzipSync } from "node:zlib";
import { expect, signIn, test } from "./product.ts";

test("the Mini App signs in with Telegram's init data, writes, and sees the answer", async ({
  page,
  context,
  product,
}) => {
  const launch = await page.request.post(`${product.origin}/sandbox/api/telegram/launch`, {
    data: { userId: 6_000_000_003 },
  });
  const { fragment } = (await launch.json()) as { fragment: string };
  await page.goto(`${product.origin}/app#${fragment}`);
  const field = page.getByRole("textbox");
  await field.fill("From the Mini App");
  await field.press("Enter");
  await expect(page.getByText("From the Mini App").first()).toBeVisible();

  const inbox = await context.newPage();
  await signIn(inbox, product, "/inbox?view=all");
  await inbox.getByText("From the Mini App").first().click();
  const composer = inbox.getByRole("textbox", { name: /reply/i });
  await composer.fill("Hello in Telegram");
  await composer.press("Enter");
  await expect(page.getByText("Hello in Telegram").first()).toBeVisible();
});

test("without Telegram the Mini App says how it is opened", async ({ page, product }) => {
  await page.goto(`${product.origin}/app`);
  await expect(page.getByText(/telegram/i).first()).toBeVisible();
  await expect(page.getByRole("textbox")).toHaveCount(0);
});

test("the Mini App with a conversation takes at most 170 KB of JavaScript", async ({ page, product }) => {
  const scripts: Promise<number>[] = [];
  page.on("response", (response) => {
    if (response.url().endsWith(".js")) scripts.push(response.body().then((body) => gzipSync(body).length));
  });
  const launch = await page.request.post(`${product.origin}/sandbox/api/telegram/launch`, {
    data: { userId: 6_000_000_003 },
  });
  const { fragment } = (await launch.json()) as { fragment: string };
  await page.goto(`${product.origin}/app#${fragment}`);
  await page.getByRole("textbox").fill("How large is it?");
  await page.getByRole("textbox").press("Enter");
  await expect(page.getByTitle("Delivered")).toHaveCount(1);
  const sizes = await Promise.all(scripts);
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(170 * 1024);
});
