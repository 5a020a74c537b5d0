import type { APIRequestContext, Locator, Page } from "@playwright/test";
import { expect, type Product, replyField, signIn, test } from "./product.ts";

const SECTIONS = ["security", "team", "team?tab=invited", "team?tab=roles", "keys", "audit"];

const callAs = (request: APIRequestContext, { origin }: Product, key: string) =>
  request.get(`${origin}/trpc/auth.me`, { headers: { authorization: `Bearer ${key}` } });

/** Whether the page, or anything on it that is not meant to scroll, is wider than the screen. */
const sticksOut = (page: Page) =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const isOut = (element: Element) => {
      const box = element.getBoundingClientRect();
      return box.width > 1 && box.right > width + 1 && !element.closest(".sr-only");
    };
    return [...document.querySelectorAll("main *, [role=dialog] *")].filter(isOut).map(({ outerHTML }) => outerHTML);
  });

/** Fills in a new role that may read, not saved yet. @returns the sheet */
async function beginRole(page: Page, product: Product, name: string): Promise<Locator> {
  await signIn(page, product, "/settings/team?tab=roles");
  await page.getByRole("button", { name: "New role" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name").fill(name);
  await sheet.getByRole("checkbox", { name: "Support: read" }).check();
  return sheet;
}

/** @returns its secret */
async function makeKey(page: Page, { origin }: Product, name: string): Promise<string> {
  await page.goto(`${origin}/settings/keys`);
  await page.getByRole("button", { name: "Create key" }).first().click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name").fill(name);
  await sheet.getByRole("checkbox", { name: "Support: read" }).check();
  await sheet.getByRole("button", { name: "Create key" }).click();
  return sheet.getByLabel("Secret").inputValue();
}

async function setLook(page: Page, { origin }: Product, look: { locale: string; theme: string }): Promise<void> {
  const domain = new URL(origin).hostname;
  await page.context().addCookies(Object.entries(look).map(([name, value]) => ({ name, value, domain, path: "/" })));
}

test.describe("API keys", () => {
  test("a key is made, works over HTTP, and is refused once it is revoked", async ({ page, request, product }) => {
    await signIn(page, product, "/settings/keys");
    await page.getByRole("button", { name: "Create key" }).first().click();
    const sheet = page.getByRole("dialog");
    await sheet.getByRole("button", { name: "Create key" }).click();
    await expect(sheet.getByText("Choose at least one scope.")).toBeVisible();
    await sheet.getByLabel("Name").fill("Parcel tracker");
    await sheet.getByLabel("Calls per minute").fill("120");
    await sheet.getByRole("checkbox", { name: "Support: write" }).check();
    await expect(sheet.getByRole("checkbox", { name: "Support: read" })).toBeChecked();
    await sheet.getByRole("button", { name: "Create key" }).click();
    const key = await sheet.getByLabel("Secret").inputValue();
    expect(key).toMatch(/^pult_[\w-]{43,}$/);
    await sheet.getByRole("button", { name: "Done" }).click();

    const row = page.getByRole("row", { name: /Parcel tracker/ });
    await expect(row).toContainText("Support: write");
    await expect(row).toContainText("Active");
    const answer = await callAs(request, product, key);
    expect(answer.ok()).toBe(true);
    expect(await answer.json()).toMatchObject({ result: { data: { kind: "apiKey", scopes: ["support:write"] } } });

    await row.getByRole("button", { name: "Actions for Parcel tracker" }).click();
    await page.getByRole("menuitem", { name: "Revoke" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await expect(row).toContainText("Revoked");
    expect((await callAs(request, product, key)).status()).toBe(401);

    await page.goto(`${product.origin}/settings/audit`);
    await page.getByRole("searchbox", { name: "Search" }).fill("Parcel tracker");
    const record = page.getByRole("list", { name: "Audit log" });
    await expect(record.getByRole("listitem")).toHaveCount(2);
    await record.getByRole("button", { name: /API key revoked/ }).click();
    await expect(record.getByText("auth.keyRevoked")).toBeVisible();
    expect(await page.locator("body").innerText()).not.toContain(key);
    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export" }).click();
    expect((await downloading).suggestedFilename()).toMatch(/^pult-audit-[\d-]+\.jsonl$/);
    await expect(page.getByText("2 entries exported")).toBeVisible();
  });
});

test.describe("keeping out", () => {
  test("asks first, ends the keys of the member, and does not restore them", async ({
    page,
    other,
    request,
    product,
  }) => {
    await signIn(page, product, "/settings/team");
    await page.getByRole("button", { name: "Role of Agent B (demo): Moderator" }).click();
    await page.getByRole("menuitem", { name: "Administrator" }).click();
    await expect(page.getByText("Agent B (demo) is now Administrator")).toBeVisible();
    await signIn(other, { ...product, agent: product.colleague });
    const key = await makeKey(other, product, "Stock counter");

    const row = page.getByRole("row", { name: /Agent B/ });
    const actions = page.getByRole("button", { name: "Actions for Agent B (demo)" });
    const question = page.getByRole("dialog", { name: "Deactivate Agent B (demo)?" });
    await actions.click();
    await page.getByRole("menuitem", { name: "Deactivate" }).click();
    await expect(question.getByRole("listitem")).toHaveText([/sessions/, /invitations and password links/, /API keys/]);
    await page.keyboard.press("Escape");
    await expect(question).toHaveCount(0);
    await expect(actions).toBeFocused();
    expect((await callAs(request, product, key)).ok()).toBe(true);

    await actions.click();
    await page.getByRole("menuitem", { name: "Deactivate" }).click();
    await question.getByRole("button", { name: "Deactivate" }).click();
    await expect(page.getByText("is deactivated, all sessions ended, 1 API key revoked")).toBeVisible();
    await expect(page.getByRole("button", { name: /^Undo/ })).toHaveCount(0);
    await expect(row).toContainText("deactivated");
    await expect(other).toHaveURL(/\/sign-in/);
    expect((await callAs(request, product, key)).status()).toBe(401);

    await actions.click();
    await page.getByRole("menuitem", { name: "Reactivate" }).click();
    await expect(page.getByText("Agent B (demo) is reactivated")).toBeVisible();
    expect((await callAs(request, product, key)).status()).toBe(401);
    await page.getByRole("button", { name: "Role of Agent B (demo): Administrator" }).click();
    await page.getByRole("menuitem", { name: "Moderator" }).click();
    await expect(page.getByText("Agent B (demo) is now Moderator")).toBeVisible();
  });
});

test.describe("roles", () => {
  test("a role of one's own is made, edited and removed", async ({ page, product }) => {
    const sheet = await beginRole(page, product, "moderator");
    await sheet.getByRole("checkbox", { name: "warn in groups" }).check();
    await sheet.getByRole("button", { name: "Save" }).click();
    await expect(sheet.getByText("A role has this name already. Choose another name.")).toBeVisible();
    await sheet.getByLabel("Name").fill("Night shift");
    await sheet.getByRole("button", { name: "Save" }).click();
    const row = page.getByRole("row", { name: /Night shift/ });
    await expect(row).toContainText("Support: read");
    await row.getByRole("button", { name: "Actions for Night shift" }).click();
    await page.getByRole("menuitem", { name: "Edit" }).click();
    await sheet.getByRole("checkbox", { name: "Support: write" }).check();
    await sheet.getByRole("button", { name: "Save" }).click();
    await expect(row).toContainText("Support: write");
    await row.getByRole("button", { name: "Actions for Night shift" }).click();
    await page.getByRole("menuitem", { name: "Remove" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await expect(row).toHaveCount(0);
  });

  test("an agent who may only read gets no composer, at once when their role changes", async ({
    page,
    other,
    product,
  }) => {
    const sheet = await beginRole(page, product, "Reader");
    await sheet.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("row", { name: /Reader/ })).toBeVisible();
    await page.getByRole("tab", { name: /Members/ }).click();

    await signIn(other, { ...product, agent: product.colleague }, "/inbox?view=all");
    await other.getByText("Demo customer 13").first().click();
    const composer = replyField(other);
    await expect(composer).toBeVisible();
    await page.getByRole("button", { name: "Role of Agent B (demo): Moderator" }).click();
    await page.getByRole("menuitem", { name: "Reader" }).click();
    await expect(other.getByText("Your role can read conversations but not reply.")).toBeVisible();
    await expect(composer).toHaveCount(0);
    await expect(other.getByRole("button", { name: "Resolve E" })).toHaveCount(0);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(composer).toBeVisible();
  });

  test("a Moderator is not offered what they may not do, and reads who can allow it", async ({ page, product }) => {
    await signIn(page, { ...product, agent: product.colleague }, "/settings/security");
    const settings = page.getByRole("navigation", { name: "Settings" });
    await expect(settings.getByRole("link")).toHaveText([
      "Profile and security",
      "Notifications",
      "Deliveries",
      "CRM",
      "Webhooks",
      "Automations",
    ]);
    for (const section of ["team", "keys", "audit"]) {
      await page.goto(`${product.origin}/settings/${section}`);
      await expect(page.getByText("The role Moderator does not allow this")).toBeVisible();
      await expect(page.getByText("Agent A (demo) can give you a role that does.")).toBeVisible();
    }
  });
});

test.describe("every section", () => {
  for (const look of [
    { locale: "en", theme: "light" },
    { locale: "ru", theme: "dark" },
  ]) {
    test(`fits wide and narrow screens, ${look.locale}, ${look.theme}`, async ({ page, product }) => {
      await setLook(page, product, { locale: "en", theme: "light" });
      await signIn(page, product);
      await setLook(page, product, look);
      for (const width of [1440, 390, 360]) {
        await page.setViewportSize({ width, height: 844 });
        for (const section of SECTIONS) {
          await page.goto(`${product.origin}/settings/${section}`);
          await expect(page.locator("main h1").last()).toBeVisible();
          await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
          expect(await sticksOut(page), `${section} at ${width}`).toEqual([]);
        }
      }
      await expect(page.locator("html")).toHaveAttribute("lang", look.locale);
      await expect(page.locator("html")).toHaveAttribute("data-theme", look.theme);
    });
  }

  test("a narrow screen has a page of sections, and each leads back to it", async ({ page, product }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await signIn(page, product);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Settings" }).click();
    await page.getByRole("link", { name: "API keys" }).click();
    await expect(page.getByRole("heading", { name: "API keys" })).toBeVisible();
    await page.getByRole("link", { name: "Back to settings" }).click();
    await expect(page.getByRole("link", { name: "Audit log" })).toBeVisible();
  });

  test("the palette leads to a section", async ({ page, product }) => {
    await signIn(page, product);
    await expect(page.getByRole("link", { name: "Settings" })).toBeVisible();
    await page.keyboard.press("ControlOrMeta+k");
    await page.getByRole("combobox").fill("audit");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/\/settings\/audit/);
  });
});
