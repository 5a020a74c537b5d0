import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

/** Seals secrets that must be readable again, such as TOTP secrets: the database reveals nothing without the key. */
export interface Vault {
  /** @param place where it will be stored, such as `credentials/<person id>/totp`: it opens nowhere else */
  seal(place: string, secret: string): string;
  /** @throws VaultError when it was sealed for another place, with a key that is not known, or was changed */
  open(place: string, sealed: string): string;
  /** @returns null where `open` throws `VaultError` */
  openOrNull(place: string, sealed: string): string | null;
  /** The key was made by this installation for itself, and lies in its `DATA_DIR`. */
  readonly isOwn: boolean;
  /** What everything begins with that was sealed with the newest key. */
  readonly prefix: string;
}

/** What was sealed cannot be opened: a wrong key, a wrong place, or a changed row. */
export class VaultError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "VaultError";
  }
}

interface Key {
  id: string;
  bytes: Buffer;
}

const VERSION = "v1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM with a random nonce for each secret, bound to its place, under the newest key; older keys only open.
 * Sealed: `v1.<key id>.<nonce>.<ciphertext and tag>`, base64url.
 * @param keys 32 bytes each, the newest first
 * @param options.isOwn the newest was made by this installation for itself
 * @see https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf
 */
export function createVault(
  keys: readonly [Uint8Array, ...Uint8Array[]],
  { isOwn = false }: { isOwn?: boolean } = {},
): Vault {
  const known = keys.map((bytes): Key => ({ id: keyIdOf(bytes), bytes: Buffer.from(bytes) }));
  const [newest] = known;
  if (!newest || known.some(({ bytes }) => bytes.length !== 32)) throw new VaultError("A key has 32 bytes");
  const prefix = `${VERSION}.${newest.id}.`;

  function open(place: string, sealed: string): string {
    const [version, id, nonce = "", body = ""] = sealed.split(".");
    if (version !== VERSION) throw new VaultError("This was not sealed here");
    const key = known.find((one) => one.id === id);
    if (!key) throw new VaultError("Sealed with a key that is not known here");
    const bytes = Buffer.from(body, "base64url");
    try {
      const decipher = createDecipheriv("aes-256-gcm", key.bytes, Buffer.from(nonce, "base64url"))
        .setAAD(Buffer.from(place))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
    } catch {
      throw new VaultError("This was changed, or sealed for another place");
    }
  }

  return {
    isOwn,
    seal(place, secret) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", newest.bytes, nonce).setAAD(Buffer.from(place));
      const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${prefix}${nonce.toString("base64url")}.${body.toString("base64url")}`;
    },
    open,
    openOrNull(place, sealed) {
      try {
        return open(place, sealed);
      } catch (error) {
        if (error instanceof VaultError) return null;
        throw error;
      }
    },
    prefix,
  };
}

/** Tells keys apart without revealing them. */
const keyIdOf = (bytes: Uint8Array): string =>
  createHash("sha256").update("pult key id").update(bytes).digest("hex").slice(0, 8);
