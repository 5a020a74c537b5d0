import { describeBus } from "@pult/api/testing/contracts/bus.ts";
import { describe } from "vitest";
import { openBuses } from "./test-buses.ts";
import { testRedisUrl } from "./test-redis.ts";

const url = testRedisUrl();

describe.runIf(url !== null)("on Redis", () => {
  describeBus("Redis", async () => {
    const { here, there, settled, failures, close } = await openBuses(url ?? "");
    return { here: here.bus, there: there.bus, settled, failures, [Symbol.asyncDispose]: close };
  });
});
