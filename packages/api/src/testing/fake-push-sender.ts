import type { PushMessage, PushResult, PushSender, PushTarget } from "../push/sender.ts";

const MAX_BYTES = 3993;

export interface FakePush {
  target: PushTarget;
  /** As the device would show it, its body cut to fit. */
  message: PushMessage;
  result: PushResult;
}

/**
 * A push provider in memory: accepts everything, remembers it, and answers otherwise only where it was told to. Throws when it is
 * handed what no provider would take, for that is a mistake of the caller.
 */
export class FakePushSender implements PushSender {
  readonly vapidPublicKey = `B${"A".repeat(86)}`;
  readonly pushes: FakePush[] = [];
  /** Answered to every push while it is set; answers told to `answerNext` come first. */
  answerAll: PushResult | null = null;
  #byDevice = new Map<string, PushResult>();
  #next: PushResult[] = [];

  /** Pushes that were accepted, oldest first. */
  get delivered(): FakePush[] {
    return this.pushes.filter(({ result }) => result.state === "accepted");
  }

  /** The next pushes are answered with these, in order. */
  answerNext(...results: PushResult[]): void {
    this.#next.push(...results);
  }

  /** From now on every push to this device is answered with this, unless `answerNext` or `answerAll` says otherwise. */
  answerFor(target: PushTarget, result: PushResult): void {
    this.#byDevice.set(nameOf(target), result);
  }

  /** From now on this device is gone for good. */
  markGone(target: PushTarget): void {
    this.answerFor(target, { state: "removed", providerStatus: 410, reason: "gone" });
  }

  async send(target: PushTarget, message: PushMessage): Promise<PushResult> {
    assertSendable(target, message);
    const fitted = fit(message);
    const result = fitted === null ? TOO_LONG : (this.#next.shift() ?? this.answerAll ?? this.#usual(target));
    this.pushes.push({ target, message: fitted ?? message, result });
    return result;
  }

  #usual(target: PushTarget): PushResult {
    const told = this.#byDevice.get(nameOf(target));
    return told ?? { state: "accepted", providerStatus: target.provider === "fcm" ? 200 : 201, reason: null };
  }
}

const TOO_LONG: PushResult = { state: "failed", providerStatus: null, reason: "The push does not fit" };

function assertSendable(target: PushTarget, { title, body, data, collapseKey, ttlSeconds }: PushMessage): void {
  const problems = [
    nameOf(target) === "" && "the device has no name",
    typeof title !== "string" && "title is not text",
    typeof body !== "string" && "body is not text",
    !/^[A-Za-z0-9_-]{1,32}$/.test(collapseKey) && `collapseKey is not 1 to 32 characters of base64url: ${collapseKey}`,
    !Object.values(data).every((value) => typeof value === "string") && "data holds something other than text",
    !(Number.isInteger(ttlSeconds) && ttlSeconds >= 0 && ttlSeconds <= 2_419_200) && `ttlSeconds is ${ttlSeconds}`,
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new Error(`FakePushSender: ${problems.join("; ")}`);
}

function nameOf(target: PushTarget): string {
  return target.provider === "fcm" ? target.token : target.subscription.endpoint;
}

function fit(message: PushMessage): PushMessage | null {
  const bytes = (body: string) => Buffer.byteLength(JSON.stringify({ ...message, body }));
  if (bytes("") > MAX_BYTES) return null;
  if (bytes(message.body) <= MAX_BYTES) return message;
  const points = Array.from(message.body.slice(0, MAX_BYTES));
  while (bytes(`${points.join("")}…`) > MAX_BYTES) points.splice(-Math.ceil(points.length / 20));
  return { ...message, body: `${points.join("")}…` };
}
