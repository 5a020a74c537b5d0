import type { WebhookAnswer, WebhookRequest, WebhookSender } from "../workflows/webhooks/sender.ts";

/** A receiver in memory: what it was told, and what it answers. */
export class FakeWebhooks implements WebhookSender {
  readonly calls: WebhookRequest[] = [];
  /** For the next calls, in order; then 200. A promise is an answer that comes late. */
  readonly answers: (WebhookAnswer | Promise<WebhookAnswer>)[] = [];
  /** Asked for every call after `answers`. */
  answer = (): WebhookAnswer => answered(200);

  async check(url: string) {
    const { hostname, protocol } = new URL(url);
    if (hostname.endsWith(".invalid")) return "unresolved";
    return protocol === "https:" && hostname !== "127.0.0.1" ? "allowed" : "private";
  }

  async post(request: WebhookRequest): Promise<WebhookAnswer> {
    this.calls.push(request);
    return this.answers.shift() ?? this.answer();
  }

  /** Bodies of the calls so far. */
  get bodies(): { id: string; type: string; [name: string]: unknown }[] {
    return this.calls.map(({ body }) => JSON.parse(body));
  }
}

export const answered = (status: number, start = ""): WebhookAnswer => ({ kind: "answered", status, ms: 5, start });
