import { SILENCE } from "@pult/api/connection/socket-watch.ts";
import { LEASE_TIMES } from "@pult/db/leases.ts";
import { expect, it } from "vitest";
import { PRESENCE_TIMES } from "./adapters/redis-presence.ts";
import { PUSH_DELAY } from "./app.ts";
import { parseEnv } from "./env.ts";
import { SUPPORT_SOCKET_LIMITS } from "./gateways/support/sockets.ts";
import { hasten } from "./hasten.ts";
import { SERVER_TIMES } from "./server.ts";
import { SOCKET_LIMITS } from "./sockets/guarded-socket.ts";

it("leaves every wait as it is documented, unless a test says otherwise", () => {
  const waits = {
    LEASE_TIMES,
    PRESENCE_TIMES,
    PUSH_DELAY,
    SERVER_TIMES,
    SILENCE,
    SUPPORT_SOCKET_LIMITS,
    SOCKET_LIMITS,
  };
  for (const options of Object.values(waits)) expect(hasten<object>(options, parseEnv({}))).toEqual(options);
  expect(LEASE_TIMES).toEqual({ ttlMs: 6_000, renewMs: 1_500 });
  expect(PRESENCE_TIMES).toEqual({ refreshMs: 10_000, ttlMs: 30_000 });
  expect(PUSH_DELAY).toEqual({ pushDelayMs: 4_000 });
  expect(SERVER_TIMES).toEqual({ headersMs: 20_000, headersCheckMs: 30_000, tickMs: 1_000, drainMs: 2_000 });
  expect(SILENCE).toEqual({ idleMs: 12_000, answerMs: 8_000 });
  expect(SOCKET_LIMITS).toMatchObject({ authenticateMs: 10_000, pingMs: 25_000, pongMs: 8_000 });
  expect(SUPPORT_SOCKET_LIMITS).toMatchObject({ pingMs: 25_000, pongMs: 20_000, connectMs: 10_000, idleMs: 10_000 });
});

it("divides waits and nothing else", () => {
  const options = { pingMs: 25_000, pongMs: 8_000, queueBytes: 1_024 };
  expect(hasten(options, parseEnv({ PULT_TEST_SPEED: "20" }))).toEqual({
    pingMs: 1_250,
    pongMs: 400,
    queueBytes: 1_024,
  });
});
