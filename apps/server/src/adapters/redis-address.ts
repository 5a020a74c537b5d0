/** Where Redis is: one server, the servers of a cluster, or sentinels that know which server counts. */
export type RedisAddress =
  | { kind: "server"; url: string; database: number }
  | { kind: "cluster"; urls: readonly string[]; database: 0 }
  | {
      kind: "sentinel";
      sentinels: readonly string[];
      name: string;
      database: number;
      /** Of what the sentinels name, without a host. */
      base: string;
    };

const WORDS = {
  server: "must be an address like redis://host:6379/0",
  cluster: "must be addresses of a cluster like redis://a:6379,redis://b:6379, without a database number",
  sentinel: "must be addresses of sentinels like redis+sentinel://a:26379,b:26379/name/0",
};

const SENTINEL =
  /^redis(s?)\+sentinel:\/\/(?:([^@/]*)@)?([^/?@]+)\/([\w.-]{1,100})(?:\/(\d{1,5}))?(?:\?sentinelPassword=([^&]*))?$/;

/** @throws Error in words, without the address, which may hold a password */
export function parseRedisAddress(text: string): RedisAddress {
  if (/^rediss?\+sentinel:/.test(text)) return parseSentinel(text);
  const parts = text.split(",").map((part) => part.trim());
  const kind = parts.length > 1 ? "cluster" : "server";
  const databases = parts.map((part) => databaseOf(part));
  if (databases.includes(null)) throw new Error(WORDS[kind]);
  if (kind === "server") return { kind, url: text, database: databases[0] ?? 0 };
  if (databases.some((database) => database !== 0)) throw new Error(WORDS.cluster);
  return { kind, urls: parts, database: 0 };
}

/** @returns null for what is no address */
function databaseOf(text: string): number | null {
  const url = URL.parse(text);
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === "") return null;
  return /^\/?\d{0,5}$/.test(url.pathname) ? Number(url.pathname.slice(1)) : null;
}

function parseSentinel(text: string): RedisAddress {
  const [, tls = "", login, hosts = "", name, database = "0", password] = SENTINEL.exec(text) ?? [];
  const scheme = `redis${tls}://`;
  const auth = password === undefined ? "" : `:${password}@`;
  const sentinels = hosts.split(",").map((host) => `${scheme}${auth}${host}`);
  if (!name || sentinels.some((one) => databaseOf(one) === null || !URL.parse(one)?.port))
    throw new Error(WORDS.sentinel);
  const base = `${scheme}${login === undefined ? "" : `${login}@`}`;
  return { kind: "sentinel", sentinels, name, database: Number(database), base };
}

/** Of every channel and key. In a cluster all keys belong to one server, because what stands in braces decides. */
export const prefixOf = ({ kind, database }: RedisAddress): string =>
  kind === "cluster" ? `{pult:${database}}:` : `pult:${database}:`;
