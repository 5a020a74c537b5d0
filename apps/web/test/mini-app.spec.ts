import { gzipSync } from "node:zlib";
import { expect, openMiniApp, replyField, signIn, test, write } from "./product.ts";

test("the Mini App signs in with Telegram's init data, writes, and sees the answer", async ({
  page,
  context,
  product,
}) => {
  await openMiniApp(page, product, 6_000_000_003);
  await write(page.getByRole("textbox"), "From the Mini App");
  await expect(page.getByText("From the Mini App").first()).toBeVisible();

  const inbox = await context.newPage();
  await signIn(inbox, product, "/inbox?view=all");
  await inbox.getByText("From the Mini App").first().click();
  await write(replyField(inbox), "Hello in Telegram");
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
  await openMiniApp(page, product, 6_000_000_003);
  await write(page.getByRole("textbox"), "How large is it?");
  await expect(page.getByTitle("Delivered")).toHaveCount(1);
  const sizes = await Promise.all(scripts);
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(170 * 1024);
});
