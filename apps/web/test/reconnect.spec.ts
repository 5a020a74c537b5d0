import type { APIRequestContext, Page } from "@playwright/test";
import { expect, launchOf, mark, marked, type Product, replyField, signIn, test, write } from "./product.ts";

/** A customer of the sandbox who writes from elsewhere, over HTTP alone. */
async function customerOf(request: APIRequestContext, product: Product, userId: number) {
  const { origin } = product;
  const fragment = await launchOf(request, product, userId);
  const initData = new URLSearchParams(fragment).get("tgWebAppData");
  const session = await request.post(`${origin}/trpc/auth.miniApp`, { data: { initData } });
  const { token } = ((await session.json()) as { result: { data: { token: string } } }).result.data;
  return {
    fragment,
    async write(text: string) {
      const response = await request.post(`${origin}/trpc/support.send`, {
        headers: { authorization: `Bearer ${token}` },
        data: { clientId: crypto.randomUUID(), text, photoIds: [] },
      });
      expect(response.ok()).toBe(true);
    },
  };
}

const messages = (page: Page) => page.getByRole("log", { name: "Messages" });
const status = (page: Page, text: "Connected" | "Offline") =>
  page.getByRole("status").filter({ hasText: new RegExp(`^${text}$`) });

async function openConversation(page: Page, product: Product, text: string): Promise<void> {
  await signIn(page, product, "/inbox?view=all");
  await page.getByText(text).first().click();
  await expect(messages(page).getByText(text)).toBeVisible();
  await expect(status(page, "Connected")).toHaveCount(1);
  await mark(page);
}

test.describe("an agent's page", () => {
  test("shows by itself what it missed while the network was cut, and sends once what was written meanwhile", async ({
    page,
    context,
    request,
    product,
  }) => {
    const customer = await customerOf(request, product, 6_000_000_001);
    await customer.write("Before the cut");
    await openConversation(page, product, "Before the cut");

    await context.setOffline(true);
    await expect(status(page, "Offline")).toHaveCount(1, { timeout: 1_000 });
    await customer.write("Written during the cut");
    for (const text of ["First answer offline", "Second answer offline"]) await write(replyField(page), text);
    await expect(messages(page).getByText("Second answer offline")).toBeVisible();
    await expect(messages(page).getByText("Written during the cut")).toHaveCount(0);

    await context.setOffline(false);
    await expect(messages(page).getByText("Written during the cut")).toHaveCount(1);
    await expect(status(page, "Connected")).toHaveCount(1);
    await expect(marked(page)).toHaveCount(1);
    // What the server has, in its order, each once.
    await expect(page.getByText(/will be sent|waiting for the connection/i)).toHaveCount(0);
    await page.reload();
    for (const text of ["First answer offline", "Second answer offline"])
      await expect(messages(page).getByText(text)).toHaveCount(1);
    const all = await messages(page).innerText();
    expect(all.indexOf("First answer offline")).toBeLessThan(all.indexOf("Second answer offline"));
  });

  test("stays and comes back by itself after the server was restarted", async ({ page, request, product }) => {
    const customer = await customerOf(request, product, 6_000_000_002);
    await customer.write("Before the restart");
    await openConversation(page, product, "Before the restart");
    await product.stop();
    await expect(status(page, "Offline")).toHaveCount(1);
    await write(replyField(page), "Answered while the server was away");
    // A page that cannot be loaded now is opened later: this one stays until then.
    await page.getByRole("link", { name: "Settings" }).click();
    await expect(page.getByText("No connection. The page opens once it is back.")).toBeVisible();
    await product.restart();
    await expect(page).toHaveURL(/\/settings/);
    // The same where a proxy answers in place of the server.
    await page.route(/\/live\?_rsc/, (route) => route.fulfill({ status: 502 }), { times: 1 });
    await page.getByRole("link", { name: "Live", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Live", exact: true })).toBeVisible();
    await page.goBack();
    await page.goBack();
    await customer.write("After the restart");
    await expect(messages(page).getByText("After the restart")).toHaveCount(1);
    await expect(status(page, "Connected")).toHaveCount(1);
    await expect(page.getByText(/will be sent|waiting for the connection/i)).toHaveCount(0);
    await expect(marked(page)).toHaveCount(1);
    await page.reload();
    await expect(messages(page).getByText("Answered while the server was away")).toHaveCount(1);
  });
});

test("the Mini App shows what it missed during a cut and sends once what was written meanwhile", async ({
  page,
  context,
  other: desk,
  request,
  product,
}) => {
  const customer = await customerOf(request, product, 6_000_000_003);
  await customer.write("Before the cut in the app");
  await page.goto(`${product.origin}/app#${customer.fragment}`);
  await expect(page.getByText("Before the cut in the app").first()).toBeVisible();
  await mark(page);
  await openConversation(desk, product, "Before the cut in the app");

  await context.setOffline(true);
  await expect(page.getByText(/No connection since/).first()).toBeVisible();
  await write(replyField(desk), "Answered during the cut");
  await expect(messages(desk).getByText("Answered during the cut")).toBeVisible();
  await write(page.getByRole("textbox"), "Written without a network");
  await expect(page.getByText("Answered during the cut")).toHaveCount(0);

  await context.setOffline(false);
  await expect(page.getByText("Answered during the cut").first()).toBeVisible();
  await expect(page.getByText(/No connection since/)).toHaveCount(0);
  await expect(messages(desk).getByText("Written without a network")).toHaveCount(1);
  await expect(marked(page)).toHaveCount(1);
});
