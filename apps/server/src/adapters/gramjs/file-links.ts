import { TelegramFailure } from "@pult/api/chats/engine/port.ts";
import { Api } from "telegram";
import type { AccountLink } from "./account-link.ts";
import { isHandshakeFlaw, toFailure } from "./failures.ts";
import { introduce } from "./introduce.ts";
import { type AnyRequest, Link, LinkDropped } from "./link.ts";

const IDLE_MS = 30_000;
const MAX_ATTEMPTS = 4;

/** Connections for files, one per data centre, so that a large one holds up no message. They are closed when they are not used. */
export class FileLinks {
  readonly #account: AccountLink;
  readonly #links = new Map<number, { link: Promise<Link>; idle: NodeJS.Timeout | undefined }>();
  /** Of other data centres than the account's. */
  readonly #keys = new Map<number, Link["authKey"]>();
  #isClosed = false;

  constructor(account: AccountLink) {
    this.#account = account;
  }

  /**
   * Parts of files can be asked for and sent again, so a dropped connection is taken up again.
   * @throws errors of gramjs when Telegram refuses, and TelegramFailure
   */
  call<Answer>(dataCentre: number, request: AnyRequest<Answer>, given?: AbortSignal): Promise<Answer> {
    return this.#account.counted(request, () => this.#call(dataCentre, request, given));
  }

  async #call<Answer>(dataCentre: number, request: AnyRequest<Answer>, given?: AbortSignal): Promise<Answer> {
    const signal = AbortSignal.any([
      AbortSignal.timeout(this.#account.options.times.callMs),
      ...(given ? [given] : []),
    ]);
    for (let attempt = 1; ; attempt++) {
      try {
        return await (await this.#linkOf(dataCentre)).invoke(request, { signal });
      } catch (error) {
        if (error === signal.reason || this.#isClosed) throw new TelegramFailure("down", "TIMEOUT", { cause: error });
        if (attempt === MAX_ATTEMPTS || !this.#mayTryAgain(error, dataCentre)) throw error;
      }
    }
  }

  #mayTryAgain(error: unknown, dataCentre: number): boolean {
    if (error instanceof LinkDropped || isHandshakeFlaw(error)) return true;
    const { kind, reason } = toFailure(error);
    if (kind !== "expired") return false;
    if (dataCentre === this.#account.dataCentre) {
      this.#account.expire(reason);
      return false;
    }
    // The other data centre forgot whose key it is: it has to be told again.
    this.#keys.delete(dataCentre);
    const entry = this.#links.get(dataCentre);
    if (entry) this.#forget(dataCentre, entry.link);
    return true;
  }

  async #linkOf(dataCentre: number): Promise<Link> {
    if (this.#isClosed) throw new TelegramFailure("down", "TIMEOUT");
    const known = this.#links.get(dataCentre);
    const entry = known ?? { link: this.#open(dataCentre), idle: undefined };
    this.#links.set(dataCentre, entry);
    clearTimeout(entry.idle);
    entry.idle = setTimeout(() => this.#forget(dataCentre, entry.link), IDLE_MS);
    const link = await entry.link.catch((error: unknown) => {
      this.#forget(dataCentre, entry.link);
      throw error;
    });
    if (!link.hasEnded) return link;
    this.#forget(dataCentre, entry.link);
    return this.#linkOf(dataCentre);
  }

  #forget(dataCentre: number, link: Promise<Link>): void {
    const entry = this.#links.get(dataCentre);
    if (entry?.link !== link) return;
    clearTimeout(entry.idle);
    this.#links.delete(dataCentre);
    link.then(
      (opened) => opened.close(),
      () => {},
    );
  }

  async #open(dataCentre: number): Promise<Link> {
    const { options } = this.#account;
    const isOwn = dataCentre === this.#account.dataCentre;
    const authKey = isOwn ? this.#account.authKey : this.#keys.get(dataCentre);
    const link = new Link({
      ...{ dataCentre, endpoint: this.#account.locate(dataCentre), authKey, timeoutMs: options.times.openMs },
      onUpdates: options.onUpdates,
      onDropped: (reason) => reason === "keyUnknown" && this.#keys.delete(dataCentre),
    });
    await link.open();
    if (!authKey) {
      await this.#authorize(link, dataCentre);
      this.#keys.set(dataCentre, link.authKey);
    }
    if (this.#isClosed) link.close();
    return link;
  }

  /** Another data centre learns of the account by a ticket of its own one. */
  async #authorize(link: Link, dcId: number): Promise<void> {
    try {
      const { id, bytes } = await this.#account.call(new Api.auth.ExportAuthorization({ dcId }), { repeats: true });
      await introduce(link, this.#account.options, new Api.auth.ImportAuthorization({ id, bytes }));
    } catch (error) {
      link.close();
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const [dataCentre, { link }] of this.#links) this.#forget(dataCentre, link);
  }
}
