import { expect, replyField, signIn, test, write } from "./product.ts";

// A product of its own: the groups and phones are shown as they are at the start.
test.use({ settings: {} });

test("Instagram comments and messages of the sandbox's phone reach the dashboard, and answers the phone", async ({
  page,
  context,
  product,
}) => {
  await page.goto(`${product.origin}/sandbox?phone=instagram`);
  const phone = page.getByRole("region", { name: "Customer’s phone" });
  const tray = page.getByRole("region", { name: "Push and faults" });
  await phone.getByRole("button", { name: "Posts" }).click();
  const post = phone.getByRole("article", { name: /Demo post 1/ });
  await post.getByRole("textbox").fill("Which size is it? 🎁");
  await post.getByRole("button", { name: "Send comment" }).click();
  await expect(post.getByRole("list", { name: "Comments" })).toContainText("Which size is it? 🎁");
  await expect(tray.getByRole("listitem").filter({ hasText: "200 delivered" }).first()).toContainText("comments");

  const dashboard = await context.newPage();
  await signIn(dashboard, product, "/instagram");
  const events = dashboard.getByRole("list", { name: "Events" });
  await expect(events.getByRole("button", { name: /@demo\.person\.1 .*Which size is it\? 🎁/ })).toBeVisible();

  await phone.getByRole("button", { name: "Messages" }).click();
  await phone.getByRole("textbox").fill("Do you deliver?");
  await phone.getByRole("button", { name: "Send", exact: true }).click();
  await expect(events.getByRole("button", { name: /Do you deliver\?/ })).toBeVisible();
  await dashboard.goto(`${product.origin}/inbox?view=all`);
  await dashboard.getByText("Do you deliver?").first().click();
  await write(replyField(dashboard), "To your door");
  await expect(phone.getByText("To your door")).toBeVisible();
});

test("a broadcast from Live shows in the sandbox's live group and is pinned there", async ({
  page,
  context,
  product,
}) => {
  await page.goto(`${product.origin}/sandbox?group=live`);
  const group = page.getByRole("region", { name: "Telegram: live group" });
  await group.getByRole("list", { name: "Topics" }).getByRole("button", { name: /Live/ }).click();

  const dashboard = await context.newPage();
  await signIn(dashboard, product, "/live");
  const pane = dashboard.getByRole("complementary", { name: "Broadcast" });
  await pane.getByLabel("Message").fill("Kick-off in ten minutes");
  await pane.getByRole("button", { name: /^Send to/ }).click();

  await expect(group.getByRole("log").getByText("Kick-off in ten minutes")).toBeVisible();
  await expect(group.getByRole("region", { name: "Pinned messages" })).toContainText("Kick-off in ten minutes");

  await group.getByRole("button", { name: "Close topic" }).click();
  await pane.getByLabel("Message").fill("Half-time");
  await pane.getByRole("button", { name: /^Send to/ }).click();
  const sent = dashboard.getByRole("list", { name: "Broadcasts" });
  await expect(sent.getByRole("listitem").filter({ hasText: "Half-time" })).toContainText("not sent");
});

test("an agent's browser registers with the sandbox, whose tray shows its pushes", async ({
  page,
  context,
  product,
}) => {
  const dashboard = await context.newPage();
  await signIn(dashboard, product, "/inbox");
  await page.goto(`${product.origin}/sandbox`);
  const tray = page.getByRole("region", { name: "Push and faults" });
  await tray.getByRole("button", { name: "Add browser" }).click();
  await page.getByRole("menuitem", { name: /agent signed in here/ }).click();
  const device = tray
    .getByRole("list", { name: "Devices" })
    .getByRole("listitem")
    .filter({ hasText: "Web Push, Dashboard" });
  await expect(device).toContainText("agent Agent A (demo)");

  const calls = `${product.origin}/trpc/notifications.push`;
  // The tray shows a device as soon as it exists; the product knows it a call later.
  const readDevices = async () => (await (await context.request.get(`${calls}.devices`)).json()).result.data.devices;
  await expect.poll(readDevices).toHaveLength(1);
  const [{ id }] = await readDevices();
  await context.request.post(`${calls}.test`, { data: { deviceId: id }, headers: { origin: product.origin } });
  await expect(device.getByRole("listitem")).toContainText("201 shown");
});

test("the demo traders of the sandbox make the demo room live until they are stopped", async ({
  page,
  context,
  product,
}) => {
  await page.goto(`${product.origin}/sandbox`);
  const panel = page.getByRole("region", { name: "Push and faults" });
  await panel.getByRole("combobox", { name: "Pace" }).selectOption("lively");
  await panel.getByRole("switch", { name: "Demo traders" }).click();
  await expect(panel.getByText(/^[1-6] traders? in the demo room, [1-9]\d* trades?$/)).toBeVisible();

  const dashboard = await context.newPage();
  await signIn(dashboard, product, "/rooms");
  await dashboard.getByRole("link", { name: "Demo room" }).click();
  const talk = dashboard.getByRole("log", { name: "Room chat" });
  await expect(talk.getByText(/^Demo trader \d (bought|sold)/).first()).toBeVisible();

  await panel.getByRole("switch", { name: "Demo traders" }).click();
  await expect(panel.getByText(/^Stopped; they trade for an hour once started/)).toBeVisible();
});

test("an account is linked with the code on its phone, and people who write to it are answered", async ({
  page,
  context,
  product,
}) => {
  await page.goto(`${product.origin}/sandbox?phone=linked`);
  const phone = page.getByRole("region", { name: "Customer’s phone" });
  const account = phone.getByRole("region", { name: "Sign-in" });
  const fact = (name: string) => account.getByRole("term").filter({ hasText: name }).locator("+ dd");
  await expect(fact("Code")).toHaveText("none asked for");

  const dashboard = await context.newPage();
  await signIn(dashboard, product, "/chats");
  await dashboard.getByRole("button", { name: "Link a Telegram account" }).click();
  const sheet = dashboard.getByRole("dialog", { name: "Link a Telegram account" });
  await sheet.getByRole("button", { name: "Agree and continue" }).click();
  await write(sheet.getByLabel("Phone number", { exact: true }), await fact("Phone").innerText());
  await expect(fact("Code")).toHaveText(/^\d{5,6}$/);
  await write(sheet.getByLabel("Code from Telegram"), await fact("Code").innerText());
  await expect(sheet).toBeHidden();
  await expect(fact("Devices")).toContainText("Pult");

  const people = phone.getByRole("combobox", { name: "Person" });
  const owner = (await people.locator("option:checked").textContent()) ?? "";
  await people.selectOption("Demo customer 2");
  await phone.getByRole("list", { name: "Chats" }).getByRole("button", { name: owner }).click();
  await phone.getByRole("button", { name: "Attach photos" }).click();
  await page.getByRole("menuitem", { name: "Demo photo: a torn box" }).click();
  await expect(phone.getByRole("list", { name: "Attachments" }).getByRole("img")).toBeVisible();
  await phone.getByRole("textbox").fill("The box came like this");
  await phone.getByRole("button", { name: "Send", exact: true }).click();

  const chats = dashboard.getByRole("list", { name: "Chats of this account" });
  await chats.getByRole("link", { name: /The box came like this/ }).click();
  const thread = dashboard.getByRole("region", { name: "Chat with Demo customer 2" });
  await expect(thread.getByRole("button", { name: /^Open photo/ })).toBeVisible();
  await write(thread.getByRole("textbox", { name: "Message to Demo customer 2" }), "A new one is on its way");
  await expect(phone.getByText("A new one is on its way")).toBeVisible();
  await expect(thread.getByRole("listitem").filter({ hasText: "A new one is on its way" })).toContainText("Read");

  await page.getByRole("button", { name: "Drop now" }).last().click();
  await phone.getByRole("textbox").fill("Thank you!");
  await phone.getByRole("button", { name: "Send", exact: true }).click();
  await expect(thread.getByText("Thank you!")).toHaveCount(1);
});
