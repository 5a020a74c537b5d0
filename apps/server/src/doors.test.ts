import type { Actor } from "@pult/api/actor.ts";
import { describe, expect, it } from "vitest";
import { doorAllows, enforceDoor, findHttpDoor, findSocketDoor, HTTP_DOORS, isSupportEvent } from "./doors.ts";

describe("findHttpDoor", () => {
  it.each([
    ["GET", "/health", "health", {}],
    ["HEAD", "/health/ready", "ready", {}],
    ["POST", "/send_message", "sendMessage", {}],
    ["GET", "/message_history/anna", "messageHistory", { user_id: "anna" }],
    ["GET", "/check_device/%2e%2e%2f", "checkDevice", { user_id: "%2e%2e%2f" }],
    ["GET", "/uploads/a.png", "upload", { file: "a.png" }],
    ["POST", "/trpc/auth.me,auth.me", "trpc", {}],
    ["GET", "/socket.io/", "socketIo", {}],
    ["GET", "/sandbox", "sandboxPages", {}],
    ["POST", "/sandbox/api/world", "sandboxControl", {}],
    ["GET", "/", "pages", {}],
    ["GET", "/inbox/5", "pages", {}],
  ])("%s %s is %s", (method, path, door, params) => {
    expect(findHttpDoor(method, path)).toEqual({ door, params });
  });

  it.each([
    ["GET", "/send_message", ["POST"], "support"],
    ["POST", "/message_history/anna", ["GET"], "support"],
    ["GET", "/message_history/", [], "support"],
    ["GET", "/message_history/a/b", [], "support"],
    ["DELETE", "/uploads/a.png", ["GET", "HEAD"], "support"],
    ["GET", "/uploads/", [], "support"],
    ["GET", "/api/media", ["POST"], null],
    ["GET", "/api/__proto__", [], null],
    ["POST", "/health", ["GET", "HEAD"], null],
  ])("%s %s is no door", (method, path, allow, protocol) => {
    expect(findHttpDoor(method, path)).toEqual({ door: null, allow, protocol });
  });
});

describe("findSocketDoor", () => {
  it("knows its paths, with a slash behind them or without, and no others", () => {
    expect(["/trpc", "/trpc/", "/socket.io/", "/socket.io"].map(findSocketDoor)).toEqual([
      "trpc",
      "trpc",
      "socketIo",
      "socketIo",
    ]);
    expect(["", "/", "/ws", "/trpc//", "/trpc/x", "/__proto__"].map(findSocketDoor)).toEqual(Array(6).fill(null));
  });
});

it("isSupportEvent takes no name that every object has", () => {
  expect(["join_chat", "constructor", "__proto__", "toString", "error"].map(isSupportEvent)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});

describe("a documented door", () => {
  const { policy } = HTTP_DOORS.sendMessage;
  const customer = (namespace: string) => ({ kind: "customer", namespace, externalId: "77" }) as Actor;
  const key = (...scopes: string[]) => ({ kind: "apiKey", keyId: "k", name: "k", scopes }) as Actor;
  const agent = { kind: "agent", scopes: ["*"], roleName: "Admin" } as unknown as Actor;

  it("is for customers of the app and keys with the scope; for nobody only where it is open", () => {
    for (const open of ["required", "open"] as const) {
      expect(doorAllows(policy, customer("app"), open)).toBe(true);
      expect(doorAllows(policy, key("support:write"), open)).toBe(true);
      for (const other of [customer("telegram"), key("support:read"), key("chats:write"), key(), agent])
        expect(doorAllows(policy, other, open)).toBe(false);
    }
    expect(doorAllows(policy, { kind: "anonymous" }, "required")).toBe(false);
    expect(doorAllows(policy, { kind: "anonymous" }, "open")).toBe(true);
  });

  it("answers 401 to everybody else, as documented, where another door says 403", () => {
    expect(() => enforceDoor(policy, agent, "open")).toThrow(expect.objectContaining({ code: "UNAUTHORIZED" }));
    expect(() => enforceDoor(HTTP_DOORS.media.policy, key("chats:write"), "open")).toThrow(
      expect.objectContaining({ code: "FORBIDDEN" }),
    );
  });
});
