import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { RouteConfig } from "@hono/zod-openapi";
import type { Actor, Customer } from "@pult/api/actor.ts";
import type { Context } from "@pult/api/context.ts";
import { malformed, requestError } from "@pult/api/errors.ts";
import { mediaError } from "@pult/api/media/errors.ts";
import { removeUploads } from "@pult/api/media/files.ts";
import { storableText } from "@pult/api/storable.ts";
import { MAX_FILE_BYTES, uploadAttachment } from "@pult/api/support/attachments.ts";
import { uploaderOf } from "@pult/api/support/customer.ts";
import {
  countDevices,
  markRead,
  readHistory,
  registerDevice,
  sendAsCustomer,
} from "@pult/api/support/customer-service.ts";
import { OWN_CLIENT_ID } from "@pult/api/support/message-writer.ts";
import { uploadPhoto } from "@pult/api/support/photos.ts";
import { MAX_PHOTOS, MAX_TEXT_LENGTH } from "@pult/api/support/schema.ts";
import { hashContent } from "@pult/api/support/text.ts";
import type { Call } from "../../gateway.ts";
import { readForm, readJson } from "../../http/body.ts";
import { decode } from "../../http/decode.ts";
import type { AnswerOf, InputOf } from "../../http/documented.ts";
import { contextOf } from "../../http/identify.ts";
import { readMultipart } from "../../http/multipart.ts";
import { admitCustomer, type Named, type SupportOptions } from "./access.ts";
import type * as api from "./api.ts";
import {
  encodeDevices,
  encodeHistory,
  encodeRegistered,
  encodeSent,
  type SendMessageRequest,
  sendMessageBody,
} from "./wire.ts";

interface RestOptions extends SupportOptions {
  /** The bytes behind a client's `photo_url`. @throws DomainError */
  fetchPhoto(url: string): AsyncIterable<Uint8Array>;
}

/** @throws DomainError */
type Handler<Config extends RouteConfig> = (call: Call, input: InputOf<Config>) => Promise<AnswerOf<Config>>;

const MAX_JSON_BYTES = 256 * 1024;
const MAX_CLIENT_ID_LENGTH = 255;

/** The REST half of the support protocol. @see PROTOCOL.md */
export function createSupportRest(options: RestOptions) {
  const { deps } = options;
  const seen = new SeenMarks();

  const customerOf = ({ actor }: Call, request: Named): Promise<Customer> => admitCustomer(actor, request, options);

  const contextFor = (customer: Customer, { request, ip }: Call): Context =>
    contextOf(deps, { request, ip, actor: customer });

  const sendMessage: Handler<typeof api.sendMessage> = async (call) => {
    const upload = new Upload(options, call);
    try {
      const body = await upload.read();
      const customer = await customerOf(call, { userId: body.user_id, userName: body.user_name, access: "write" });
      const clientId = clientIdOf(body, call.request);
      checkMessage(body, upload.photoIds.length);
      if (body.photo_url !== null) await upload.fetch(body.photo_url);
      const ctx = contextFor(customer, call);
      const { message, repeated } = await sendAsCustomer({ ...ctx, actor: upload.uploader }, customer, {
        text: body.message,
        photoIds: upload.photoIds,
        clientId,
        contentHash: hashContent([storableText(body.message), upload.digests]),
      });
      if (repeated) await upload.discard();
      return encodeSent(message, deps.mediaLinks);
    } catch (error) {
      await upload.discard();
      throw error;
    }
  };

  const register: Handler<typeof api.registerDevice> = async (call, { body }) => {
    const customer = await customerOf(call, { userId: body.user_id, userName: null, access: "write" });
    const { deviceCount } = await registerDevice(contextFor(customer, call), customer, {
      platform: body.platform ?? "unknown",
      ...(body.device_id ? { deviceId: body.device_id } : {}),
      target: { provider: "fcm", token: body.fcm_token },
    });
    return encodeRegistered(deviceCount);
  };

  const history: Handler<typeof api.messageHistory> = async (call, { params, query }) => {
    const named = { userId: params.user_id, userName: query.user_name, access: "read" } as const;
    const customer = await customerOf(call, named);
    const ctx = contextFor(customer, call);
    const { messages, greeted } = await readHistory(ctx, customer, { limit: query.limit });
    // This protocol has no read receipt: a customer who fetched the history has seen it.
    const newest = messages.findLast((message) => message.kind === "agent")?.id ?? 0;
    if (seen.advance(customer.externalId, newest)) await markRead(ctx, customer, newest);
    return encodeHistory(messages, greeted, deps.mediaLinks);
  };

  const check: Handler<typeof api.checkDevice> = async (call, { params }) => {
    const customer = await customerOf(call, { userId: params.user_id, userName: null, access: "read" });
    return encodeDevices(params.user_id, await countDevices(contextFor(customer, call), customer));
  };

  return { sendMessage, registerDevice: register, messageHistory: history, checkDevice: check };
}

/** @throws DomainError `VALIDATION` beginning with what holds it */
function clientIdOf(body: SendMessageRequest, { headers }: IncomingMessage): string | null {
  const given = headers["idempotency-key"];
  const key = typeof given === "string" && given !== "" ? given : null;
  const [id, where] = body.client_id === null ? [key, "Idempotency-Key"] : [body.client_id, "client_id"];
  // Cut, two keys could become one.
  if (id && id.length > MAX_CLIENT_ID_LENGTH) throw malformed(`${where}: at most ${MAX_CLIENT_ID_LENGTH} characters`);
  if (id && OWN_CLIENT_ID.test(id)) throw malformed(`${where} must not begin with tg: or greeting:`);
  return id;
}

/** @throws DomainError `VALIDATION` beginning with the field */
function checkMessage({ message, photo_url }: SendMessageRequest, photos: number): void {
  if (message.length > MAX_TEXT_LENGTH) throw malformed(`message: at most ${MAX_TEXT_LENGTH} characters`);
  if (photos === 0 && photo_url === null && storableText(message).trim() === "")
    throw malformed("message is required where there is no photo");
}

/** How far each customer has been marked as having read, so that the same history costs no write twice. */
class SeenMarks {
  readonly #marks = new Map<string, number>();

  advance(userId: string, messageId: number): boolean {
    if (messageId <= (this.#marks.get(userId) ?? 0)) return false;
    if (this.#marks.size >= 10_000) this.#marks.clear();
    this.#marks.set(userId, messageId);
    return true;
  }
}

/** The photos of one request: stored as they come, thrown away when the request comes to nothing. */
class Upload {
  readonly photoIds: string[] = [];
  /** SHA-256 of what the client sent, so that a repeat is recognised by content. */
  readonly digests: string[] = [];
  /** Photos belong to the request until its message has them. */
  readonly uploader: Actor = { kind: "system" };
  readonly #options: RestOptions;
  readonly #call: Call;

  constructor(options: RestOptions, call: Call) {
    this.#options = options;
    this.#call = call;
  }

  async read(): Promise<SendMessageRequest> {
    const { request } = this.#call;
    const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
    if (type === "multipart/form-data") {
      const fields = await readMultipart(request, {
        maxFiles: MAX_PHOTOS,
        maxFileBytes: MAX_FILE_BYTES,
        onFile: (field, content, name) => this.#store(content, field === "file" ? { name } : null),
      });
      return decode(sendMessageBody, Object.fromEntries(fields));
    }
    if (type === "application/json") return decode(sendMessageBody, await readJson(request, MAX_JSON_BYTES));
    if (type === "application/x-www-form-urlencoded") {
      return decode(sendMessageBody, Object.fromEntries(await readForm(request, MAX_JSON_BYTES)));
    }
    throw requestError("unsupportedContentType");
  }

  async fetch(url: string): Promise<void> {
    if (this.photoIds.length >= MAX_PHOTOS) throw mediaError("tooMany", { limit: MAX_PHOTOS });
    await this.#store(this.#options.fetchPhoto(url), null);
  }

  /** @param file for one of any kind; null for a photo */
  async #store(content: AsyncIterable<Uint8Array>, file: { name: string | null } | null): Promise<void> {
    const { deps } = this.#options;
    const hash = createHash("sha256");
    const ctx: Context = { ...deps, actor: this.uploader, ip: this.#call.ip, userAgent: "" };
    const source = hashed(content, hash);
    const stored = file
      ? await uploadAttachment(ctx, { source, owner: uploaderOf(ctx.actor), name: file.name })
      : await uploadPhoto(ctx, source);
    this.photoIds.push(stored.id);
    if (file) hash.update(`\n${file.name}`);
    this.digests.push(hash.digest("base64url"));
  }

  discard(): Promise<void> {
    return removeUploads(this.#options.deps, this.photoIds);
  }
}

async function* hashed(
  content: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
}
