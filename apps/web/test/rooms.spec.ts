import type { Locator, Page, Route } from "@playwright/test";
import {
  call,
  expect,
  measureScripts,
  openInTelegram,
  openMiniApp,
  type Product,
  signIn,
  test,
  write,
} from "./product.ts";

const createRoom = (page: Page, product: Product, name: string) =>
  call<{ id: string }>(page, product, "trading.rooms.create", { name });

/** Traders of a server, who together can buy out a room. */
async function traders(page: Page, product: Product, roomId: string) {
  const { key } = await call<{ key: string }>(page, product, "auth.apiKeys.create", {
    name: "Traders",
    scopes: ["trading:write"],
  });
  const headers = { authorization: `Bearer ${key}` };
  return async (userId: string, amount: string): Promise<string> => {
    for (const [path, data] of [
      ["trading.rooms.join", { roomId, userId }],
      ["trading.trade", { roomId, userId, side: "buy", amount }],
    ] as const) {
      const answer = await page.request.post(`${product.origin}/trpc/${path}`, { data, headers });
      expect(answer.status()).toBe(200);
      if (path === "trading.trade") return (await answer.json()).result.data.status;
    }
    return "";
  };
}

const log = (page: Page): Locator => page.getByRole("log", { name: "Room chat" });
/** What the head of the room says: price, change, how much is sold, reserve and traders. */
const facts = (page: Page): Promise<string> => page.locator("main header").first().innerText();
const message = (page: Page): Locator => page.getByRole("textbox", { name: "Message" });

test("two browsers open, join, trade and talk in one room, and agree", async ({ page, other, product }) => {
  await signIn(page, product, "/rooms");
  await page.getByRole("button", { name: "New room" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Room of two");
  await page.getByRole("button", { name: "Open the room" }).click();
  await page.waitForURL(/\/rooms\/[0-9a-f-]{36}/);
  const { pathname } = new URL(page.url());
  await page.getByRole("region", { name: "Join to trade and talk" }).getByRole("button", { name: "Join" }).click();
  await signIn(other, { ...product, agent: product.colleague }, pathname);
  await other.getByRole("region", { name: "Join to trade and talk" }).getByRole("button", { name: "Join" }).click();
  await expect(log(page)).toContainText("Agent B (demo) joined");

  // Says why it is off, until there is an amount.
  const buy = page.getByRole("button", { name: /^Buy for/ });
  await expect(page.getByText("Enter an amount")).toBeVisible();
  await page.getByRole("button", { name: "0.5", exact: true }).click();
  await expect(page.getByText("You get at least")).toBeVisible();
  await expect(page.getByText("your 0.5 SOL: +3.32%")).toBeVisible();
  // Made, with the answer lost: asked for again, and made once.
  const loseAnswer = async (route: Route) => {
    await route.fetch();
    await route.abort();
  };
  await page.route("**/trpc/trading.trade?*", loseAnswer, { times: 1 });
  await buy.click();
  await expect(page.getByText(/^Bought [\d,]+ tokens for 0\.5 SOL$/)).toBeVisible();
  await expect(log(other)).toContainText(/Agent A \(demo\) bought .+ for 0\.5 SOL/);

  await other.getByRole("textbox", { name: "You pay" }).fill("99");
  await expect(other.getByText("You have 10 SOL")).toBeVisible();
  await other.getByRole("textbox", { name: "You pay" }).fill("1,25");
  await other.getByRole("button", { name: "Buy for 1.25 SOL" }).click();
  await expect(other.getByText(/^Bought [\d,]+ tokens for 1\.25 SOL$/)).toBeVisible();
  await other.getByRole("button", { name: "Sell", exact: true }).click();
  await other.getByRole("button", { name: "50%", exact: true }).click();
  await other.getByRole("button", { name: /^Sell [\d,]+ tokens/ }).click();
  await expect(log(page)).toContainText(/Agent B \(demo\) sold/);

  await write(message(page), "One percent is enough in a room this size");
  await write(message(other), "Agreed");
  for (const one of [page, other]) {
    await expect(log(one).getByText("One percent is enough in a room this size")).toHaveCount(1);
    await expect(log(one).getByText("Agreed")).toHaveCount(1);
    await expect(one.getByRole("table", { name: "Trades" }).getByRole("row")).toHaveCount(4);
  }
  await expect.poll(() => facts(other)).toBe(await facts(page));
  await page.reload();
  await expect(log(page).getByText("Agreed")).toHaveCount(1);
  await expect(page.getByRole("button", { name: "0.5", exact: true })).toHaveAttribute("aria-pressed", "true");

  await page.getByRole("link", { name: "All rooms" }).click();
  const results = page.getByRole("region", { name: "Your result in all rooms" });
  await expect(results.getByText("Bronze")).toBeVisible();
  await expect(page.getByRole("row", { name: /Room of two/ })).toContainText(/[+−-]0\.\d+/);
  await results.getByRole("button", { name: "Claim" }).click();
  await expect(page.getByText(/^Claimed 0\.\d+ SOL$/)).toBeVisible();
  await expect(results.getByText("Nothing to claim yet")).toBeVisible();
});

test("a room whose last token is sold ends with its price and standings", async ({ page, product }) => {
  await signIn(page, product, "/rooms");
  const { id } = await createRoom(page, product, "Sold out");
  await call(page, product, "trading.rooms.join", { roomId: id });
  const buyAs = await traders(page, product, id);
  for (let at = 1; at <= 8; at++) expect(await buyAs(`app:trader-${at}`, "10000000000")).toBe("open");
  await page.goto(`${product.origin}/rooms/${id}`);
  await page.getByRole("textbox", { name: "You pay" }).fill("10");
  // More than is left: it pays for the rest alone, and says so before.
  await expect(page.getByText("You pay only")).toBeVisible();
  await page.getByRole("button", { name: "Buy for 10 SOL" }).click();
  const finale = page.getByRole("region", { name: "This room is complete" });
  await expect(finale).toContainText("410.88");
  await expect(finale.getByText("9 of 9")).toBeVisible();
  await expect(finale.getByRole("list").getByRole("listitem").first()).toContainText("trader-1");
  await expect(log(page)).toContainText("The last token is sold. Final price: 410.88 lamports");
  await expect(page.getByRole("button", { name: /^Buy/ })).toHaveCount(0);
  const moment = page.getByRole("slider", { name: "Moment of the replay" });
  await expect(moment).toHaveAttribute("aria-valuetext", /410\.88 lamports$/);
  await moment.fill("0");
  await expect(moment).toHaveAttribute("aria-valuetext", /27\.95 lamports$/);
  await expect(page.getByText("No trades yet")).toBeVisible();
  await page.getByRole("button", { name: "Play on" }).click();
  await expect(moment).toHaveAttribute("aria-valuetext", /410\.88 lamports$/);
  await expect(page.getByRole("table", { name: "Trades" }).getByRole("row")).toHaveCount(10);
  await write(message(page), "Well played");
  await expect(log(page).getByText("Well played")).toHaveCount(1);
  await page.reload();
  await expect(log(page)).toContainText("The last token is sold. Final price: 410.88 lamports");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("navigation", { name: "Parts of the room" }).getByRole("button", { name: "Result" }).click();
  await expect(finale).toContainText("410.88");
});

test("a moderator mutes a trader with a way back, and closes the room", async ({ page, other, product }) => {
  await signIn(page, product, "/rooms");
  const { id } = await createRoom(page, product, "Moderated");
  await call(page, product, "trading.rooms.join", { roomId: id });
  await signIn(other, { ...product, agent: product.colleague }, `/rooms/${id}`);
  await other.getByRole("region", { name: "Join to trade and talk" }).getByRole("button", { name: "Join" }).click();
  await write(message(other), "Buy now or never");
  await page.goto(`${product.origin}/rooms/${id}`);
  await log(page).getByText("Buy now or never").hover();
  await page.getByRole("button", { name: "Moderate Agent B (demo)" }).click();
  await page.getByRole("menuitem", { name: "Mute for an hour" }).click();
  await expect(other.getByText(/A moderator has muted you until/)).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(message(other)).toBeVisible();
  await page.getByRole("button", { name: "More about the room" }).click();
  await page.getByRole("menuitem", { name: "Close the room" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Close the room" }).click();
  await expect(other.getByRole("region", { name: "This room is closed" })).toBeVisible();
  await expect(other.getByText("This room is closed. Nothing more can be written.")).toBeVisible();
});

test("a link opens a room in the Mini App, whose one button joins and trades", async ({ page, other, product }) => {
  await signIn(other, product, "/rooms");
  const { id } = await createRoom(other, product, "From a link");
  const telegram = await openInTelegram(page);
  const scriptBytes = measureScripts(page);
  await openMiniApp(page, product, 6_000_000_003, "rooms");
  await expect(page.getByRole("button", { name: /From a link/ })).toBeVisible();
  // With what is live, and without what draws a chart.
  expect(await scriptBytes()).toBeLessThanOrEqual(180 * 1024);

  await openMiniApp(page, product, 6_000_000_003, `room_${id}`);
  await page.reload();
  await expect(page.getByRole("heading", { name: "From a link" })).toBeVisible();
  const saysMain = (text: string, isActive: boolean) =>
    expect
      .poll(async () => (await telegram.said()).findLast((one) => one.startsWith("web_app_setup_main_button")))
      .toMatch(new RegExp(`"is_active":${isActive}.*"text":"${text}"`));
  await saysMain("Join the room", true);
  await telegram.pressMain();
  await saysMain("Buy", false);
  await expect(page.getByText("Enter an amount")).toBeVisible();
  await page.getByRole("textbox", { name: "You pay" }).fill("0.5");
  await saysMain("Buy for 0.5 SOL", true);
  await other.goto(`${product.origin}/rooms/${id}`);
  await telegram.pressMain();
  await expect(log(other)).toContainText(/Demo customer 3 bought .+ for 0\.5 SOL/);
  expect(await telegram.said()).toContain(
    'web_app_trigger_haptic_feedback {"type":"notification","notification_type":"success"}',
  );
  await page.getByRole("button", { name: /Room chat/ }).click();
  await write(message(page), "Hello from the phone");
  await expect(log(other).getByText("Hello from the phone")).toHaveCount(1);
  await telegram.pressBack();
  await page.getByRole("button", { name: "Trades and holders" }).click();
  await expect(page.getByText(/^all you hold: [-−]\d/)).toBeVisible();
  await telegram.pressBack();
  await expect(page.getByRole("button", { name: /Room chat/ })).toBeVisible();
  await telegram.pressBack();
  await expect(page.getByRole("button", { name: "Support", exact: true })).toBeVisible();

  await page.getByRole("button", { name: "Me", exact: true }).click();
  await expect(page.getByText("0.5 of 100 SOL traded to Silver")).toBeVisible();
  await saysMain("Claim 0.001 SOL", true);
  await telegram.pressMain();
  await expect(page.getByRole("definition").filter({ hasText: "0.001 SOL" })).toHaveCount(1);
  const answers = page.getByRole("switch", { name: "Answers" });
  await answers.click();
  await page.getByRole("combobox", { name: "Colours" }).selectOption("dark");
  expect(await telegram.said()).toContain(
    'web_app_invoke_custom_method {"req_id":"keep","method":"saveStorageValue","params":{"key":"theme","value":"dark"}}',
  );
  await page.reload();
  await expect(page.locator("html[data-theme=dark]")).toHaveCount(1);
  await expect(page.getByRole("heading", { name: "From a link" })).toBeVisible();
  await telegram.pressBack();
  await page.getByRole("button", { name: "Me", exact: true }).click();
  await expect(answers).toHaveAttribute("aria-checked", "false");
  await page.getByRole("button", { name: /^My data/ }).click();
  await page.getByRole("button", { name: "Request a copy" }).click();
  await expect(page.getByText("Please send me a copy of my data.")).toBeVisible();
  await page.getByRole("button", { name: "Me", exact: true }).click();
  await page.getByRole("combobox", { name: "Language" }).selectOption("ru");
  await expect(page.getByRole("heading", { name: "Награды" })).toBeVisible();
  expect(await telegram.said()).toContain(
    'web_app_invoke_custom_method {"req_id":"keep","method":"saveStorageValue","params":{"key":"locale","value":"ru"}}',
  );
  await page.getByRole("button", { name: /From a link/ }).click();
  await expect(page.getByRole("heading", { name: "From a link" })).toBeVisible();
});
