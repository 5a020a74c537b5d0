import { randomBytes } from "node:crypto";
import { Api } from "telegram/tl/index.js";
import { sha1 } from "./bytes.ts";
import { DH_GENERATOR, DH_PRIME, KeyExchange } from "./diffie-hellman.ts";
import { decryptIge, encryptIge, type IgeKey } from "./envelope.ts";
import type { RsaKey } from "./rsa-key.ts";
import { decodeObject, fromBytes, type TlObject, toBytes, toLong } from "./tl.ts";

/** A product of two primes below 2^63, because gramjs reads it as signed. Always the same: it proves work, no more. */
const PQ = Buffer.from("17ed48941a08f981", "hex");

/** Makes an auth key with a client. @see https://core.telegram.org/mtproto/auth_key */
export class Handshake {
  readonly #rsa: RsaKey;
  #serverNonce: Buffer = Buffer.alloc(16);
  #newNonce: Buffer = Buffer.alloc(32);
  #exchange: KeyExchange | undefined;

  constructor(rsa: RsaKey) {
    this.#rsa = rsa;
  }

  /** `authKey` comes with the last step. @throws for a request out of order or not made for this key */
  answer(request: TlObject): { reply: TlObject; authKey?: Buffer } {
    if (request instanceof Api.ReqPqMulti || request instanceof Api.ReqPq) return { reply: this.#begin(request) };
    if (request instanceof Api.ReqDHParams) return { reply: this.#exchangeKeys(request) };
    if (request instanceof Api.SetClientDHParams) return this.#finish(request);
    throw new Error(`Unexpected in a handshake: ${request.className}`);
  }

  #begin({ nonce }: Api.ReqPqMulti | Api.ReqPq): TlObject {
    this.#serverNonce = randomBytes(16);
    return new Api.ResPQ({
      nonce,
      serverNonce: fromBytes(this.#serverNonce),
      pq: PQ,
      serverPublicKeyFingerprints: [toLong(this.#rsa.fingerprint)],
    });
  }

  #exchangeKeys({ nonce, encryptedData }: Api.ReqDHParams): TlObject {
    const inner = decodeObject(this.#rsa.unpad(encryptedData));
    if (!(inner instanceof Api.PQInnerData || inner instanceof Api.PQInnerDataDc))
      throw new Error("Not p_q_inner_data");
    this.#newNonce = toBytes(inner.newNonce, 32);
    this.#exchange = new KeyExchange();
    const serverNonce = fromBytes(this.#serverNonce);
    const answer = new Api.ServerDHInnerData({
      nonce,
      serverNonce,
      g: DH_GENERATOR,
      dhPrime: DH_PRIME,
      gA: this.#exchange.publicValue,
      serverTime: Math.floor(Date.now() / 1000),
    }).getBytes();
    const plain = Buffer.concat([sha1(answer), answer]);
    const padded = Buffer.concat([plain, randomBytes((16 - (plain.length % 16)) % 16)]);
    return new Api.ServerDHParamsOk({ nonce, serverNonce, encryptedAnswer: encryptIge(padded, this.#temporaryKey()) });
  }

  #finish({ nonce, encryptedData }: Api.SetClientDHParams): { reply: TlObject; authKey: Buffer } {
    if (this.#exchange === undefined) throw new Error("set_client_DH_params before req_DH_params");
    const inner = decodeObject(decryptIge(encryptedData, this.#temporaryKey()).subarray(20));
    if (!(inner instanceof Api.ClientDHInnerData)) throw new Error("Not client_DH_inner_data");
    const authKey = this.#exchange.computeKey(inner.gB);
    const hash = sha1(this.#newNonce, Buffer.from([1]), sha1(authKey).subarray(0, 8)).subarray(4, 20);
    const serverNonce = fromBytes(this.#serverNonce);
    return { authKey, reply: new Api.DhGenOk({ nonce, serverNonce, newNonceHash1: fromBytes(hash) }) };
  }

  #temporaryKey(): IgeKey {
    const a = sha1(this.#newNonce, this.#serverNonce);
    const b = sha1(this.#serverNonce, this.#newNonce);
    const c = sha1(this.#newNonce, this.#newNonce);
    return {
      key: Buffer.concat([a, b.subarray(0, 12)]),
      iv: Buffer.concat([b.subarray(12, 20), c, this.#newNonce.subarray(0, 4)]),
    };
  }
}
