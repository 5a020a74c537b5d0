import { createHmac, randomInt } from "node:crypto";
import { z } from "zod";
import { createSwitches } from "../faults.ts";
import { Refusal } from "../http.ts";
import type { InstagramFaults } from "./control.ts";
import type { InstagramEvent } from "./events.ts";
import { renderWebhook } from "./events.ts";
import type { InstagramHost, Webhook } from "./state.ts";
import { DAY_MS } from "./state.ts";

/** Meta tries again for 36 hours, ever less often; here within about four minutes. */
const RETRY_DELAYS_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 120_000];
const ANSWER_TIMEOUT_MS = 20_000;
const LATE_MS = 2 * DAY_MS;
/** A webhook held back to be overtaken goes after this time when none comes. */
const HELD_MS = 3_000;
const KEPT_WEBHOOKS = 60;
/** So many settled webhooks can be sent again. */
const KEPT_BODIES = 10;

const switches = z.object({
  instagramApi: z.enum(["tokenExpired", "serverError", "html", "lost", "rateLimited"]).nullable(),
  instagramWebhooks: z.enum(["twice", "reordered", "unsigned", "wronglySigned", "late"]).nullable(),
});

const OFF: InstagramFaults = { instagramApi: null, instagramWebhooks: null };

/** Sends webhooks to the product, each first in the order of what happened, then again on its own until it is answered 200. */
export class WebhookSender {
  readonly faults = createSwitches(OFF, switches);
  readonly #host: InstagramHost;
  readonly #announce: () => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #closed = new AbortController();
  #line: Promise<void> = Promise.resolve();
  #held: Webhook | null = null;

  constructor(host: InstagramHost, announce: () => void) {
    this.#host = host;
    this.#announce = announce;
  }

  /** What a state file had not delivered goes out. */
  open(): void {
    for (const webhook of this.#waiting()) this.#enqueue(webhook);
  }

  close(): void {
    this.#closed.abort();
    this.clear();
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#held = null;
  }

  /** Sends events in one webhook, if the account is subscribed to their field and an address is set. */
  send(events: readonly InstagramEvent[]): void {
    const { state } = this.#host;
    const wanted = events.filter(({ field }) => state.subscribedFields.includes(field));
    const [first] = wanted;
    if (first === undefined || state.callbackUrl === null) return;
    const { instagramWebhooks: mode } = this.faults.current();
    const webhook: Webhook = {
      id: String(state.nextId++),
      title: wanted.length === 1 ? first.field : `${first.field} × ${wanted.length}`,
      body: renderWebhook(this.#host, wanted, mode === "late" ? LATE_MS : 0),
      signature: mode === "unsigned" ? "none" : mode === "wronglySigned" ? "wrong" : "right",
      at: this.#host.now().getTime(),
      attempts: 0,
      status: null,
      state: "waiting",
    };
    state.webhooks.push(webhook);
    this.#trim();
    if (mode === "reordered") this.#reorder(webhook);
    else this.#enqueue(webhook);
    if (mode === "twice") this.#enqueue(webhook);
  }

  /** Sends a webhook again now, even one that arrived, as Meta may. @throws Refusal 404, 409 */
  retry(webhookId: string): void {
    const webhook = this.#host.state.webhooks.find(({ id }) => id === webhookId);
    if (webhook === undefined) throw new Refusal(404, "No such webhook");
    if (webhook.body === "") throw new Refusal(409, "Its content is no longer kept");
    clearTimeout(this.#timers.get(webhookId));
    this.#enqueue(webhook);
  }

  /** Verifies the address as Meta does when it is set in the app's dashboard. @throws Refusal 409 */
  async connect(url: string): Promise<void> {
    const challenge = String(randomInt(1_000_000_000, 2_000_000_000));
    const { state } = this.#host;
    const asked = new URL(url);
    asked.searchParams.set("hub.mode", "subscribe");
    asked.searchParams.set("hub.challenge", challenge);
    asked.searchParams.set("hub.verify_token", state.app.verifyToken);
    const answer = await fetch(asked, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
      .then((response) => response.text())
      .catch(String);
    if (answer !== challenge) throw new Refusal(409, "The callback URL could not be validated");
    state.callbackUrl = url;
    this.#host.changed();
    this.#announce();
  }

  #waiting(): Webhook[] {
    return this.#host.state.webhooks.filter(({ state }) => state === "waiting");
  }

  /** Each goes after the one that follows it. */
  #reorder(webhook: Webhook): void {
    const held = this.#held;
    if (held === null) {
      this.#held = webhook;
      this.#plan(webhook, HELD_MS);
      this.#announce();
    } else {
      this.#held = null;
      clearTimeout(this.#timers.get(held.id));
      this.#enqueue(webhook);
      this.#enqueue(held);
    }
  }

  #enqueue(webhook: Webhook): void {
    this.#line = this.#line.then(() => this.#attempt(webhook));
  }

  async #attempt(webhook: Webhook): Promise<void> {
    const url = this.#host.state.callbackUrl;
    const isKnown = () => this.#host.state.webhooks.includes(webhook) && !this.#closed.signal.aborted;
    if (url === null || !isKnown()) return;
    webhook.status = await this.#post(url, webhook);
    // Emptied meanwhile, or closed.
    if (!isKnown()) return;
    const delayMs = RETRY_DELAYS_MS[webhook.attempts++];
    const isDelivered = webhook.status === 200;
    webhook.state = isDelivered ? "delivered" : delayMs === undefined ? "given up" : "waiting";
    if (!isDelivered && delayMs !== undefined) this.#plan(webhook, delayMs);
    this.#host.changed();
    this.#announce();
  }

  /** The status; 0 when no answer came. */
  async #post(url: string, { body, signature }: Webhook): Promise<number> {
    const secret = signature === "wrong" ? "another secret" : this.#host.state.app.secret;
    const hash = createHmac("sha256", secret).update(body).digest("hex");
    const headers = {
      "content-type": "application/json",
      "user-agent": "facebookexternalua",
      ...(signature === "none" ? {} : { "x-hub-signature-256": `sha256=${hash}` }),
    };
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
    try {
      const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
      await response.body?.cancel();
      return response.status;
    } catch {
      return 0;
    }
  }

  #plan(webhook: Webhook, delayMs: number): void {
    clearTimeout(this.#timers.get(webhook.id));
    const timer = setTimeout(() => {
      this.#timers.delete(webhook.id);
      if (this.#held === webhook) this.#held = null;
      this.#enqueue(webhook);
    }, delayMs);
    this.#timers.set(webhook.id, timer.unref());
  }

  /** Forgets the oldest that are settled; of the others the content of the latest alone stays. */
  #trim(): void {
    const { state } = this.#host;
    const excess = state.webhooks.length - KEPT_WEBHOOKS;
    const settled = state.webhooks.filter((webhook) => webhook.state !== "waiting");
    const gone = new Set(settled.slice(0, Math.max(0, excess)));
    state.webhooks = state.webhooks.filter((webhook) => !gone.has(webhook));
    for (const webhook of settled.slice(0, -KEPT_BODIES)) webhook.body = "";
    this.#host.changed();
  }
}
