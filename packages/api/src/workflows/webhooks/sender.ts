/** A call that tells a receiver of an event. */
export interface WebhookRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What became of one. `ms` is how long it took. */
export type WebhookAnswer =
  /** @property start the beginning of the answer, for people who look for the fault; empty for a success */
  | { kind: "answered"; status: number; ms: number; start: string }
  /** The address, or one that its name stands for, is not public: nothing was sent. */
  | { kind: "private"; ms: number }
  | { kind: "noAnswer"; ms: number }
  | { kind: "unreachable"; ms: number };

/** Calls addresses that people named. Never throws for what a receiver or a resolver answers; follows no redirect. */
export interface WebhookSender {
  /** Whether an address may be called now. */
  check(url: string): Promise<"allowed" | "private" | "unresolved">;
  post(request: WebhookRequest): Promise<WebhookAnswer>;
}
