import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { readAgain, readUnfinishedAgain } from "./read-again.ts";

const KEY = ["list"];
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A list of one row that is looked at; each read is answered by hand. */
async function open() {
  const client = new QueryClient();
  const reads: ((row: string) => void)[] = [];
  const queryFn = () => new Promise<string>((resolve) => reads.push(resolve));
  const stop = new QueryObserver(client, { queryKey: KEY, queryFn }).subscribe(() => {});
  const answer = async (row: string) => {
    for (const resolve of reads.splice(0)) resolve(row);
    await settle();
  };
  const hear = async (row: string) => {
    client.setQueryData<string>(KEY, (known) => known && row);
    readUnfinishedAgain(client, KEY);
    await settle();
  };
  return { client, reads, answer, hear, stop, shown: () => client.getQueryData(KEY) };
}

it("reads a list again that was being read when an event came, and not one that was not", async () => {
  const { reads, answer, hear, shown, stop } = await open();
  await hear("sent");
  expect(reads).toHaveLength(2);
  const [old] = reads.splice(0, 1);
  await answer("sent");
  old?.("pending");
  await settle();
  expect(shown()).toBe("sent");
  await hear("read");
  expect([reads.length, shown()]).toEqual([0, "read"]);
  stop();
});

it("keeps what an event told when it comes before the answer of the call that caused it", async () => {
  const { client, reads, answer, hear, shown, stop } = await open();
  await answer("nothing");
  await hear("sent");
  // The answer, which says "pending", has the list read.
  void readAgain(client, KEY);
  await settle();
  expect(shown()).toBe("sent");
  await hear("delivered");
  expect([reads.length, shown()]).toEqual([2, "delivered"]);
  await answer("delivered");
  expect(shown()).toBe("delivered");
  stop();
});
