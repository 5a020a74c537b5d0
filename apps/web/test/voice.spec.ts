import type { Page } from "@playwright/test";
import type { RoomState } from "@pult/api/trading/schema.ts";
import type { VoiceSession } from "@pult/api/trading/voice/schema.ts";
import { fakeLiveKit } from "./fake-livekit.ts";
import {
  call,
  expect,
  openInTelegram,
  openMiniApp,
  type Product,
  signIn,
  startSession,
  test,
  write,
} from "./product.ts";

const command = (page: Page) => page.getByRole("textbox", { name: "Command" });
const card = (page: Page) => page.getByRole("region", { name: /^Confirm the trade/ });
const dock = (page: Page) => page.getByRole("region", { name: "Voice", exact: true });
/** What was said, with what came of it. */
const turn = (page: Page, text: RegExp | string) => dock(page).getByRole("listitem").filter({ hasText: text });
const log = (page: Page) => page.getByRole("log", { name: "Room chat" });
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

/** A room that the agent of the page has opened and joined. */
async function openRoom(page: Page, product: Product, name: string): Promise<string> {
  await signIn(page, product, "/rooms");
  const { id: roomId } = await call<{ id: string }>(page, product, "trading.rooms.create", { name });
  await call(page, product, "trading.rooms.join", { roomId });
  await page.goto(`${product.origin}/rooms/${roomId}`);
  return roomId;
}

/** A recogniser whose words are the test's. To be called before the page is opened. */
async function speech(page: Page) {
  await page.addInitScript(() => {
    class Recogniser {
      start() {
        Object.assign(window, { recogniser: this });
      }
      abort() {}
    }
    Object.assign(window, { SpeechRecognition: Recogniser });
  });
  return (transcript: string, isFinal: boolean) =>
    page.evaluate(
      ({ transcript, isFinal }) => {
        const { recogniser } = window as never as { recogniser: { heard?: object[]; onresult(event: object): void } };
        recogniser.heard ??= [];
        const { heard } = recogniser;
        const results = [...heard, Object.assign([{ transcript }], { isFinal })];
        recogniser.onresult({ resultIndex: heard.length, results });
        // What is final stays in the list, and the next one follows it.
        if (isFinal) recogniser.heard = results;
      },
      { transcript, isFinal },
    );
}

test("an order typed in the Mini App is traded once confirmed, as the dashboard sees", async ({
  page,
  other,
  product,
}) => {
  const roomId = await openRoom(other, product, "By words");
  const telegram = await openInTelegram(page);
  await openMiniApp(page, product, 6_000_000_003, `room_${roomId}`);
  await expect(page.getByText("You get 10 virtual SOL")).toBeVisible();
  await telegram.pressMain();
  await press(page, "Join voice");
  await write(command(page), "buy 0.1 SOL");
  await expect(card(page)).toContainText(/Buy for 0\.1 SOL.+Fee0\.001 SOLYou get at least[\d,]+ tokens/);
  await expect(card(page).getByText(/^or say “confirm [1-9]\d”$/)).toBeVisible();
  await expect(log(other).getByText(/bought/)).toHaveCount(0);
  await card(page).getByRole("button", { name: "Confirm" }).click();
  await expect(turn(page, /Bought [\d,]+ tokens for 0\.1 SOL$/)).toBeVisible();
  await expect(card(page)).toHaveCount(0);
  await expect(log(other)).toContainText(/Demo customer 3 bought .+ for 0\.1 SOL/);
  await expect(page.locator("header").getByText("28.14")).toBeVisible();
  await expect(other.locator("main header").getByText("28.14")).toBeVisible();
  expect(await telegram.said()).toContain(
    'web_app_trigger_haptic_feedback {"type":"notification","notification_type":"success"}',
  );
  await press(page, "Ask to speak");
  await press(other, "Let speak: Demo customer 3");
  await expect(page.getByRole("button", { name: "Ask to speak", exact: true })).toHaveCount(0);
  await write(command(page), "balance");
  await expect(turn(page, /You have 9\.9 SOL and [\d,]+ tokens$/)).toBeVisible();
});

test("spoken words draft, a typed one cancels, the spoken code confirms, and a second tab is asked", async ({
  page,
  context,
  product,
}) => {
  const say = await speech(page);
  const roomId = await openRoom(page, product, "Aloud");
  await press(page, "Join voice");
  await press(page, "Dictate");
  await say("buy half a", false);
  await expect(turn(page, /^buy half a$/)).toBeVisible();
  await say("buy half a SOL", true);
  await expect(card(page)).toContainText("Buy for 0.5 SOL");
  await write(command(page), "no, cancel");
  await expect(card(page)).toHaveCount(0);
  await expect(turn(page, "Cancelled. Nothing was traded.")).toBeVisible();
  await say("buy half a SOL", true);
  const code = /\d\d/.exec(
    await card(page)
      .getByText(/^or say/)
      .innerText(),
  )?.[0];
  await say(`confirm ${code}`, true);
  await expect(turn(page, /Bought [\d,]+ tokens for 0\.5 SOL$/)).toBeVisible();
  await expect(log(page).getByText(/bought/)).toHaveCount(1);

  const second = await context.newPage();
  await second.goto(`${product.origin}/rooms/${roomId}`);
  await press(second, "Join voice");
  await expect(dock(second)).toContainText("Voice is open in another tab or on another device");
  await expect(command(page)).toBeVisible();
  await press(second, "Continue here");
  await expect(command(second)).toBeVisible();
  await expect(dock(page)).toContainText("Voice continues in another tab or on another device.");
  // A tab that is reloaded is no second one.
  await second.reload();
  await press(second, "Join voice");
  await expect(command(second)).toBeVisible();
});

test("audio is heard, sent once the trader may speak and has unmuted, and restored after a cut", async ({
  page,
  other,
  context,
  product,
}) => {
  await context.grantPermissions(["microphone"]);
  await startSession(other, { ...product, agent: product.colleague });
  await startSession(page, product);
  const { id: roomId } = await call<{ id: string }>(other, product, "trading.rooms.create", { name: "With audio" });
  const host = await call<RoomState>(other, product, "trading.rooms.join", { roomId });
  const { me } = await call<RoomState>(page, product, "trading.rooms.join", { roomId });
  const personOf = ({ userId, traderId } = { userId: "", traderId: "" }, name: string) => ({
    ...{ identity: `agent:${userId}`, traderId, name },
  });
  const people = { me: personOf(me ?? undefined, "Me"), host: personOf(host.me ?? undefined, "Host") };
  const liveKit = await fakeLiveKit(page, await context.newPage(), people);
  // A page behind another one is drawn once a second.
  await page.bringToFront();
  await page.route("**/trpc/trading.voice.start*", async (route) => {
    const response = await route.fetch();
    const json = (await response.json()) as [{ result: { data: VoiceSession } }];
    const { data } = json[0].result;
    Object.assign(data, { url: "ws://livekit.test", liveKitToken: data.maySpeak ? "speaker" : "listener" });
    await route.fulfill({ response, json });
  });
  await page.goto(`${product.origin}/rooms/${roomId}`);
  await press(page, "Join voice");
  await expect(dock(page)).toContainText("1 speaker, 1 listening");
  const isPlaying = () => page.evaluate(() => Number(document.querySelector("audio")?.currentTime) > 0);
  await expect.poll(isPlaying).toBe(true);
  liveKit.hostSpeaks(true);
  await expect(dock(page).getByText("speaking")).toHaveCount(1);
  liveKit.hostSpeaks(false);

  await press(page, "Ask to speak");
  await expect(dock(page)).toContainText("You asked to speak.");
  const traderId = me?.traderId;
  await call(other, product, "trading.moderation.setSpeaker", { roomId, traderId, isSpeaker: true });
  await expect(dock(page)).toContainText("You may speak. Unmute to be heard.");
  await expect(dock(page)).toContainText("2 speakers, 0 listening");
  expect(liveKit.tokens).toEqual(["listener", "speaker"]);
  expect(await liveKit.received()).toBe(0);
  await press(page, "Unmute");
  await expect.poll(liveKit.received).toBeGreaterThan(10);
  await expect(dock(page)).toContainText("The room hears you.");
  liveKit.cut();
  await expect(dock(page)).toContainText("The audio is interrupted. Reconnecting");
  await expect(dock(page)).not.toContainText("Reconnecting");
  await press(page, "Mute");
  await write(command(page), "price");
  await expect(turn(page, "27.95 lamports for a token")).toBeVisible();
  liveKit.replace();
  await expect(dock(page)).toContainText("Voice continues in another tab or on another device.");
});
