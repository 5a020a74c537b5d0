import type { APIRequestContext } from "@playwright/test";
import type { World } from "@pult/sandbox/control.ts";
import { expect, type Product, replyField, signIn, test, write } from "./product.ts";

/** Instagram's side: what people there do, and what they see. */
const sandboxOf = (request: APIRequestContext, { origin }: Product) => ({
  async world() {
    return ((await (await request.get(`${origin}/sandbox/api/world`)).json()) as World).instagram;
  },
  async act(path: string, data: object): Promise<void> {
    const answer = await request.post(`${origin}/sandbox/api/${path}`, { data, headers: { origin } });
    expect(answer.status(), path).toBe(200);
  },
});

test("a direct message opens in the Inbox, is answered there, and loses its words when it is unsent", async ({
  page,
  request,
  product,
}) => {
  const sandbox = sandboxOf(request, product);
  const [person] = (await sandbox.world()).people;
  const personId = person?.id ?? "";
  await sandbox.act("instagram/messages", { personId, text: "Is the demo mug in stock?" });
  await sandbox.act("instagram/account-message", { personId, text: "One moment, says the phone" });
  await signIn(page, product, "/instagram");
  await page.getByText("Is the demo mug in stock?").click();
  await page.getByRole("link", { name: "Open in Inbox" }).click();
  await page.getByRole("link", { name: new RegExp(person?.name ?? "") }).click();
  const thread = page.getByRole("main");
  await expect(thread.getByText("One moment, says the phone").last()).toBeVisible();
  await expect(page.getByText(/Reply within (23|24) h/)).toBeVisible();
  await write(replyField(page), "Yes, since Monday");
  await expect(thread.getByTitle(/Instagram: delivered/)).toBeVisible();
  const { messages } = await sandbox.world();
  expect(messages.filter(({ by }) => by === "api").map(({ text }) => text)).toEqual(["Yes, since Monday"]);
  const asked = messages.find(({ by }) => by === "person");
  await sandbox.act("instagram/unsend", { personId, mid: asked?.mid });
  await expect(thread.getByText("Deleted by its sender")).toBeVisible();
  await expect(thread.getByText("Is the demo mug in stock?")).toHaveCount(0);
});

test("a comment is answered below it and in private, and each answer's state is shown", async ({
  page,
  request,
  product,
}) => {
  const sandbox = sandboxOf(request, product);
  const { people, media } = await sandbox.world();
  const post = media.find(({ kind }) => kind === "post");
  await sandbox.act("instagram/comments", { personId: people[1]?.id, mediaId: post?.id, text: "Dishwasher safe?" });
  await signIn(page, product, "/instagram");
  await page.getByText("Dishwasher safe?").click();
  const send = page.getByRole("button", { name: "Reply", exact: true });
  await page.getByRole("textbox", { name: "Answer" }).fill("It is");
  await send.click();
  const answers = page.getByRole("list", { name: "Answers" }).getByRole("listitem");
  await expect(answers).toHaveText([/Below the comment.*It is/s]);
  await page.getByRole("button", { name: "In private" }).click();
  await page.getByRole("textbox", { name: "Answer" }).fill("We keep one for you");
  const answered = page.getByText("answered", { exact: true });
  // The log tells that the reply has been sent before the call is answered.
  await page.route("**/trpc/*replyToComment*", async (route) => {
    const response = await route.fetch();
    await expect(answers).toHaveCount(2);
    await expect(answered).toBeVisible();
    await route.fulfill({ response });
  });
  await send.click();
  await expect(answers).toHaveCount(2);
  await expect(send).toBeVisible();
  await expect(answered).toBeVisible();
  await expect(page.getByRole("button", { name: "In private" })).toHaveCount(0);
  const comments = (await sandbox.world()).comments.slice(-2);
  expect(comments).toMatchObject([{ text: "Dishwasher safe?", hasPrivateReply: true }, { text: "It is" }]);
});

test("a refused access token blocks the composer with the reason, until a check accepts it", async ({
  page,
  request,
  product,
}) => {
  const sandbox = sandboxOf(request, product);
  const [person] = (await sandbox.world()).people;
  await sandbox.act("instagram/messages", { personId: person?.id, text: "Still there?" });
  await signIn(page, product, "/inbox?view=all");
  await expect(page.getByRole("link", { name: new RegExp(person?.name ?? "") })).toBeVisible();
  await sandbox.act("faults", { instagramApi: "tokenExpired" });
  await page.goto(`${product.origin}/instagram?health=true`);
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByText("Session has expired").first()).toBeVisible();
  await page.goto(`${product.origin}/inbox?view=all`);
  await page.getByRole("link", { name: new RegExp(person?.name ?? "") }).click();
  await expect(page.getByText(/Instagram refuses the access token, so replies cannot be sent/)).toBeVisible();
  await sandbox.act("faults", { instagramApi: null });
  await page.goto(`${product.origin}/instagram?health=true`);
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByText(/valid until/)).toBeVisible();
});
