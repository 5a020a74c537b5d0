import { createTRPCClient, TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { expect, it } from "vitest";
import { confirmingLink } from "./client.ts";
import type { ErrorCode } from "./errors.ts";
import type { AppRouter } from "./root.ts";

function refusal(reason: ErrorCode) {
  const data = { code: "FORBIDDEN", httpStatus: 403, reason, key: null, params: {}, retryAfterSeconds: null } as const;
  return new TRPCClientError<AppRouter>(reason, { result: { error: { code: -32003, message: reason, data } } });
}

/** A server that refuses for each of these reasons in turn, and then does what it is asked. */
function serverOf(reasons: ErrorCode[]) {
  const calls: unknown[] = [];
  const link: TRPCLink<AppRouter> =
    () =>
    ({ op }) =>
      observable((observer) => {
        calls.push(op.input);
        const reason = reasons.shift();
        if (reason) observer.error(refusal(reason));
        else {
          observer.next({ result: { type: "data", data: { secret: "s", uri: "u" } } });
          observer.complete();
        }
      });
  return { link, calls };
}

const WANTED = "CONFIRMATION_REQUIRED";

it("makes the same call once more when its caller has confirmed", async () => {
  const { link, calls } = serverOf([WANTED]);
  let asked = 0;
  const confirm = async () => ++asked > 0;
  const api = createTRPCClient<AppRouter>({ links: [confirmingLink(confirm), link] });
  expect(await api.auth.totp.begin.mutate({})).toEqual({ secret: "s", uri: "u" });
  expect(calls).toEqual([{}, {}]);
  expect(asked).toBe(1);
});

it.each<[string, { reasons: ErrorCode[]; has: boolean; asked: number; calls: number }]>([
  ["its caller does not", { reasons: [WANTED], has: false, asked: 1, calls: 1 }],
  ["it is refused for that again", { reasons: [WANTED, WANTED], has: true, asked: 1, calls: 2 }],
  ["it is refused for something else", { reasons: ["FORBIDDEN"], has: true, asked: 0, calls: 1 }],
])("gives up when %s", async (_, { reasons, has, ...expected }) => {
  const { link, calls } = serverOf([...reasons]);
  let asked = 0;
  const confirm = async () => {
    asked++;
    return has;
  };
  const api = createTRPCClient<AppRouter>({ links: [confirmingLink(confirm), link] });
  await expect(api.auth.totp.begin.mutate({})).rejects.toMatchObject({ data: { reason: reasons.at(-1) } });
  expect({ asked, calls: calls.length }).toEqual(expected);
});
