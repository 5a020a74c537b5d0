import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { EnvError, parseEnv } from "./env.ts";

describe("parseEnv", () => {
  test("nothing given is a whole configuration: loopback, embedded database, the documents' limits, no route open", () => {
    expect(parseEnv({})).toMatchObject({
      PORT: 3000,
      HOST: "127.0.0.1",
      DATA_DIR: "./data",
      LIMIT_USER_PER_MINUTE: 100,
      LIMIT_IP_PER_MINUTE: 1_200,
      LIMIT_KEY_PER_MINUTE: 12_000,
      LIMIT_SIGN_IN_PER_15_MIN: 20,
      LIMIT_TELEGRAM_PER_SECOND: 30,
      LIMIT_TELEGRAM_GROUP_PER_MINUTE: 20,
      LEGACY_AUTH: "required",
      SANDBOX: false,
      DEMO: false,
      ALLOWED_ORIGINS: [],
      PHOTO_URL_HOSTS: [],
    });
  });

  test.each([
    ["PORT", ["x", "-1", "65536", "1.5", " ", "0x50", "1e3"]],
    ["HOST", ["my host", "-", "http://localhost", "fe80::1%eth0"]],
    ["PUBLIC_URL", ["desk.example.com", "/", "x", "localhost:3000", "ftp://desk.example", "https://desk.example/pult"]],
    [
      "ALLOWED_ORIGINS",
      ["*", "null", "https://a.example,b.example", "capacitor://", "data:text/html,x", "localhost:3000"],
    ],
    ["TRUSTED_PROXIES", ["10.0.0.0/8", "nginx", "10.0.0.1,::1,proxy"]],
    ["PHOTO_URL_HOSTS", ["https://cdn.example.com", "cdn.example.com/photos", "*.example.com", "cdn.example.com,a b"]],
    ["VAPID_PUBLIC_KEY", ["public", `${"A".repeat(86)}=`]],
    ["VAPID_PRIVATE_KEY", ["abc/def", "A".repeat(44)]],
    ["DATABASE_URL", ["mysql://localhost/x", "localhost"]],
    ["REDIS_URL", ["localhost:6379", "http://localhost", "redis://", "redis://localhost/x", "redis://localhost/0/1"]],
    [
      "REDIS_URL",
      ["redis://a:1,b:2", "redis://a:1/1,redis://b:2/1", "redis+sentinel://a:1", "redis+sentinel://a/name"],
    ],
    ["SANDBOX", ["yes", "true", "2"]],
    ["DEMO", ["on"]],
    ["LIMIT_USER_PER_MINUTE", ["-1", "1.5", "many", " ", "Infinity"]],
    ["LIMIT_IP_PER_MINUTE", ["-1"]],
    ["LIMIT_KEY_PER_MINUTE", ["0.5"]],
    ["LIMIT_SIGN_IN_PER_15_MIN", ["x"]],
    ["JWT_SECRET", ["short"]],
    ["PULT_ADMIN_KEY", ["secret", `pult_${"k".repeat(42)}`, `pult_${"k".repeat(43)}_00000000`]],
    ["TELEGRAM_BOT_TOKEN", ["token", "123:", "123:a/../b"]],
    ["TELEGRAM_API_ROOT", ["api.telegram.org"]],
    ["TELEGRAM_API_ID", ["0", "abc", "1.5", "2147483648"]],
    ["TELEGRAM_API_HASH", ["abc", "g".repeat(32), "0".repeat(33)]],
    ["TELEGRAM_DC", ["localhost", "host:0", "host:65536", "::1:443", "[host]:443", "http://host:443", "[::1]"]],
    ["TELEGRAM_DC_KEY", ["key", "-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----"]],
    ["TELEGRAM_WEBHOOK_SECRET", ["a b", "x".repeat(257)]],
    ["GROUP_CHAT_ID", ["@group", "1.5", " "]],
    ["FCM_API_ROOT", ["fcm"]],
    ["VAPID_SUBJECT", ["me@example.com"]],
    ["LEGACY_AUTH", ["closed", "OPEN"]],
    ["LOG_LEVEL", ["loud"]],
  ])("%s that is malformed stops the start and is named", (name, values) => {
    for (const value of values) {
      expect(() => parseEnv({ [name]: value }), `${name}=${value}`).toThrow(EnvError);
      expect(() => parseEnv({ [name]: value })).toThrow(new RegExp(`^${name}`));
    }
  });

  test("the values that the notification protocol's document prints are taken", () => {
    const printed = { JWT_SECRET: "your_jwt_secret_here", INSTAGRAM_APP_SECRET: "your_app_secret" };
    expect(parseEnv({ ...printed, WS_PORT: "8080" })).toMatchObject({ ...printed, PORT: 8080 });
  });

  test("an error never repeats a secret", () => {
    const secrets = { JWT_SECRET: "hunter2", PULT_ADMIN_KEY: "hunter2", TELEGRAM_BOT_TOKEN: "hunter2" };
    let told = "";
    try {
      parseEnv(secrets);
    } catch (error) {
      told = String(error);
    }
    expect(told).toContain("PULT_ADMIN_KEY");
    expect(told).not.toContain("hunter2");
  });

  test.each([
    ["SERVER_PORT", "PORT", "4000", 4000],
    ["WS_PORT", "PORT", "4000", 4000],
    ["SERVER_HOST", "HOST", "::1", "::1"],
    ["FRONTEND_URL", "ALLOWED_ORIGINS", "https://a.example/path", ["https://a.example"]],
    ["BOT_TOKEN", "TELEGRAM_BOT_TOKEN", "1:a", "1:a"],
  ] as const)("%s means %s; equal ones agree, different ones stop the start", (alias, name, value, expected) => {
    expect(parseEnv({ [alias]: value })[name]).toEqual(expected);
    expect(parseEnv({ [alias]: value, [name]: value })[name]).toEqual(expected);
    expect(() => parseEnv({ [alias]: value, [name]: "other" })).toThrow(
      `${alias} and ${name} mean the same and disagree`,
    );
  });

  test("addresses are kept as they will be compared", () => {
    expect(
      parseEnv({
        PUBLIC_URL: "https://Desk.Example:443/",
        ALLOWED_ORIGINS: "https://a.example/path, capacitor://localhost",
        PHOTO_URL_HOSTS: "CDN.example.com, 127.0.0.1:4000",
        TRUSTED_PROXIES: "10.0.0.1, ::1",
      }),
    ).toMatchObject({
      PUBLIC_URL: "https://desk.example",
      ALLOWED_ORIGINS: ["https://a.example", "capacitor://localhost"],
      PHOTO_URL_HOSTS: ["cdn.example.com", "127.0.0.1:4000"],
      TRUSTED_PROXIES: ["10.0.0.1", "::1"],
    });
  });

  test("a data centre of one's own is an address and a key, line ends written out or not", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    for (const type of ["pkcs1", "spki"] as const) {
      const pem = String(publicKey.export({ type, format: "pem" }));
      const given = { TELEGRAM_DC: "[::1]:4430", TELEGRAM_DC_KEY: pem.replaceAll("\n", "\\n") };
      expect(parseEnv(given)).toMatchObject({ TELEGRAM_DC: { host: "::1", port: 4430 } });
      expect(parseEnv(given).TELEGRAM_DC_KEY).toEqual(parseEnv({ ...given, TELEGRAM_DC_KEY: pem }).TELEGRAM_DC_KEY);
    }
  });

  test("metrics have a port of their own", () => {
    expect(() => parseEnv({ PORT: "4000", METRICS_PORT: "4000" })).toThrow(/^METRICS_PORT must be another/);
    expect(parseEnv({ PORT: "0", METRICS_PORT: "0" })).toMatchObject({ METRICS_PORT: 0 });
  });

  test("an empty variable counts as absent", () => {
    expect(parseEnv({ PORT: "", SERVER_PORT: "4000", JWT_SECRET: "" })).toMatchObject({ PORT: 4000 });
  });

  test.each(["SANDBOX", "DEMO"])("%s=1 needs a loopback host", (name) => {
    for (const HOST of ["127.0.0.1", "::1", "localhost"]) expect(parseEnv({ [name]: "1", HOST }).HOST).toBe(HOST);
    for (const HOST of ["0.0.0.0", "::", "192.168.1.2", "example.com"]) {
      expect(() => parseEnv({ [name]: "1", HOST })).toThrow(/^HOST must be a loopback address/);
    }
  });

  test("several nodes must be given what one would make for itself; each that is absent is named", () => {
    const shared = {
      DATABASE_URL: "postgres://db/pult",
      JWT_SECRET: "a secret of sixteen or more",
      ENCRYPTION_KEY: Buffer.alloc(32).toString("base64"),
      VAPID_PUBLIC_KEY: "B".repeat(87),
      VAPID_PRIVATE_KEY: "p".repeat(43),
    };
    const REDIS_URL = "rediss://user:hunter2@redis.example:6380/3";
    expect(parseEnv({ ...shared, REDIS_URL })).toMatchObject({ REDIS_URL });
    for (const name of Object.keys(shared)) {
      const error = new RegExp(`^REDIS_URL is for several nodes, .* ${name}$`);
      expect(() => parseEnv({ ...shared, REDIS_URL, [name]: "" })).toThrow(error);
    }
    expect(() => parseEnv({ REDIS_URL })).toThrow(
      /DATABASE_URL, JWT_SECRET, ENCRYPTION_KEY, VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY$/,
    );
    expect(() => parseEnv({ REDIS_URL: "redis//user:hunter2@redis" })).not.toThrow(/hunter2/);
  });

  test("half a VAPID pair stops the start", () => {
    expect(() => parseEnv({ VAPID_PUBLIC_KEY: "B".repeat(87) })).toThrow(/VAPID_PRIVATE_KEY/);
  });

  test("half of Telegram Login stops the start, and so does an issuer that could be overheard", () => {
    expect(() => parseEnv({ TELEGRAM_LOGIN_CLIENT_ID: "1" })).toThrow(/TELEGRAM_LOGIN_CLIENT_SECRET belong together/);
    expect(() => parseEnv({ TELEGRAM_LOGIN_CLIENT_SECRET: "12345678" })).toThrow(/TELEGRAM_LOGIN_CLIENT_ID and/);
    expect(parseEnv({}).TELEGRAM_LOGIN_ISSUER).toBe("https://oauth.telegram.org");
    for (const TELEGRAM_LOGIN_ISSUER of ["http://oauth.telegram.org", "ftp://127.0.0.1", "oauth.telegram.org"]) {
      expect(() => parseEnv({ TELEGRAM_LOGIN_ISSUER })).toThrow(/^TELEGRAM_LOGIN_ISSUER must/);
    }
    for (const TELEGRAM_LOGIN_ISSUER of ["http://127.0.0.1:4000", "http://[::1]:4000", "https://issuer.example"]) {
      expect(parseEnv({ TELEGRAM_LOGIN_ISSUER })).toMatchObject({ TELEGRAM_LOGIN_ISSUER });
    }
  });

  test("half of a Telegram app, or of a data centre of one's own, stops the start", () => {
    expect(() => parseEnv({ TELEGRAM_API_ID: "1" })).toThrow("TELEGRAM_API_ID and TELEGRAM_API_HASH belong together");
    expect(() => parseEnv({ TELEGRAM_DC: "localhost:443" })).toThrow("TELEGRAM_DC and TELEGRAM_DC_KEY belong together");
  });

  test("half of the mail settings stops the start, and so does what is no address; none shows the password", () => {
    const SMTP_URL = "smtps://user:hunter2@mail.example:465";
    const MAIL_FROM = "Pult <pult@example.com>";
    expect(parseEnv({ SMTP_URL, MAIL_FROM })).toMatchObject({ SMTP_URL, MAIL_FROM });
    expect(parseEnv({ SMTP_URL, MAIL_FROM: "pult@example.com" }).MAIL_FROM).toBe("pult@example.com");
    for (const half of [{ SMTP_URL }, { MAIL_FROM }])
      expect(() => parseEnv(half)).toThrow("SMTP_URL and MAIL_FROM belong together");
    for (const url of ["http://user:hunter2@mail.example", "mail.example", "smtp:/user:hunter2"]) {
      expect(() => parseEnv({ SMTP_URL: url, MAIL_FROM })).toThrow(/^SMTP_URL must be/);
      expect(() => parseEnv({ SMTP_URL: url, MAIL_FROM })).not.toThrow(/hunter2/);
    }
    for (const from of ["Pult", "a@b\r\nBcc: c@d", "a b@c@d <"])
      expect(() => parseEnv({ SMTP_URL, MAIL_FROM: from })).toThrow(/^MAIL_FROM must be/);
  });
});
