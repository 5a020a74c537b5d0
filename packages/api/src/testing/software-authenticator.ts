import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isoCBOR } from "@simplewebauthn/server/helpers";

const sha256 = (data: Uint8Array | string): Buffer => createHash("sha256").update(data).digest();
const base64url = (data: Uint8Array): string => Buffer.from(data).toString("base64url");

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const BACKUP_ELIGIBLE = 0x08;
const BACKED_UP = 0x10;
const ATTESTED = 0x40;

export interface AuthenticatorOptions {
  /** Where the browser is that talks to it. */
  origin: string;
  /** Asks its owner for a fingerprint. Default true. */
  verifiesUser?: boolean;
  /** Its passkeys are synced between devices. Default false. */
  synced?: boolean;
}

/** Changes an answer before it goes out, as an attacker between authenticator and server would like to. */
export interface Tampering {
  origin?: string;
  challenge?: string;
  type?: string;
  counter?: number;
  userHandle?: string;
}

/** An authenticator with one ES256 key, and the browser in front of it: what they answer is what real ones answer. */
export class SoftwareAuthenticator {
  /** How often it has signed; as real ones, it counts up. */
  counter = 0;
  readonly id = randomBytes(32);
  #key: KeyObject;
  #publicKey: Map<number, number | Uint8Array>;
  #userHandle = base64url(randomBytes(16));
  #rpId = "";
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    this.#key = privateKey;
    // COSE: kty EC2, alg ES256, crv P-256, x, y.
    this.#publicKey = new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, "base64url")],
      [-3, Buffer.from(y, "base64url")],
    ]);
  }

  /** As `navigator.credentials.create` answers. */
  create(options: { challenge: string; rp: { id?: string }; user: { id: string } }, tampering: Tampering = {}) {
    this.#rpId = options.rp.id ?? "";
    this.#userHandle = options.user.id;
    const attested = Buffer.concat([
      Buffer.alloc(16),
      Buffer.from([this.id.length >> 8, this.id.length & 0xff]),
      this.id,
      isoCBOR.encode(this.#publicKey),
    ]);
    const attestationObject = isoCBOR.encode(
      new Map<string, string | Uint8Array | Map<string, string>>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", Buffer.concat([this.#data(ATTESTED, tampering), attested])],
      ]),
    );
    return {
      ...this.#named(),
      response: {
        clientDataJSON: base64url(this.#clientData("webauthn.create", options.challenge, tampering)),
        attestationObject: base64url(attestationObject),
        transports: ["internal"],
      },
    };
  }

  /** As `navigator.credentials.get` answers. */
  get(options: { challenge: string; rpId?: string }, tampering: Tampering = {}) {
    this.#rpId = options.rpId ?? this.#rpId;
    this.counter += 1;
    const data = this.#data(0, tampering);
    const clientData = this.#clientData("webauthn.get", options.challenge, tampering);
    return {
      ...this.#named(),
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(data),
        signature: base64url(sign("sha256", Buffer.concat([data, sha256(clientData)]), this.#key)),
        userHandle: tampering.userHandle ?? this.#userHandle,
      },
    };
  }

  #named() {
    const id = base64url(this.id);
    return { id, rawId: id, type: "public-key" as const, clientExtensionResults: {} };
  }

  #clientData(type: string, challenge: string, tampering: Tampering): Buffer {
    const told = { type, challenge, origin: this.#options.origin, ...tampering };
    return Buffer.from(
      JSON.stringify({ type: told.type, challenge: told.challenge, origin: told.origin, crossOrigin: false }),
    );
  }

  #data(more: number, tampering: Tampering): Buffer {
    const { verifiesUser = true, synced = false } = this.#options;
    const flags = USER_PRESENT | (verifiesUser ? USER_VERIFIED : 0) | (synced ? BACKUP_ELIGIBLE | BACKED_UP : 0) | more;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(tampering.counter ?? this.counter);
    return Buffer.concat([sha256(this.#rpId), Buffer.from([flags]), count]);
  }
}
