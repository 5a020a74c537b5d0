import { auditLog, backupCodes, oneTimeTokens, passkeys } from "@pult/db/schema/auth.ts";
import { outbox } from "@pult/db/schema/outbox.ts";
import { eq, like, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { ANONYMOUS, makeCustomer, refusal, SYSTEM } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";

describeOnDatabases("people.erase of an agent", { telegram: true }, (world) => {
  const people = () => world.as(SYSTEM).auth.people;
  const serve = async () => {
    const agent = await world.makeAgent({ name: "Canary Agent", email: "canary@example.com" });
    const customer = makeCustomer({ name: "Boris" });
    const { conversationId } = await world.writeAs(customer);
    const { support } = world.as(agent);
    await support.assign({ conversationId, assigneeId: agent.personId });
    await support.reply({ conversationId, text: "The answer", clientId: "a" });
    await world.deps.db.execute(
      sql`update credentials set telegram_id = '8800445566', telegram_username = 'canary' where person_id = ${agent.personId}`,
    );
    await world.deps.db
      .insert(passkeys)
      .values({ id: "canary-key", personId: agent.personId, name: "Canary phone", publicKey: "x", transports: [] });
    await world.deps.db.insert(backupCodes).values({ personId: agent.personId, codeHash: "canary-code" });
    await world.deps.db.insert(auditLog).values({
      action: "auth.signedIn",
      actorKind: "customer",
      actorId: "telegram:8800445566",
      actorName: "8800445566",
      details: { namespace: "telegram", externalId: "8800445566" },
    });
    await world.deps.db.insert(oneTimeTokens).values({
      tokenHash: "x",
      purpose: "invitation",
      data: { email: "canary@example.com", name: "Canary Agent" },
      expiresAt: world.deps.now(),
    });
    return { agent, conversationId, customer };
  };
  const disable = (personId: string) => world.as(SYSTEM).auth.team.setDisabled({ personId, disabled: true });

  it("is refused while the agent can sign in", async () => {
    const { agent } = await serve();
    await world.makeAgent({ role: "Admin" });
    await expect(people().erase({ personId: agent.personId })).rejects.toMatchObject(refusal("CONFLICT"));
  });

  it("leaves nothing of the invitation or the actions in any table", async () => {
    const admin = await world.makeAgent({ role: "Admin" });
    const { auth } = world.as(admin);
    const invitee = { email: "Canary@Example.com", name: "Canary Agent", role: "Moderator" } as const;
    await auth.team.invite(invitee);
    const withdrawn = await auth.team.invite(invitee);
    await auth.team.revokeInvitation({ id: withdrawn.id });
    const { url } = await auth.team.invite(invitee);
    const token = new URL(url).hash.slice("#token=".length);
    const guest = world.as(ANONYMOUS).auth;
    await guest.team.accept({ token, name: "Canary Agent", password: "a long canary phrase" });
    await expect(guest.signIn({ email: "canary@example.com", password: "wrong" })).rejects.toThrow();
    await guest.password.requestReset({ email: "canary@example.com" });
    await world.deps.background.idle();
    const [{ personId = "" } = {}] = await world.query<{ personId: string }>(
      sql`select person_id as "personId" from credentials where email = 'canary@example.com'`,
    );
    await auth.team.setRole({ personId, role: "Admin" });
    const customer = makeCustomer({ name: "Canary", externalId: "canary-app" });
    await world.writeAs(customer, { text: "canary words" });
    const { id: mergeId } = await people().show({ namespace: "app", externalId: customer.externalId });
    await auth.people.merge({ keepId: personId, mergeId });
    const agent = world.as({ ...admin, personId, name: "Canary Agent", email: "canary@example.com" });
    await agent.auth.profile.update({ name: "Canary the Second" });
    await agent.auth.team.invite({ email: "other@example.com", role: "Moderator" });
    await disable(personId);
    expect(await world.findWords(["canary"])).toContain("audit_log: canary");
    const count = await world.countRows("audit_log");
    await people().erase({ personId });
    expect(await world.findWords(["Canary", "canary"])).toEqual([]);
    expect(await world.countRows("audit_log")).toBe(count + 1);
    const invited = await world.deps.db
      .select()
      .from(auditLog)
      .where(eq(auditLog.action, "auth.invited"))
      .orderBy(auditLog.id);
    expect(invited.map(({ targetName }) => targetName)).toEqual([null, null, null, "other@example.com"]);
  });

  it("keeps what the agent wrote, under no name", async () => {
    const { agent, conversationId, customer } = await serve();
    const admin = await world.makeAgent({ role: "Admin" });
    await disable(agent.personId);
    const { counts } = await people().erase({ personId: agent.personId });
    expect(counts).toMatchObject({ accounts: 1, people: 1, passkeys: 1, messagesRenamed: 2 });
    const words = ["Canary", "canary", "8800445566", agent.personId];
    const left = (await world.findWords(words)).filter((one) => !one.startsWith("audit_log"));
    expect(left).toEqual([]);
    expect(await world.findWords(words.slice(0, 3))).toEqual([]);
    const page = await world.as(admin).support.conversation({ conversationId });
    expect(page.conversation).toMatchObject({ assignee: null, lastMessage: { author: "Former agent" } });
    expect(page.messages.map(({ text, author, change }) => [text, author.name, change])).toEqual([
      ["Hello", "Boris", null],
      ["", "Former agent", { type: "assigned", assignee: "Former agent" }],
      ["The answer", "Former agent", null],
    ]);
    const { messages: seen } = await world.as(customer).support.history({});
    expect(seen.map((message) => message.author.name)).toEqual(["Boris", "Former agent", "Pult"]);
    const [owed] = await world.deps.db.select().from(outbox).where(like(sql`payload::text`, "%The answer%"));
    expect(owed?.payload).toMatchObject({ text: "Former agent: The answer" });
  });
});
