import { readFileSync } from "node:fs";
import { hashPassword } from "@pult/api/auth/account/passwords.ts";
import { addAgent } from "@pult/api/auth/team/add-agent.ts";
import type { Database } from "@pult/db/database.ts";
import { describe, expect, test } from "vitest";
import { type Answer, call } from "../support/calls.ts";
import { startDesk } from "../support/desk.ts";
import { mainCell } from "../support/matrix.ts";
import { openRaw } from "../support/raw-socket.ts";
import { useServer } from "../support/use-server.ts";

const PASSWORD = "correct horse battery";
const GUESSED = "guessed@example.com";
const ROBBED = "robbed@example.com";
const KNOWN = Array.from({ length: 12 }, (_, at) => `known-${at}@example.com`);
const UNKNOWN = KNOWN.map((email) => `un${email}`);

async function seed(db: Database): Promise<void> {
  const passwordHash = await hashPassword(PASSWORD);
  for (const email of [GUESSED, ROBBED, ...KNOWN]) {
    const agent = { email, name: "Agent", role: "Moderator", customRoleId: null, passwordHash } as const;
    await db.transaction((tx) => addAgent(tx, agent));
  }
}

describe.each(mainCell())("Guessing and stealing on %s", (_name, cell) => {
  const server = useServer(() => startDesk(cell, { seed }));

  const ask = (path: string, json: object, cookie = ""): Promise<Answer> =>
    call(server, `/trpc/auth.${path}`, { json, headers: { origin: server.origin, cookie } });
  const signIn = (email: string, password = "wrong") => ask("signIn", { email, password });
  const cookieOf = ({ headers }: Answer): string => headers.getSetCookie()[0]?.split(";")[0] ?? "";

  /** In rounds of as many at once as a guesser may well have. */
  async function guess(email: string): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let round = 0; round < 10; round++)
      answers.push(...(await Promise.all(Array.from({ length: 100 }, () => signIn(email)))));
    return answers;
  }

  test.each([
    ["an agent's e-mail", GUESSED],
    ["an unregistered e-mail", `un${GUESSED}`],
  ])("1,000 wrong passwords for %s: few are looked at, the rest wait ever longer", async (_, email) => {
    const began = performance.now();
    const answers = await guess(email);
    const looked = answers.filter(({ status }) => status === 401);
    const refused = answers.filter(({ status }) => status === 429);
    // Five, and one more each time that a pause has passed: 1 s, 2 s, 4 s …
    const seconds = (performance.now() - began) / 1000;
    expect(looked.length).toBeGreaterThanOrEqual(5);
    expect(looked.length).toBeLessThanOrEqual(5 + Math.ceil(Math.log2(seconds + 1)));
    expect(looked.length + refused.length).toBe(1_000);
    for (const { headers } of refused) expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(new Set(looked.map(({ text }) => text)).size).toBe(1);
    // A failure begins a pause of seconds by now, in which the right password counts for nothing either.
    while ((await signIn(email)).status !== 401);
    expect((await signIn(email, PASSWORD)).status).toBe(429);
  });

  test("a wrong e-mail takes as much work as a wrong password", async () => {
    await signIn(KNOWN[0] ?? "");
    await signIn(UNKNOWN[0] ?? "");
    const work = async (emails: readonly string[]) => {
      const before = cpuTicks(server.pid);
      for (const email of emails)
        for (let tries = 0; tries < 3; tries++) expect((await signIn(email)).status).toBe(401);
      return cpuTicks(server.pid) - before;
    };
    // Work, not time: what other processes do does not count. In turns, so that a warm-up counts for neither.
    const known = await work(KNOWN.slice(0, 6));
    const unknown = (await work(UNKNOWN.slice(0, 6))) + (await work(UNKNOWN.slice(6)));
    const ratio = unknown / (known + (await work(KNOWN.slice(6))));
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1.6);
  });

  test("a stolen session is worth nothing after the password was changed, and its socket is closed", async () => {
    const [own, stolen] = [cookieOf(await signIn(ROBBED, PASSWORD)), cookieOf(await signIn(ROBBED, PASSWORD))];
    const headers = { cookie: stolen, origin: server.origin };
    const thief = await openRaw(server, { headers });
    expect(await thief.ask()).toMatchObject({ result: { data: { email: ROBBED } } });
    const changed = await ask("password.change", { current: PASSWORD, next: "another horse entirely" }, own);
    expect(changed.text).toContain('"ended":1');
    const answered = performance.now();
    expect((await thief.closed).code).toBe(1008);
    expect(performance.now() - answered).toBeLessThan(1_000);
    expect((await call(server, "/trpc/auth.me", { headers })).status).toBe(401);
    expect((await call(server, "/trpc/auth.me", { headers: { cookie: own } })).status).toBe(200);
    expect((await signIn(ROBBED, PASSWORD)).status).toBe(401);
  });
});

/** Processor time that a process has used, in ticks of the kernel: 10 ms. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
