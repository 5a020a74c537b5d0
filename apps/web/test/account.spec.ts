import type { Page } from "@playwright/test";
import { Secret, TOTP } from "otpauth";
import { plugInAuthenticator } from "./authenticator.ts";
import { expect, type FreshProduct, type Product, signIn, startFresh, takesClicks, test } from "./product.ts";

const ADMIN = { name: "First Admin", email: "admin@example.com", password: "correct horse battery" };
const MEMBER = { name: "New colleague", email: "colleague@example.com", password: "staple battery horse" };

/** A browser that offers no passkeys among what it fills in. */
const withoutAutofill = (page: Page) =>
  page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);
  });

async function becomeAdmin(page: Page, { setUpLink }: FreshProduct): Promise<void> {
  await page.goto(setUpLink);
  await page.getByLabel("Name").fill(ADMIN.name);
  await page.getByLabel("Email").fill(ADMIN.email);
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Create and sign in" }).click();
  await expect(page.getByText("at least 10 characters.").last()).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.getByRole("button", { name: "Create and sign in" }).click();
  await expect(page).toHaveURL(/\/inbox/);
  await takesClicks(page);
}

async function inviteMember(page: Page): Promise<string> {
  await page.getByRole("link", { name: "Settings" }).first().click();
  await page.getByRole("link", { name: "Team and roles" }).click();
  await page.getByRole("button", { name: "Invite" }).click();
  const sheet = page.getByRole("dialog", { name: "Invite to the team" });
  await sheet.getByLabel("Email").fill(MEMBER.email);
  await sheet.getByLabel("Name (optional)").fill(MEMBER.name);
  await sheet.getByRole("radio", { name: /Moderator/ }).check();
  await sheet.getByRole("button", { name: "Invite" }).click();
  const link = await page.getByRole("dialog").getByLabel("Link").inputValue();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("tab", { name: /Invited/ }).click();
  await expect(page.getByText(MEMBER.email)).toBeVisible();
  await page.getByRole("tab", { name: /Members/ }).click();
  return link.replace("127.0.0.1", "localhost");
}

async function join(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await expect(page.getByText(`${ADMIN.name} invites you as Moderator.`)).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue(MEMBER.name);
  await page.getByLabel("Password", { exact: true }).fill(MEMBER.password);
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page).toHaveURL(/\/inbox/);
}

async function setUpTotp(page: Page): Promise<{ totp: TOTP; backupCodes: string[] }> {
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByRole("img", { name: /QR code/ })).toBeVisible();
  const secret = (await page.locator("code").innerText()).replaceAll(" ", "");
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  await page.getByLabel("Six digits").pressSequentially(totp.generate());
  const codes = page.getByRole("region", { name: "Backup codes" });
  await expect(codes.getByRole("listitem")).toHaveCount(10);
  const backupCodes = await codes.getByRole("listitem").allInnerTexts();
  const downloading = page.waitForEvent("download");
  await codes.getByRole("link", { name: "Download" }).click();
  expect((await downloading).suggestedFilename()).toBe("pult-backup-codes.txt");
  await codes.getByRole("button", { name: "I have saved them" }).click();
  await expect(page.getByText("10 backup codes left")).toBeVisible();
  return { totp, backupCodes };
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Account, / }).click();
  const signedOut = page.waitForURL(/\/sign-in$/);
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await signedOut;
}

async function showPassword(page: Page): Promise<void> {
  await page.getByLabel("Email").fill(MEMBER.email);
  await page.getByLabel("Password", { exact: true }).fill(MEMBER.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

const openProfile = (page: Page, { origin }: Pick<FreshProduct, "origin">) => page.goto(`${origin}/settings/security`);

test.describe("a new installation", () => {
  let fresh: FreshProduct;
  test.beforeAll(async () => {
    fresh = await startFresh();
  });
  test.afterAll(() => fresh.stop());

  test("from the set-up link to a colleague with two factors, who is deactivated while their page is open", async ({
    page: admin,
    other: member,
  }) => {
    await becomeAdmin(admin, fresh);
    const link = await inviteMember(admin);

    await join(member, link);
    await member.goto(link);
    await expect(member.getByText("This link is no longer valid")).toBeVisible();

    await openProfile(member, fresh);
    const { totp, backupCodes } = await setUpTotp(member);
    await signOut(member);

    await showPassword(member);
    await expect(member.getByText(`One more step for ${MEMBER.email}.`)).toBeVisible();
    await member.getByLabel("Code").pressSequentially("000000");
    await expect(member.getByText("Wrong or already used code.")).toBeVisible();
    // The code that turned it on is used up; the next one is taken early.
    await member.getByLabel("Code").fill(totp.generate({ timestamp: Date.now() + 30_000 }));
    await expect(member).toHaveURL(/\/inbox/);

    await plugInAuthenticator(member);
    await openProfile(member, fresh);
    await member.getByRole("button", { name: "Add passkey" }).click();
    await expect(member.getByRole("list", { name: "Passkeys" }).getByRole("listitem")).toHaveCount(1);
    await member.getByRole("button", { name: /^Rename or remove/ }).click();
    await member.getByRole("menuitem", { name: "Rename" }).click();
    await member.getByLabel("Name of the passkey").fill("Work laptop");
    await member.getByRole("button", { name: "Save" }).click();
    await expect(member.getByText("Work laptop")).toBeVisible();
    // The device is asked by the field that it fills in, and answers at once.
    await signOut(member);
    await expect(member).toHaveURL(/\/inbox/);
    await withoutAutofill(member);
    await signOut(member);
    await member.getByRole("button", { name: "Sign in with a passkey" }).click();
    await expect(member).toHaveURL(/\/inbox/);
    await signOut(member);

    await showPassword(member);
    await member.getByRole("button", { name: "Use a backup code" }).click();
    await member.getByLabel("Backup code").fill(backupCodes[0] ?? "");
    await member.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(member).toHaveURL(/\/inbox/);
    await openProfile(member, fresh);
    await expect(member.getByText("9 backup codes left")).toBeVisible();

    // Their rights change under the open page.
    const settings = member.getByRole("navigation", { name: "Settings" });
    await expect(settings.getByRole("link", { name: "API keys" })).toHaveCount(0);
    await member.evaluate(() => document.body.setAttribute("data-marked", "1"));
    await admin.reload();
    await admin.getByRole("button", { name: `Role of ${MEMBER.name}: Moderator` }).click();
    await admin.getByRole("menuitem", { name: "Administrator" }).click();
    await expect(settings.getByRole("link", { name: "API keys" })).toBeVisible({ timeout: 3_000 });
    await admin.getByRole("button", { name: "Undo" }).click();
    await expect(settings.getByRole("link", { name: "API keys" })).toHaveCount(0, { timeout: 3_000 });
    await expect(member.locator("body")).toHaveAttribute("data-marked", "1");

    await admin.getByRole("button", { name: `Actions for ${MEMBER.name}` }).click();
    await admin.getByRole("menuitem", { name: "Deactivate" }).click();
    await admin.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
    await expect(member).toHaveURL(/\/sign-in\?next=%2Fsettings%2Fsecurity/, { timeout: 2_000 });
    await showPassword(member);
    await expect(member.getByText(/wrong e-?mail or password/i)).toBeVisible();

    await admin.getByRole("button", { name: "Undo" }).click();
    await admin.getByRole("button", { name: `Actions for ${MEMBER.name}` }).click();
    await admin.getByRole("menuitem", { name: "Password reset link" }).click();
    const reset = (await admin.getByLabel("Link", { exact: true }).inputValue()).replace("127.0.0.1", "localhost");
    await member.goto(reset);
    await member.getByLabel("New password").fill("another staple horse");
    await member.getByRole("button", { name: "Save and sign in" }).click();
    await member.getByRole("button", { name: "Use a backup code" }).click();
    await member.getByLabel("Backup code").fill(backupCodes[1] ?? "");
    await member.getByRole("button", { name: "Save and sign in" }).click();
    await expect(member).toHaveURL(/\/inbox/);
    await admin.goto(`${fresh.origin}/settings/keys`);
    await expect(admin.getByText("No keys yet")).toBeVisible();
  });

  test("links that are not good say so, and what to do", async ({ browser }) => {
    // What is asked for in vain is logged by the browser.
    const page = await browser.newPage();
    for (const path of ["setup", "invitation", "reset"]) {
      await page.goto(`${fresh.origin}/${path}#token=nothing-of-the-kind`);
      await expect(page.getByText("This link is no longer valid")).toBeVisible();
      await expect(page.getByRole("link", { name: "Back to sign in" })).toBeVisible();
    }
    await page.goto(`${fresh.origin}/forgot`);
    await expect(page.getByText("Email is not configured")).toBeVisible();
    await page.goto(`${fresh.origin}/sign-in?error=telegramUnknown`);
    await expect(page.getByText(/This Telegram account is not connected to any agent/)).toBeVisible();
    await page.close();
  });
});

async function signOutOthers(page: Page, product: Product): Promise<void> {
  await openProfile(page, product);
  await page.getByRole("button", { name: "Sign out all others" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
}

test("a session ended from another browser ends on the page too, without a click", async ({ page, other, product }) => {
  await signIn(page, product);
  await signIn(other, product);
  await signOutOthers(page, product);
  await expect(other).toHaveURL(/\/sign-in\?next=%2Finbox/, { timeout: 2_000 });
  await expect(page).toHaveURL(/\/settings\/security/);
  await expect(page.getByText("this one")).toBeVisible();
});

test("a session that ended while the network was cut is found out when it is back", async ({
  page,
  other: away,
  product,
}) => {
  await signIn(page, product);
  await signIn(away, product);
  await expect(away.getByRole("status").filter({ hasText: /^Connected$/ })).toHaveCount(1);
  await away.context().setOffline(true);
  await signOutOthers(page, product);
  await expect(page.getByText(/sessions? ended/)).toBeVisible();
  await away.context().setOffline(false);
  await expect(away).toHaveURL(/\/sign-in\?next=%2Finbox/, { timeout: 10_000 });
});
