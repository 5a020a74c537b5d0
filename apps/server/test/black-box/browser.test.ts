import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { type Answer, call, callLiterally, photoForm, sendPhotos, writtenBy } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { ADMIN_KEY, mintToken, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { openRaw } from "../support/raw-socket.ts";
import { demoAgentOf, signInAt } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

const FRIEND = "https://shop.example.com";

describe.each(mainCell())("Files and origins on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, demo: true, env: { ALLOWED_ORIGINS: FRIEND } }));
  let photoPath: string;
  beforeAll(async () => {
    const photo = { photos: [{ bytes: SAMPLE_PHOTOS.png, name: "../../x.html" }], token: ADMIN_KEY };
    photoPath = (await sendPhotos(server, { user_id: "file-1", message: "" }, photo)).body.photo_url ?? "";
  });

  describe("/uploads", () => {
    test("serves a file to any caller with its signed link, as data that can never run", async () => {
      expect(photoPath).toMatch(/^\/uploads\/[A-Za-z0-9_-]{22}\.png\?e=\d+&s=[A-Za-z0-9_-]{22}$/);
      const answer = await fetch(server.origin + photoPath);
      expect(answer.status).toBe(200);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "content-type": "image/png",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "cross-origin-resource-policy": "same-site",
      });
      expect(answer.headers.get("content-disposition")).toMatch(/^inline; filename="[A-Za-z0-9_-]{22}\.png"$/);
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(bytes.subarray(1, 4).toString()).toBe("PNG");
      expect(String(bytes.length)).toBe(answer.headers.get("content-length"));
      const head = await call(server, photoPath, { method: "HEAD" });
      expect([head.status, head.text, head.headers.get("content-length")]).toEqual([200, "", String(bytes.length)]);
    });

    test("without its signature, with another file's, a forged or an expired one it is 401, with a key or without", async () => {
      const [path = "", query = ""] = photoPath.split("?");
      const signature = new URLSearchParams(query);
      const thumb = path.replace(".png", "_thumb.webp");
      const forged = query.replace(/s=(.)/, (_all, first: string) => `s=${first === "A" ? "B" : "A"}`);
      const later = query.replace(/e=\d+/, `e=${Number(signature.get("e")) + 1}`);
      for (const target of [
        path,
        `${path}?`,
        `${thumb}?${query}`,
        `${path}?${forged}`,
        `${path}?${later}`,
        `${path}?e=1&s=${signature.get("s")}`,
        `${path}?e=${signature.get("e")}&s=`,
        `${path}?e=NaN&s=${signature.get("s")}`,
      ]) {
        const answer = await call(server, target, { token: ADMIN_KEY });
        expect([target, answer.status, answer.body]).toEqual([target, 401, { success: false, error: "Unauthorized" }]);
      }
    });

    test.each([
      "/uploads/../secrets.json",
      "/uploads/..%2fsecrets.json",
      "/uploads/..%2Fsecrets.json",
      "/uploads/%2e%2e/secrets.json",
      "/uploads/%2e%2e%2fsecrets.json",
      "/uploads/%252e%252e%252fsecrets.json",
      "/uploads/..%c0%afsecrets.json",
      "/uploads/..\\secrets.json",
      "/uploads/..%5csecrets.json",
      "/uploads//../secrets.json",
      "/uploads/....//secrets.json",
      "/uploads/./../secrets.json",
      "/uploads/%00/../secrets.json",
      "/uploads/x.png%00.json",
      "/uploads/..;/secrets.json",
      "/uploads//etc/passwd",
      "/uploads/",
      "//uploads/../secrets.json",
      "http://evil.example/uploads/..%2fsecrets.json",
    ])("%s leads nowhere", async (target) => {
      const answer = await callLiterally(server, target, { authorization: `Bearer ${ADMIN_KEY}` });
      expect([401, 404]).toContain(answer.status);
      const secrets = JSON.parse(readFileSync(join(server.dataDir, "secrets.json"), "utf8"));
      expect(answer.text).not.toContain(secrets.jwtSecret);
      expect(answer.text).not.toContain("root:");
    });

    test("is for reading only", async () => {
      for (const method of ["POST", "PUT", "DELETE"])
        expect((await call(server, photoPath, { method })).status).toBe(405);
    });
  });

  describe("Origin", () => {
    const foreign = () => [
      "https://evil.example",
      "null",
      `${server.origin}.evil.example`,
      `${FRIEND}.evil.example`,
      "http://127.0.0.1",
    ];

    test("a foreign one is refused on REST, tRPC and uploads before anything happens", async () => {
      const token = await mintToken({ sub: "origin-1" });
      for (const other of foreign()) {
        const headers = { origin: other };
        const answers: Answer[] = await Promise.all([
          call(server, "/send_message", { token, headers, json: { user_id: "origin-1", message: "x" } }),
          call(server, "/register_device", { token, headers, json: { user_id: "origin-1", fcm_token: "x" } }),
          call(server, "/trpc/support.send", { token, headers, json: { text: "x", clientId: "x" } }),
          call(server, "/api/media", { token, headers, form: photoForm({}, [{ bytes: SAMPLE_PHOTOS.png }]) }),
        ]);
        expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
        for (const { headers: received } of answers) expect(received.get("access-control-allow-origin")).toBeNull();
      }
      expect(await writtenBy(server, "origin-1", { token })).toEqual([]);
    });

    test("a foreign one is told by tRPC in its own shape, and by the support protocol in its", async () => {
      const data = { code: "FORBIDDEN", httpStatus: 403 };
      const refused = { error: { message: "This origin is not allowed", data } };
      const foreign = { headers: { origin: "https://evil.example" }, json: {} };
      const ask = async (path: string) => JSON.parse((await call(server, path, foreign)).text);
      expect(await ask("/trpc/support.send")).toMatchObject(refused);
      expect(await ask("/trpc/support.send,auth.signOut?batch=1")).toMatchObject([refused, refused]);
      expect(await ask("/send_message")).toEqual({ success: false, error: "This origin is not allowed" });
    });

    test("a foreign one may read nothing in a browser: no header allows it", async () => {
      for (const other of foreign()) {
        const headers = { origin: other };
        const preflight = await call(server, "/send_message", { method: "OPTIONS", headers });
        const read = await call(server, "/message_history/origin-1", { token: ADMIN_KEY, headers });
        for (const answer of [preflight, read]) expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      }
    });

    test("a foreign one is 403 on every upgrade and on Socket.IO's polling", async () => {
      const token = await mintToken({ sub: "origin-2" });
      for (const other of foreign()) {
        const headers = { origin: other };
        for (const path of ["/trpc", "/trpc?connectionParams=1", "/socket.io/?EIO=4&transport=websocket"]) {
          await expect(openRaw(server, { path, headers })).rejects.toThrow("refused with 403");
        }
        expect((await call(server, "/socket.io/?EIO=4&transport=polling", { headers })).status).toBe(403);
        const chat = connectChat(server, { transport: "polling", headers, auth: { token } });
        expect((await chat.events.first(({ name }) => name === "refused")).data).toContain("403");
        chat.close();
      }
    });

    test("our own, an allowed one and none may come in, by every way", async () => {
      const auth = { token: await mintToken({ sub: "origin-3" }) };
      for (const from of [null, server.origin, FRIEND]) {
        const headers: Record<string, string> = from === null ? {} : { origin: from };
        const answer = await call(server, "/check_device/origin-3", { ...auth, headers });
        expect(answer.status).toBe(200);
        expect(answer.headers.get("access-control-allow-origin")).toBe(from);
        for (const transport of ["polling", "websocket"] as const) {
          const chat = connectChat(server, { transport, headers, auth });
          expect((await chat.join("origin-3")).name).toBe("joined");
          chat.close();
        }
        (await openRaw(server, { headers })).socket.close();
      }
    });

    test("an allowed page may preflight what the protocol needs", async () => {
      const asked = { method: "OPTIONS", headers: { origin: FRIEND } };
      const { status, headers } = await call(server, "/send_message", asked);
      expect({ status, ...Object.fromEntries(headers) }).toMatchObject({
        status: 204,
        "access-control-allow-origin": FRIEND,
        "access-control-allow-headers": expect.stringContaining("Idempotency-Key"),
        vary: "Origin",
      });
    });
  });

  describe("the session cookie", () => {
    test("opens our own pages' calls and sockets, and nothing when no page of ours sends it", async () => {
      const cookie = `pult_session=${await signInAt(server)}`;
      const json = { name: "By cookie", scopes: ["support:read"] };
      const { origin } = server;
      const own = await call(server, "/trpc/auth.apiKeys.create", { json, headers: { cookie, origin } });
      expect(own.status).toBe(200);
      const bare = await call(server, "/trpc/auth.apiKeys.create", { json, headers: { cookie } });
      expect(bare.status).toBe(401);
      const socket = await openRaw(server, { headers: { cookie, origin } });
      expect((await socket.ask()).result?.data).toMatchObject({ kind: "agent" });
      const stray = await openRaw(server, { headers: { cookie } });
      expect((await stray.ask()).error?.data.code).toBe("UNAUTHORIZED");
      for (const raw of [socket, stray]) raw.socket.close();
    });

    test("is HttpOnly and SameSite, and worth nothing after signing out", async () => {
      const { origin } = server;
      const answer = await call(server, "/trpc/auth.signIn", { json: demoAgentOf(server), headers: { origin } });
      const [set = ""] = answer.headers.getSetCookie();
      expect(set).toMatch(/^pult_session=ses_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Expires=/);
      expect(answer.text).not.toContain("ses_");
      const cookie = set.split(";")[0] ?? "";
      const headers = { cookie, origin };
      expect((await call(server, "/trpc/auth.me", { headers })).status).toBe(200);
      expect((await call(server, "/trpc/auth.signOut", { json: {}, headers })).status).toBe(200);
      expect((await call(server, "/trpc/auth.me", { headers })).status).toBe(401);
    });
  });
});
