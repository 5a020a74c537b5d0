import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { ANONYMOUS, makeCustomer, unique } from "../testing/factories.ts";
import { SAMPLE_PHOTOS, streamOf } from "../testing/sample-photos.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { uploadPhoto } from "./photos.ts";

const VALIDATION = { code: "VALIDATION" };

describeOnDatabases("Photos", (world) => {
  describe("uploadPhoto", () => {
    it("stores a photo and answers links to it that are allowed", async () => {
      const photo = await uploadPhoto(world.contextOf(makeCustomer()), streamOf(SAMPLE_PHOTOS.png));
      expect(photo).toMatchObject({ width: 8, height: 6, contentType: "image/png" });
      const url = new URL(photo.url, "http://x");
      const key = url.pathname.replace("/uploads/", "");
      expect(world.deps.mediaLinks.allows(key, url.searchParams)).toBe(true);
      expect(await world.deps.media.open(key)).not.toBeNull();
    });

    it("stores nothing of what is no photo", async () => {
      const ctx = world.contextOf(makeCustomer());
      const upload = uploadPhoto(ctx, streamOf(new TextEncoder().encode("<svg/>")));
      await expect(upload).rejects.toMatchObject({ code: "UNSUPPORTED_MEDIA" });
      expect([await world.countRows("media_files"), world.deps.media.files.size]).toEqual([0, 0]);
    });

    it("refuses a stranger before it reads a byte", async () => {
      const unread: AsyncIterable<Uint8Array> = {
        [Symbol.asyncIterator]() {
          throw new Error("It was read");
        },
      };
      await expect(uploadPhoto(world.contextOf(ANONYMOUS), unread)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    });
  });

  describe("of a message", () => {
    it("come in the order given, with links, to customer and agent", async () => {
      const customer = makeCustomer();
      const photoIds: string[] = [];
      for (let at = 0; at < 10; at++) photoIds.unshift(await world.uploadAs(customer));
      const message = await world.writeAs(customer, { text: "", photoIds });
      expect(message.photos.map((photo) => photo.id)).toEqual(photoIds);
      expect(message.photos[0]?.url).toMatch(/^\/uploads\/.+\?e=.+&s=/);
      expect(JSON.stringify(message)).not.toContain("fileKey");
      const agent = world.as(await world.makeAgent()).support;
      const page = await agent.conversation({ conversationId: message.conversationId });
      expect(page.messages[0]?.photos.map((photo) => photo.id)).toEqual(photoIds);
      expect(page.conversation.lastMessage).toMatchObject({ photoCount: 10, text: "" });
    });

    it.each([
      ["an unknown one", async () => unique("photo")],
      ["another customer's", () => world.uploadAs(makeCustomer())],
      [
        "the same id in another channel",
        () => world.uploadAs(makeCustomer({ namespace: "telegram", externalId: "u1" })),
      ],
      ["an agent's", async () => world.uploadAs(await world.makeAgent())],
      ["an id that cannot be kept", async () => "p\u0000"],
    ])("must be the sender's: %s is refused, and stays as it was", async (_, photoOf) => {
      const id = await photoOf();
      const customer = makeCustomer({ externalId: "u1" });
      await expect(world.writeAs(customer, { photoIds: [id] })).rejects.toMatchObject(VALIDATION);
      expect(await world.countRows("messages")).toBe(0);
      expect(await world.query(sql`select id from media_files where claimed_by is not null`)).toEqual([]);
    });

    it("are for one message: used twice in one, in one batch or later they are refused", async () => {
      const customer = makeCustomer();
      const twice = await world.uploadAs(customer);
      const again = await world.uploadAs(customer);
      const send = (photoIds: string[]) => world.writeAs(customer, { photoIds });
      const results = await Promise.allSettled([send([again]), send([again])]);
      expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected"]);
      await expect(send([again])).rejects.toMatchObject(VALIDATION);
      await expect(send([twice, twice])).rejects.toMatchObject(VALIDATION);
      expect((await send([twice])).photos).toHaveLength(1);
    });

    it("that are refused keep none of the others from the next message", async () => {
      const customer = makeCustomer();
      const good = await world.uploadAs(customer);
      await expect(world.writeAs(customer, { photoIds: [good, "unknown"] })).rejects.toMatchObject(VALIDATION);
      expect((await world.writeAs(customer, { photoIds: [good] })).photos).toHaveLength(1);
    });
  });
});
