import { codeOf } from "@pult/api/testing/browser.ts";
import { SoftwareAuthenticator } from "@pult/api/testing/software-authenticator.ts";
import { describe, expect, test } from "vitest";
import { startTestSmtp } from "../../src/adapters/test-smtp.ts";
import { type ServerUnderTest, startServer } from "../server-under-test.ts";
import { type Answer, call } from "../support/calls.ts";
import { mainCell } from "../support/matrix.ts";

type Creation = { challenge: string; options: Parameters<SoftwareAuthenticator["create"]>[0] };
type Request = { challenge: string; options: Parameters<SoftwareAuthenticator["get"]>[0] };

const VERA = { name: "Vera", email: "vera@example.com", password: "the first of all" };

/** The newest set-up link that the server has printed. */
const printed = (server: ServerUnderTest): string | null =>
  [...server.logs().matchAll(/^Set up Pult: (\S+)$/gm)].at(-1)?.[1] ?? null;

const tokenOf = (link: string | null): string => /#token=([A-Za-z0-9_-]{43})$/.exec(link ?? "")?.[1] ?? "";

describe.each(mainCell())("A first start on %s", (_name, cell) => {
  test("prints a link that makes the first Admin, who invites by mail and signs in by code and passkey; then no link more", async () => {
    await using smtp = await startTestSmtp();
    const server = await startServer({ ...cell, env: { SMTP_URL: smtp.url, MAIL_FROM: "Pult <pult@example.com>" } });
    const ask = (name: string, json: object, cookie?: string): Promise<Answer> =>
      call(server, `/trpc/auth.${name}`, { json, headers: { origin: server.origin, ...(cookie ? { cookie } : {}) } });
    const dataOf = ({ body }: Answer) => (body as { result: { data: Record<string, unknown> } }).result.data;
    try {
      await expect.poll(() => printed(server)).toMatch(new RegExp(`^${server.origin}/setup#token=`));
      const stale = tokenOf(printed(server));
      await server.restart();
      await expect.poll(() => tokenOf(printed(server)) !== stale).toBe(true);
      const token = tokenOf(printed(server));
      expect((await ask("setUp.check", { token: stale })).status).toBe(404);

      const entered = await ask("setUp.complete", { token, ...VERA });
      expect(dataOf(entered)).toMatchObject({ kind: "agent", role: "Admin", email: VERA.email });
      const [cookie = ""] = entered.headers.getSetCookie().map((one) => one.split(";")[0] ?? "");
      const invited = dataOf(await ask("team.invite", { email: "anna@example.com", role: "Moderator" }, cookie));
      const url = expect.stringContaining(`${server.origin}/invitation#token=`);
      expect(invited).toMatchObject({ mailed: true, url });
      const text = expect.stringContaining(String(invited.url));
      expect(smtp.mails).toMatchObject([{ to: "anna@example.com", text }]);

      const { secret } = dataOf(await ask("totp.begin", {}, cookie));
      const code = codeOf(String(secret), new Date());
      expect(dataOf(await ask("totp.confirm", { code }, cookie)).backupCodes).toHaveLength(10);
      expect((await ask("signIn", VERA)).text).toContain("SECOND_FACTOR_REQUIRED");
      const key = new SoftwareAuthenticator({ origin: server.origin });
      const made = dataOf(await ask("passkeys.registerOptions", {}, cookie)) as unknown as Creation;
      const kept = { name: "Key", challenge: made.challenge, response: key.create(made.options) };
      expect((await ask("passkeys.register", kept, cookie)).status).toBe(200);
      const asked = dataOf(await ask("passkeys.signInOptions", {})) as unknown as Request;
      const shown = { challenge: asked.challenge, response: key.get(asked.options) };
      expect(dataOf(await ask("passkeys.signIn", shown))).toMatchObject({ email: VERA.email });
      expect((await ask("passkeys.signIn", shown)).status).toBe(400);
      await ask("totp.disable", { password: VERA.password, code: codeOf(String(secret), new Date(), 1) }, cookie);
      const anew = await ask("signIn", { email: VERA.email, password: VERA.password }, cookie);
      expect(anew.status).toBe(200);
      const former = await call(server, "/trpc/auth.me", { headers: { cookie } });
      expect(former.status).toBe(401);

      // The pause is one second long: where five tries and one more take longer, they are made again.
      const lockOut = async () => {
        for (let tries = 0; tries < 5; tries++) await ask("signIn", { email: VERA.email, password: "wrong" });
        return ask("signIn", { email: VERA.email, password: VERA.password });
      };
      let locked = await lockOut();
      for (let rounds = 0; rounds < 5 && locked.status === 200; rounds++) locked = await lockOut();
      expect([locked.status, locked.headers.get("retry-after")]).toEqual([429, "1"]);

      const lines = server.logs().split("Set up Pult:").length;
      await server.restart();
      expect(server.logs().split("Set up Pult:")).toHaveLength(lines);
      const log = server.logs().replaceAll(/^Set up Pult: .*$/gm, "");
      for (const secret of [token, VERA.password, tokenOf(String(invited.url))]) expect(log).not.toContain(secret);
    } finally {
      await server.stop();
    }
  });
});
