import { expect, replyField, signIn, test, write } from "./product.ts";

test.describe("the support loop by hand", () => {
  test("photos from the app land in topic and Inbox; the agent's answer comes back live, and as a push when the app is away", async ({
    page,
    context,
    product,
  }) => {
    await page.goto(`${product.origin}/sandbox`);
    const phone = page.getByRole("region", { name: "Customer’s phone" });
    const group = page.getByRole("region", { name: /support group/ });
    const tray = page.getByRole("region", { name: "Push and faults" });

    await phone.getByRole("button", { name: "Attach photos" }).click();
    await page
      .getByRole("menuitem", { name: /demo photo/i })
      .first()
      .click();
    await phone.getByRole("textbox").fill("Torn corner");
    await phone.getByRole("button", { name: "Send", exact: true }).click();
    await expect(phone.getByText("Torn corner")).toBeVisible();

    await group
      .getByRole("button", { name: /Demo customer 1\b/ })
      .first()
      .click();
    await expect(group.getByText("Torn corner").last()).toBeVisible();

    const inbox = await context.newPage();
    await signIn(inbox, product, "/inbox?view=all");
    await inbox.getByText("Torn corner").first().click();
    await write(replyField(inbox), "I am sorry about that");
    await expect(phone.getByText("I am sorry about that")).toBeVisible();
    await expect(group.getByText(/I am sorry about that/).last()).toBeVisible();

    await phone.getByRole("switch").click();
    await write(replyField(inbox), "A new box leaves today");
    await expect(tray.getByText("A new box leaves today")).toBeVisible();

    await group.getByRole("textbox").fill("// only for us");
    await group.getByRole("button", { name: "Send", exact: true }).click();
    await expect(inbox.getByText("only for us").last()).toBeVisible();
    await group.getByRole("textbox").fill("The courier comes at five");
    await group.getByRole("button", { name: "Send", exact: true }).click();
    await expect(inbox.getByText("The courier comes at five").last()).toBeVisible();
    await phone.getByRole("switch").click();
    await expect(phone.getByText("The courier comes at five")).toBeVisible();
    await expect(phone.getByText("only for us")).toHaveCount(0);
  });
});
